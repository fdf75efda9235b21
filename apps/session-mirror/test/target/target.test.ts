import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  CreateLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeListeners,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { bareLoadBalancer, createAccount, REGION, type SandboxAccount } from '../sandbox-account.js';

let account: SandboxAccount;
let elb: ElasticLoadBalancingV2Client;
beforeEach(async () => {
  account = await createAccount();
  elb = new ElasticLoadBalancingV2Client(account.sandbox.client(REGION));
});
afterEach(async () => {
  elb.destroy();
  await account.close();
});

const tagsOf = (name: string): Record<string, string> => {
  const vpc = account.ec2.describeVpcs({ VpcIds: [account.id(name)] }).Vpcs?.[0];
  return Object.fromEntries((vpc?.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
};
const config = (...args: string[]): ReturnType<SandboxAccount['run']> =>
  account.runAs('session_mirror_config_vpc', '--vpc', account.id('alpha'), ...args);

async function balancer(): Promise<{
  arn: string;
  listeners: string[];
  groups: string[];
  registered: string[];
}> {
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({}));
  const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const listeners: string[] = [];
  for await (const page of paginateDescribeListeners({ client: elb }, { LoadBalancerArn: arn }))
    listeners.push(...(page.Listeners ?? []).map(({ Protocol, Port }) => `${Protocol} ${Port}`));
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({}));
  const registered: string[] = [];
  for (const { TargetGroupArn } of TargetGroups ?? []) {
    const health = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    registered.push(...(health.TargetHealthDescriptions ?? []).map(({ Target }) => Target?.Id ?? ''));
  }
  return {
    arn,
    listeners,
    groups: (TargetGroups ?? []).map(
      ({ Protocol, Port, HealthCheckProtocol, HealthCheckPort }) =>
        `${Protocol} ${Port} ${HealthCheckProtocol} ${HealthCheckPort}`,
    ),
    registered,
  };
}

/** Id of a Gateway Load Balancer endpoint in alpha. */
async function gatewayEndpoint(): Promise<string> {
  const made = await elb.send(
    new CreateLoadBalancerCommand({ Name: 'inspect', Type: 'gateway', Subnets: [account.id('sensors-a')] }),
  );
  const service = account.ec2.createVpcEndpointServiceConfiguration({
    GatewayLoadBalancerArns: [made.LoadBalancers?.[0]?.LoadBalancerArn ?? ''],
    AcceptanceRequired: false,
  });
  const endpoint = account.ec2.createVpcEndpoint({
    VpcId: account.id('alpha'),
    ServiceName: service.ServiceConfiguration?.ServiceName ?? '',
    VpcEndpointType: 'GatewayLoadBalancer',
    SubnetIds: [account.id('alpha-a')],
  });
  return endpoint.VpcEndpoint?.VpcEndpointId ?? '';
}

describe('a load balancer', () => {
  test('listener: it has a target group, a listener on UDP 4789, a subnet a zone, and the VPC is enabled last', async () => {
    const { code, stdout } = await config(
      '--create-nlb',
      '--register',
      account.id('a1'),
      '--enrollment',
      'whitelist',
      '--yes',
    );
    expect(stdout).toContain('create the internal Network Load Balancer VectraTapvpc-');
    expect(code).toBe(0);
    expect(await balancer()).toMatchObject({
      listeners: ['UDP 4789'],
      groups: ['UDP 4789 TCP 443'],
      registered: [account.id('a1')],
    });
    const target = account.ec2
      .describeTrafficMirrorTargets({})
      .TrafficMirrorTargets?.find(({ Type }) => Type === 'network-load-balancer');
    expect(target).toMatchObject({
      Description: 'VectraTrafficMirror',
      Tags: [{ Key: 'Name', Value: 'VectraNLBTarget' }],
    });
    expect(tagsOf('alpha')).toMatchObject({
      'Vectra:session_mirroring_target': target?.TrafficMirrorTargetId,
      'Vectra:session_mirroring_enrollment': 'whitelist',
    });
    const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({}));
    expect(LoadBalancers).toMatchObject([
      {
        LoadBalancerName: `VectraTap${account.id('alpha')}`.slice(0, 32),
        Scheme: 'internal',
        Type: 'network',
      },
    ]);
    expect(LoadBalancers?.[0]?.AvailabilityZones).toHaveLength(2);
  });

  test('the bare one that the original left is completed', async () => {
    const name = `VectraTap${account.id('alpha')}`.slice(0, 32);
    const arn = await bareLoadBalancer(account, name, 'alpha-a');
    account.ec2.createTrafficMirrorTarget({ NetworkLoadBalancerArn: arn });
    const { code, stdout } = await config('--create-nlb', '--yes');
    expect(stdout).not.toContain('create the internal');
    expect(code).toBe(0);
    expect(await balancer()).toMatchObject({ arn, listeners: ['UDP 4789'] });
    const again = await config('--create-nlb', '--yes');
    expect(again.stdout).toContain('is so already');
    expect((await balancer()).listeners).toEqual(['UDP 4789']);
  });

  test.each([
    'CreateLoadBalancer',
    'CreateTargetGroup',
    'RegisterTargets',
    'CreateListener',
    'CreateTrafficMirrorTarget',
    'CreateTags',
  ])('stopped by a failure of %s it goes on where it was', async (action) => {
    const fault = account.sandbox.faults.add({ match: { action }, fault: { kind: 'deny' }, times: 1 });
    const failed = await config('--create-nlb', '--register', account.id('a1'), '--yes');
    expect(failed.code).not.toBe(0);
    expect(tagsOf('alpha')).not.toHaveProperty('Vectra:session_mirroring_target');
    fault.remove();
    const { code } = await config('--create-nlb', '--register', account.id('a1'), '--yes');
    expect(code).toBe(0);
    const { listeners, groups, registered } = await balancer();
    expect([listeners, groups, registered].map((each) => each.length)).toEqual([1, 1, 1]);
    expect(tagsOf('alpha')).toHaveProperty('Vectra:session_mirroring_target');
  });
});

