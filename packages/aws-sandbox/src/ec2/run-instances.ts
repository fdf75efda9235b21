import { ApiError } from '../errors.js';
import { need } from './ids.js';
import { needInstanceType } from './instance-types.js';
import { viewInstance } from './instance-view.js';
import { addInterface, rehearsalOf } from './interface-life.js';
import { checkGroups, checkInterfaceQuota } from './network-interfaces.js';
import type { Ec2Context, Ec2Operations, InputOf } from './operation.js';
import { publicAddress } from './public-addresses.js';
import { schedule } from './settle.js';
import type { Instance, NetworkInterface, Subnet } from './state.js';
import { type Tags, setTags, specifiedTags } from './tags.js';

type RunInput = InputOf<'RunInstances'>;
type InterfaceInput = NonNullable<RunInput['NetworkInterfaces']>[number];

export const runInstancesOperations: Ec2Operations<'RunInstances'> = {
  RunInstances: {
    access: 'write',
    accepts: [
      'ImageId',
      'InstanceType',
      'MinCount',
      'MaxCount',
      'KeyName',
      'SubnetId',
      'SecurityGroupIds',
      'SecurityGroups',
      'PrivateIpAddress',
      'Ipv6AddressCount',
      'Ipv6Addresses',
      'UserData',
      'TagSpecifications',
      'DisableApiTermination',
      'DisableApiStop',
      'InstanceInitiatedShutdownBehavior',
      'IamInstanceProfile',
      'Placement.AvailabilityZone',
      'MetadataOptions.HttpTokens',
      'MetadataOptions.HttpPutResponseHopLimit',
      'MetadataOptions.InstanceMetadataTags',
      'InstanceMarketOptions.MarketType',
      'NetworkInterfaces.DeviceIndex',
      'NetworkInterfaces.NetworkInterfaceId',
      'NetworkInterfaces.SubnetId',
      'NetworkInterfaces.Groups',
      'NetworkInterfaces.Description',
      'NetworkInterfaces.DeleteOnTermination',
      'NetworkInterfaces.PrivateIpAddress',
      'NetworkInterfaces.PrivateIpAddresses',
      'NetworkInterfaces.SecondaryPrivateIpAddressCount',
      'NetworkInterfaces.AssociatePublicIpAddress',
      'NetworkInterfaces.Ipv6AddressCount',
      'NetworkInterfaces.Ipv6Addresses',
      'NetworkInterfaces.NetworkCardIndex',
      'NetworkInterfaces.InterfaceType',
      'NetworkInterfaces.Ipv4PrefixCount',
      'NetworkInterfaces.Ipv6PrefixCount',
    ],
    ignores: [
      'BlockDeviceMappings',
      'EbsOptimized',
      'Monitoring',
      'CreditSpecification',
      'CpuOptions',
      'HibernationOptions',
      'EnclaveOptions',
      'MaintenanceOptions',
      'PrivateDnsNameOptions',
      'KernelId',
      'RamdiskId',
      'AdditionalInfo',
      'MetadataOptions.HttpEndpoint',
      'MetadataOptions.HttpProtocolIpv6',
      'Placement.Tenancy',
    ],
    resources: ['SubnetId', 'SecurityGroupIds'],
    run: (context, input) => {
      const { state, world } = context;
      const count = readCount(input);
      if (input.ImageId === undefined)
        throw new ApiError('MissingParameter', 'The request must contain the parameter ImageId');
      if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(input.ImageId)) {
        throw new ApiError('InvalidAMIID.Malformed', `Invalid id: "${input.ImageId}" (expecting "ami-...")`);
      }
      const type = needInstanceType(input.InstanceType ?? 'm1.small');
      const specifications = readSpecifications(context, input);
      if (specifications.length > type.maxInterfaces) {
        throw new ApiError(
          'AttachmentLimitExceeded',
          `Interface count ${specifications.length} exceeds the limit for ${type.name}`,
        );
      }
      checkInterfaceQuota(context, count * specifications.length);
      const tags = specifiedTags(context, input.TagSpecifications, 'instance', [
        'volume',
        'network-interface',
        'spot-instances-request',
      ]);
      const interfaceTags = specifiedTags(context, input.TagSpecifications, 'network-interface', [
        'instance',
        'volume',
        'spot-instances-request',
      ]);
      rehearse(context, specifications, count);
      context.willChange();
      const reservationId = world.newId('r');
      const instances = Array.from({ length: count }, (_, launchIndex) => {
        const instance = newInstance(context, input, reservationId, launchIndex, specifications);
        state.instances[instance.id] = instance;
        setTags(state, instance.id, tags);
        for (const specification of specifications)
          attachNew(context, instance, specification, interfaceTags);
        schedule(state, {
          atMs: context.nowMs + world.settings.delays.pendingMs,
          kind: 'instance',
          id: instance.id,
          to: 'running',
        });
        return instance;
      });
      return {
        ReservationId: reservationId,
        OwnerId: context.accountId,
        Groups: [],
        Instances: instances.map((instance) => viewInstance(context, instance)),
      };
    },
  },
};

