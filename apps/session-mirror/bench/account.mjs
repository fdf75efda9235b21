import { createSandbox } from '@net/aws-sandbox';

const REGION = 'eu-west-1';

/** An account with that many interfaces: of running instances in an enabled VPC, and of two targets. */
export async function createAccount(interfaces) {
  const sandbox = await createSandbox({
    delays: { pendingMs: 0, stoppingMs: 0, shuttingDownMs: 0 },
    quotas: {
      networkInterfacesPerRegion: 50_000,
      mirrorSessions: 50_000,
      mirrorSourcesPerInterfaceTarget: 50_000,
    },
    callLogSize: 200_000,
  });
  const ids = sandbox.seed({
    regions: [
      {
        region: REGION,
        vpcs: [
          {
            name: 'main',
            cidr: '10.0.0.0/16',
            subnets: [0, 64, 128, 192].map((third) => ({ name: `s${third}`, cidr: `10.0.${third}.0/18` })),
          },
          {
            name: 'sensors',
            cidr: '10.1.0.0/16',
            subnets: [{ name: 'sensors-a', cidr: '10.1.0.0/20' }],
            instances: [
              { name: 'one', subnet: 'sensors-a', type: 'm5.large' },
              { name: 'two', subnet: 'sensors-a', type: 'm5.large' },
            ],
          },
        ],
      },
    ],
  });
  const ec2 = sandbox.ec2(undefined, REGION);
  for (let left = interfaces - 2, at = 0; left > 0; at++) {
    const count = Math.min(500, left);
    ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: count,
      MaxCount: count,
      InstanceType: 'm5.large',
      SubnetId: ids[`s${[0, 64, 128, 192][at % 4]}`],
    });
    left -= count;
  }
  const targets = ['one', 'two'].map(
    (name) =>
      ec2.createTrafficMirrorTarget({ NetworkInterfaceId: ids[`${name}/eni`] }).TrafficMirrorTarget
        .TrafficMirrorTargetId,
  );
  const enable = (target) =>
    ec2.createTags({
      Resources: [ids.main],
      Tags: [{ Key: 'Vectra:session_mirroring_target', Value: target }],
    });
  enable(targets[0]);
  return { sandbox, ec2, targets, enable, region: REGION };
}