describe('other targets', () => {
  test('an interface and a Gateway Load Balancer endpoint', async () => {
    const eni = account.id('b1/eni');
    expect((await config('--network-interface', eni, '--yes')).code).toBe(0);
    const made = account.ec2
      .describeTrafficMirrorTargets({})
      .TrafficMirrorTargets?.find(({ NetworkInterfaceId }) => NetworkInterfaceId === eni);
    expect(tagsOf('alpha')['Vectra:session_mirroring_target']).toBe(made?.TrafficMirrorTargetId);
    const endpoint = await gatewayEndpoint();
    expect((await config('--gateway-endpoint', endpoint, '--enrollment', 'auto', '--yes')).code).toBe(0);
    const [gateway] = (account.ec2.describeTrafficMirrorTargets({}).TrafficMirrorTargets ?? []).filter(
      ({ GatewayLoadBalancerEndpointId }) => GatewayLoadBalancerEndpointId === endpoint,
    );
    expect(tagsOf('alpha')['Vectra:session_mirroring_target']).toBe(gateway?.TrafficMirrorTargetId);
    expect((await account.run()).stdout).toContain('3 created');
    const gone = await config('--gateway-endpoint', 'vpce-00000000000000000', '--yes');
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('there is no vpce-00000000000000000 here');
  });

  test('a target in another VPC without peering, or without a listener, is a warning', async () => {
    const { stderr, code } = await config('--target', account.targetId, '--yes');
    expect(stderr).toMatch(/it is in vpc-\w+, and no active peering joins that with vpc-/);
    expect(code).toBe(0);
    const arn = await bareLoadBalancer(account, 'bare', 'alpha-a');
    const bare = account.ec2.createTrafficMirrorTarget({ NetworkLoadBalancerArn: arn }).TrafficMirrorTarget;
    const warned = await config('--target', bare?.TrafficMirrorTargetId ?? '', '--yes');
    expect(warned.stderr).toContain('no listener on UDP 4789: nothing would arrive');
  });

  test('an active peering is enough', async () => {
    const made = account.ec2.createVpcPeeringConnection({
      VpcId: account.id('alpha'),
      PeerVpcId: account.id('sensors'),
    });
    const id = made.VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
    account.ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: id });
    const { stderr } = await config('--target', account.targetId, '--yes');
    expect(stderr).not.toContain('peering');
  });
});

describe('words that cannot be', () => {
  test.each([
    [['--target', 'tmt-00000000000000000', '--yes'], 'there is no mirror target'],
    [['--target', 'web'], '"web" is not a traffic-mirror-target id'],
    [['--disable', '--create-nlb'], 'only one of'],
    [['--enrollment', 'auto', '--yes'], 'has no target'],
    [[], 'nothing is to be changed'],
  ])('%j', async (args, words) => {
    const { code, stderr } = await config(...args);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
    expect(tagsOf('alpha')).not.toHaveProperty('Vectra:session_mirroring_target');
  });

  test('disabling takes both tags, and a dry run takes none', async () => {
    account.enable('alpha');
    await config('--disable', '--dry-run');
    expect(tagsOf('alpha')).toHaveProperty('Vectra:session_mirroring_target');
    await config('--disable', '--yes');
    expect(Object.keys(tagsOf('alpha'))).toEqual(['Name']);
  });
});
