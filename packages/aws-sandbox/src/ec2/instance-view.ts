import { dnsName, publicDnsName, viewAssociation, viewGroups } from './interface-view.js';
import { instanceTypes } from './instance-types.js';
import type { Ec2Context, OutputOf } from './operation.js';
import type { Instance, InstanceStateName, NetworkInterface } from './state.js';
import { tagsOf } from './tags.js';
import { zoneIdOf } from './zones.js';

type ViewedInstance = NonNullable<OutputOf<'RunInstances'>['Instances']>[number];

/** InstanceState codes of the API model. */
export const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** An instance as DescribeInstances shows it. */
export function viewInstance(context: Ec2Context, instance: Instance): ViewedInstance {
  const interfaces = Object.values(context.state.networkInterfaces)
    .filter((eni) => eni.attachment?.instanceId === instance.id)
    .sort((a, b) => (a.attachment?.deviceIndex ?? 0) - (b.attachment?.deviceIndex ?? 0));
  const primary = interfaces.find((eni) => eni.attachment?.deviceIndex === 0);
  const address = primary?.privateIps.find((ip) => ip.primary);
  const isGone = instance.state === 'terminated';
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    InstanceType: instance.instanceType as 'm5.large',
    KeyName: instance.keyName,
    LaunchTime: new Date(instance.launchedAtMs),
    AmiLaunchIndex: instance.launchIndex,
    State: { Code: STATE_CODES[instance.state], Name: instance.state },
    StateReason: instance.stateReason && {
      Code: instance.stateReason.code,
      Message: instance.stateReason.message,
    },
    StateTransitionReason: instance.stateTransitionReason,
    Placement: {
      AvailabilityZone: instance.availabilityZone,
      AvailabilityZoneId: zoneIdOf(instance.availabilityZone),
      GroupName: '',
      Tenancy: 'default',
    },
    Monitoring: { State: 'disabled' },
    Architecture: instance.architecture as 'x86_64',
    // By the model's text `xen` stands for both here.
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceType: 'ebs',
    RootDeviceName: '/dev/xvda',
    EnaSupport: instanceTypes.get(instance.instanceType)?.hypervisor !== 'xen',
    EbsOptimized: false,
    InstanceLifecycle: instance.isSpot ? 'spot' : undefined,
    ClientToken: instance.clientToken ?? '',
    IamInstanceProfile:
      instance.iamInstanceProfileArn === undefined
        ? undefined
        : { Arn: instance.iamInstanceProfileArn, Id: 'AIPA0000000000000000A' },
    VpcId: isGone ? undefined : instance.vpcId,
    SubnetId: isGone ? undefined : instance.subnetId,
    PrivateIpAddress: address?.address,
    PrivateDnsName: address ? dnsName(context, address.address) : '',
    PublicIpAddress: address?.publicIp,
    PublicDnsName: address?.publicIp === undefined ? '' : publicDnsName(context, address.publicIp),
    Ipv6Address: primary?.ipv6Addresses[0],
    SourceDestCheck: primary?.sourceDestCheck,
    SecurityGroups: primary ? viewGroups(context, primary) : [],
    NetworkInterfaces: interfaces.map((eni) => viewAttached(context, eni)),
    BlockDeviceMappings: [],
    MetadataOptions: {
      State: 'applied',
      HttpEndpoint: 'enabled',
      HttpTokens: instance.httpTokens,
      HttpPutResponseHopLimit: instance.httpPutResponseHopLimit,
      InstanceMetadataTags: instance.instanceMetadataTags,
      HttpProtocolIpv6: 'disabled',
    },
    Tags: tagsOf(context.state, instance.id),
  };
}

function viewAttached(
  context: Ec2Context,
  eni: NetworkInterface,
): NonNullable<ViewedInstance['NetworkInterfaces']>[number] {
  const primary = eni.privateIps.find((ip) => ip.primary);
  return {
    NetworkInterfaceId: eni.id,
    OwnerId: eni.ownerId,
    VpcId: eni.vpcId,
    SubnetId: eni.subnetId,
    Description: eni.description,
    InterfaceType: eni.interfaceType,
    MacAddress: eni.macAddress,
    SourceDestCheck: eni.sourceDestCheck,
    Status: 'in-use',
    Groups: viewGroups(context, eni),
    PrivateIpAddress: primary?.address,
    PrivateDnsName: primary && dnsName(context, primary.address),
    PrivateIpAddresses: eni.privateIps.map((ip) => ({
      PrivateIpAddress: ip.address,
      PrivateDnsName: dnsName(context, ip.address),
      Primary: ip.primary,
      Association: viewAssociation(context, eni, ip),
    })),
    Association: primary && viewAssociation(context, eni, primary),
    Ipv6Addresses: eni.ipv6Addresses.map((Ipv6Address) => ({ Ipv6Address })),
    Ipv4Prefixes: eni.ipv4Prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })),
    Ipv6Prefixes: eni.ipv6Prefixes.map((Ipv6Prefix) => ({ Ipv6Prefix })),
    Attachment: eni.attachment && {
      AttachmentId: eni.attachment.id,
      AttachTime: new Date(eni.attachment.attachedAtMs),
      DeleteOnTermination: eni.attachment.deleteOnTermination,
      DeviceIndex: eni.attachment.deviceIndex,
      NetworkCardIndex: eni.attachment.networkCardIndex,
      Status: 'attached',
    },
  };
}