interface Specification {
  readonly input: InterfaceInput;
  readonly deviceIndex: number;
  readonly subnet: Subnet;
  /** An interface that exists already. */
  readonly existing: NetworkInterface | undefined;
}

function readCount(input: RunInput): number {
  const min = input.MinCount ?? 1;
  const max = input.MaxCount ?? min;
  if (!(min >= 1 && max >= min && max <= 1000)) {
    throw new ApiError('InvalidParameterValue', `The counts ${min} and ${max} are invalid.`);
  }
  return max;
}

function readSpecifications(context: Ec2Context, input: RunInput): Specification[] {
  const given = input.NetworkInterfaces ?? [];
  const single = input.SubnetId ?? input.SecurityGroupIds ?? input.PrivateIpAddress;
  if (given.length > 0 && single !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID may not be specified on the same request',
    );
  }
  const inputs: InterfaceInput[] =
    given.length > 0
      ? given
      : [
          {
            DeviceIndex: 0,
            SubnetId: input.SubnetId,
            Groups: groupsOf(context, input),
            PrivateIpAddress: input.PrivateIpAddress,
            Ipv6AddressCount: input.Ipv6AddressCount,
            Ipv6Addresses: input.Ipv6Addresses,
          },
        ];
  const specifications = inputs.map((specification) => readSpecification(context, input, specification));
  if (!specifications.some((specification) => specification.deviceIndex === 0)) {
    throw new ApiError(
      'InvalidParameterValue',
      'When specifying network interfaces, you must include a device at index 0.',
    );
  }
  const places = specifications.map((one) => `${one.input.NetworkCardIndex ?? 0}/${one.deviceIndex}`);
  if (new Set(places).size < places.length) {
    throw new ApiError('InvalidParameterValue', 'Each network interface requires a unique device index.');
  }
  if (new Set(specifications.map((one) => one.subnet.availabilityZone)).size > 1) {
    throw new ApiError(
      'InvalidParameterCombination',
      'All network interfaces must be in the same availability zone.',
    );
  }
  return specifications;
}

function readSpecification(
  context: Ec2Context,
  input: RunInput,
  specification: InterfaceInput,
): Specification {
  const { state } = context;
  const deviceIndex = specification.DeviceIndex ?? 0;
  if (specification.NetworkInterfaceId !== undefined) {
    const existing = need(state.networkInterfaces, 'networkInterface', specification.NetworkInterfaceId);
    if (existing.attachment)
      throw new ApiError('InvalidNetworkInterface.InUse', `Interface: ${existing.id} in use.`);
    return {
      input: specification,
      deviceIndex,
      existing,
      subnet: need(state.subnets, 'subnet', existing.subnetId),
    };
  }
  const subnet =
    specification.SubnetId === undefined
      ? defaultSubnet(context, input.Placement?.AvailabilityZone)
      : need(state.subnets, 'subnet', specification.SubnetId);
  checkGroups(context, specification.Groups, subnet.vpcId);
  return { input: specification, deviceIndex, existing: undefined, subnet };
}

function groupsOf(context: Ec2Context, input: RunInput): string[] | undefined {
  if (!input.SecurityGroups?.length) return input.SecurityGroupIds;
  const named = input.SecurityGroups.map((name) => {
    const group = Object.values(context.state.securityGroups).find((candidate) => candidate.name === name);
    if (!group)
      throw new ApiError(
        'InvalidGroup.NotFound',
        `The security group '${name}' does not exist in default VPC`,
      );
    return group.id;
  });
  return [...named, ...(input.SecurityGroupIds ?? [])];
}

function defaultSubnet(context: Ec2Context, zone: string | undefined): Subnet {
  const subnet = Object.values(context.state.subnets).find(
    (candidate) => candidate.defaultForAz && (zone === undefined || candidate.availabilityZone === zone),
  );
  if (!subnet) {
    throw new ApiError(
      'VPCIdNotSpecified',
      'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.',
    );
  }
  return subnet;
}

