import type { Sandbox } from '../../src/index.js';

/** A VPC with a subnet, its main route table and running instances, built without the network between. */
export interface TestNetwork {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly routeTableId: string;
  readonly instanceIds: readonly string[];
  readonly interfaceIds: readonly string[];
}

/** Builds one; instances are pending until their delay is over. */
export function buildNetwork(sandbox: Sandbox, instances = 1, instanceType = 't3.micro'): TestNetwork {
  const ec2 = sandbox.ec2();
  const vpcId =
    ec2.createVpc({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }).Vpc?.VpcId ?? '';
  const subnetId = ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.0.0/20' }).Subnet?.SubnetId ?? '';
  const routeTableId = Object.keys(ec2.state.routeTables).at(-1) ?? '';
  const launched =
    instances === 0
      ? []
      : (ec2.runInstances({
          ImageId: 'ami-0123456789abcdef0',
          InstanceType: instanceType as 't3.micro',
          MinCount: instances,
          MaxCount: instances,
          SubnetId: subnetId,
        }).Instances ?? []);
  return {
    vpcId,
    subnetId,
    routeTableId,
    instanceIds: launched.map((instance) => instance.InstanceId ?? ''),
    interfaceIds: launched.map((instance) => instance.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? ''),
  };
}
