import type { Sandbox } from '../../src/index.js';

/** What {@link buildNetwork} made. */
export interface Network {
  readonly vpcId: string;
  readonly publicSubnetId: string;
  readonly webInterfaceIds: readonly string[];
  readonly hiddenInterfaceId: string;
  readonly natInterfaceId: string;
}

/** A VPC with two public web servers, a hidden application server and a NAT gateway. */
export function buildNetwork(sandbox: Sandbox, accountId?: string): Network {
  const ec2 = sandbox.ec2(accountId);
  const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
  const gateway = ec2.createInternetGateway({}).InternetGateway!.InternetGatewayId!;
  ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
  const subnet = (cidr: string): string =>
    ec2.createSubnet({ VpcId: vpcId, CidrBlock: cidr }).Subnet!.SubnetId!;
  const publicSubnetId = subnet('10.0.0.0/24');
  const privateSubnetId = subnet('10.0.1.0/24');
  const address = (): { readonly id: string } => ({
    id: ec2.allocateAddress({ Domain: 'vpc' }).AllocationId!,
  });
  const webInterfaceIds = [1, 2].map(() => {
    const eni = ec2.createNetworkInterface({ SubnetId: publicSubnetId }).NetworkInterface!
      .NetworkInterfaceId!;
    ec2.associateAddress({ AllocationId: address().id, NetworkInterfaceId: eni });
    return eni;
  });
  const hiddenInterfaceId = ec2.createNetworkInterface({ SubnetId: privateSubnetId }).NetworkInterface!
    .NetworkInterfaceId!;
  const nat = ec2.createNatGateway({ SubnetId: publicSubnetId, AllocationId: address().id }).NatGateway!;
  return {
    vpcId,
    publicSubnetId,
    webInterfaceIds,
    hiddenInterfaceId,
    natInterfaceId: nat.NatGatewayAddresses![0]!.NetworkInterfaceId!,
  };
}
