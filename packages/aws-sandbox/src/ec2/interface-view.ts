import type { Ec2Context, OutputOf } from './operation.js';
import type { NetworkInterface } from './state.js';
import { tagsOf } from './tags.js';
import { zoneIdOf } from './zones.js';

type ViewedInterface = NonNullable<OutputOf<'DescribeNetworkInterfaces'>['NetworkInterfaces']>[number];

/** An interface as DescribeNetworkInterfaces shows it. */
export function viewInterface(context: Ec2Context, eni: NetworkInterface): ViewedInterface {
  const { state } = context;
  const primary = eni.privateIps.find((ip) => ip.primary);
  return {
    NetworkInterfaceId: eni.id,
    OwnerId: eni.ownerId,
    VpcId: eni.vpcId,
    SubnetId: eni.subnetId,
    AvailabilityZone: eni.availabilityZone,
    AvailabilityZoneId: zoneIdOf(eni.availabilityZone),
    MacAddress: eni.macAddress,
    Description: eni.description,
    InterfaceType: eni.interfaceType as 'interface',
    RequesterId: eni.requesterId,
    RequesterManaged: eni.requesterManaged,
    SourceDestCheck: eni.sourceDestCheck,
    Status: eni.attachment ? 'in-use' : 'available',
    Groups: viewGroups(context, eni),
    PrivateIpAddress: primary?.address,
    PrivateDnsName: primary && dnsName(context, primary.address),
    PrivateIpAddresses: eni.privateIps.map((ip) => ({
      PrivateIpAddress: ip.address,
      Primary: ip.primary,
      PrivateDnsName: dnsName(context, ip.address),
      Association: viewAssociation(context, eni, ip),
    })),
    Association: primary && viewAssociation(context, eni, primary),
    Ipv6Address: eni.ipv6Addresses[0],
    Ipv6Addresses: eni.ipv6Addresses.map((address) => ({ Ipv6Address: address, IsPrimaryIpv6: false })),
    Ipv4Prefixes: eni.ipv4Prefixes.map((prefix) => ({ Ipv4Prefix: prefix })),
    Ipv6Prefixes: eni.ipv6Prefixes.map((prefix) => ({ Ipv6Prefix: prefix })),
    Attachment: eni.attachment && {
      AttachmentId: eni.attachment.id,
      InstanceId: eni.attachment.instanceId,
      InstanceOwnerId: eni.attachment.instanceOwnerId,
      DeviceIndex: eni.attachment.deviceIndex,
      NetworkCardIndex: eni.attachment.networkCardIndex,
      DeleteOnTermination: eni.attachment.deleteOnTermination,
      AttachTime: new Date(eni.attachment.attachedAtMs),
      Status: 'attached',
    },
    TagSet: tagsOf(state, eni.id),
  };
}

export function viewGroups(
  context: Ec2Context,
  eni: NetworkInterface,
): { GroupId: string; GroupName: string | undefined }[] {
  return eni.groupIds.map((GroupId) => ({ GroupId, GroupName: context.state.securityGroups[GroupId]?.name }));
}

/** The public side of a private address. */
export function viewAssociation(
  context: Ec2Context,
  eni: NetworkInterface,
  ip: NetworkInterface['privateIps'][number],
): ViewedInterface['Association'] {
  if (ip.publicIp === undefined) return undefined;
  const address = ip.allocationId === undefined ? undefined : context.state.addresses[ip.allocationId];
  return {
    AllocationId: ip.allocationId,
    AssociationId: address?.associationId,
    IpOwnerId: address ? eni.ownerId : 'amazon',
    PublicIp: ip.publicIp,
    PublicDnsName: publicDnsName(context, ip.publicIp),
  };
}

/** `ip-10-0-0-4.eu-west-1.compute.internal`, with the old name in us-east-1. */
export function dnsName(context: { readonly region: string }, address: string): string {
  const domain = context.region === 'us-east-1' ? 'ec2.internal' : `${context.region}.compute.internal`;
  return `ip-${address.replaceAll('.', '-')}.${domain}`;
}

export function publicDnsName(context: { readonly region: string }, address: string): string {
  const domain = context.region === 'us-east-1' ? 'compute-1' : `${context.region}.compute`;
  return `ec2-${address.replaceAll('.', '-')}.${domain}.amazonaws.com`;
}