// Takes the addresses on copies, so that a launch that cannot be satisfied leaves nothing behind.
function rehearse(context: Ec2Context, specifications: readonly Specification[], count: number): void {
  const isRepeated = count > 1;
  const subnets = new Map<Subnet, Subnet>();
  const rehearsal = { ...context, state: { ...context.state, networkInterfaces: {} } };
  for (const { input, subnet, existing } of specifications) {
    if (isRepeated && (existing ?? input.PrivateIpAddress) !== undefined) {
      throw new ApiError(
        'InvalidParameterCombination',
        'An interface or address can be given only to one instance.',
      );
    }
    if (existing) continue;
    const copy = subnets.get(subnet) ?? rehearsalOf(subnet);
    subnets.set(subnet, copy);
    for (let index = 0; index < count; index++) addInterface(rehearsal, interfaceOptions(input, copy));
  }
}

function interfaceOptions(input: InterfaceInput, subnet: Subnet): Parameters<typeof addInterface>[1] {
  return {
    subnet,
    description: input.Description,
    groupIds: input.Groups,
    primaryIp: input.PrivateIpAddress ?? input.PrivateIpAddresses?.find((ip) => ip.Primary)?.PrivateIpAddress,
    secondaryIps: input.PrivateIpAddresses?.filter((ip) => !ip.Primary).map(
      (ip) => ip.PrivateIpAddress ?? '',
    ),
    secondaryIpCount: input.SecondaryPrivateIpAddressCount,
    ipv6Addresses: input.Ipv6Addresses?.map((ip) => ip.Ipv6Address ?? ''),
    ipv6Count: input.Ipv6AddressCount,
    ipv4PrefixCount: input.Ipv4PrefixCount,
    ipv6PrefixCount: input.Ipv6PrefixCount,
    interfaceType: input.InterfaceType,
  };
}

function attachNew(context: Ec2Context, instance: Instance, specification: Specification, tags: Tags): void {
  const { input, subnet, deviceIndex, existing } = specification;
  const eni = existing ?? addInterface(context, interfaceOptions(input, subnet));
  if (!existing) setTags(context.state, eni.id, tags);
  eni.attachment = {
    id: context.world.newId('eni-attach'),
    instanceId: instance.id,
    instanceOwnerId: instance.ownerId,
    deviceIndex,
    networkCardIndex: input.NetworkCardIndex ?? 0,
    deleteOnTermination: input.DeleteOnTermination ?? !existing,
    attachedAtMs: context.nowMs,
  };
  Reflect.deleteProperty(context.state.lostTargets, eni.id);
  const [primary] = eni.privateIps;
  const wantsPublic = input.AssociatePublicIpAddress ?? (deviceIndex === 0 && subnet.mapPublicIpOnLaunch);
  if (primary && !existing && wantsPublic) primary.publicIp = publicAddress(context);
}

function newInstance(
  context: Ec2Context,
  input: RunInput,
  reservationId: string,
  launchIndex: number,
  specifications: readonly Specification[],
): Instance {
  const { subnet } = specifications.find((specification) => specification.deviceIndex === 0)!;
  const profile = input.IamInstanceProfile;
  const type = needInstanceType(input.InstanceType ?? 'm1.small');
  return {
    id: context.world.newId('i'),
    ownerId: context.accountId,
    reservationId,
    launchIndex,
    imageId: input.ImageId ?? '',
    instanceType: type.name,
    architecture: type.architecture,
    keyName: input.KeyName,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.availabilityZone,
    state: 'pending',
    stateTransitionReason: '',
    launchedAtMs: context.nowMs,
    iamInstanceProfileArn:
      profile?.Arn ??
      (profile?.Name === undefined
        ? undefined
        : `arn:aws:iam::${context.accountId}:instance-profile/${profile.Name}`),
    isSpot: input.InstanceMarketOptions?.MarketType === 'spot',
    disableApiTermination: input.DisableApiTermination ?? false,
    disableApiStop: input.DisableApiStop ?? false,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    userData: input.UserData,
    httpTokens: input.MetadataOptions?.HttpTokens ?? 'required',
    httpPutResponseHopLimit: input.MetadataOptions?.HttpPutResponseHopLimit ?? 2,
    instanceMetadataTags: input.MetadataOptions?.InstanceMetadataTags ?? 'disabled',
    instanceStatus: 'ok',
    systemStatus: 'ok',
    clientToken: input.ClientToken,
  };
}
