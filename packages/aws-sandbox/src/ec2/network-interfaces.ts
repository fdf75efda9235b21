import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { checkId, need, notFound } from './ids.js';
import { needInstanceType } from './instance-types.js';
import { addInterface, freeInterface, rehearsalOf } from './interface-life.js';
import { viewInterface } from './interface-view.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import type { Instance, NetworkInterface } from './state.js';
import { setTags, specifiedTags } from './tags.js';

const interfaceFilters: FilterTable<NetworkInterface> = {
  'addresses.association.owner-id': (eni) =>
    eni.privateIps.some((ip) => ip.publicIp) ? eni.ownerId : undefined,
  'addresses.association.public-ip': (eni) => eni.privateIps.map((ip) => ip.publicIp),
  'addresses.primary': (eni) => eni.privateIps.map((ip) => ip.primary),
  'addresses.private-ip-address': (eni) => eni.privateIps.map((ip) => ip.address),
  'association.allocation-id': (eni) => eni.privateIps.map((ip) => ip.allocationId),
  'association.public-ip': (eni) => eni.privateIps.map((ip) => ip.publicIp),
  'attachment.attach-time': (eni) => eni.attachment && new Date(eni.attachment.attachedAtMs).toISOString(),
  'attachment.attachment-id': (eni) => eni.attachment?.id,
  'attachment.delete-on-termination': (eni) => eni.attachment?.deleteOnTermination,
  'attachment.device-index': (eni) => eni.attachment?.deviceIndex,
  'attachment.instance-id': (eni) => eni.attachment?.instanceId,
  'attachment.instance-owner-id': (eni) => eni.attachment?.instanceOwnerId,
  'attachment.status': (eni) => (eni.attachment ? 'attached' : undefined),
  'availability-zone': (eni) => eni.availabilityZone,
  description: (eni) => eni.description,
  'group-id': (eni) => eni.groupIds,
  'group-name': (eni, context) => eni.groupIds.map((id) => context.state.securityGroups[id]?.name),
  'interface-type': (eni) => eni.interfaceType,
  'ipv6-addresses.ipv6-address': (eni) => eni.ipv6Addresses,
  'mac-address': (eni) => eni.macAddress,
  'network-interface-id': (eni) => eni.id,
  'owner-id': (eni) => eni.ownerId,
  'private-ip-address': (eni) => eni.privateIps.find((ip) => ip.primary)?.address,
  'requester-id': (eni) => eni.requesterId,
  'requester-managed': (eni) => eni.requesterManaged,
  'source-dest-check': (eni) => eni.sourceDestCheck,
  status: (eni) => (eni.attachment ? 'in-use' : 'available'),
  'subnet-id': (eni) => eni.subnetId,
  'vpc-id': (eni) => eni.vpcId,
};

export const networkInterfaceOperations: Ec2Operations<
  | 'CreateNetworkInterface'
  | 'DeleteNetworkInterface'
  | 'DescribeNetworkInterfaces'
  | 'AttachNetworkInterface'
  | 'DetachNetworkInterface'
> = {
  CreateNetworkInterface: {
    access: 'write',
    accepts: [
      'SubnetId',
      'Description',
      'Groups',
      'PrivateIpAddress',
      'PrivateIpAddresses',
      'SecondaryPrivateIpAddressCount',
      'Ipv6Addresses',
      'Ipv6AddressCount',
      'Ipv4Prefixes',
      'Ipv4PrefixCount',
      'Ipv6Prefixes',
      'Ipv6PrefixCount',
      'InterfaceType',
      'TagSpecifications',
    ],
    resources: ['SubnetId', 'Groups'],
    run: (context, input) => {
      const { state, world } = context;
      const subnet = need(state.subnets, 'subnet', input.SubnetId ?? '');
      checkGroups(context, input.Groups, subnet.vpcId);
      checkInterfaceQuota(context, 1);
      const given = input.PrivateIpAddresses ?? [];
      const primaryIp = input.PrivateIpAddress ?? given.find((ip) => ip.Primary)?.PrivateIpAddress;
      const secondaryIps = given.filter((ip) => !ip.Primary).map((ip) => ip.PrivateIpAddress ?? '');
      const tags = specifiedTags(context, input.TagSpecifications, 'network-interface');
      // Addresses are taken on a copy first: a refused address must not leave others taken.
      const rehearsal = { ...context, world, state: { ...state, networkInterfaces: {} } };
      const specification = {
        description: input.Description,
        groupIds: input.Groups,
        primaryIp,
        secondaryIps,
        secondaryIpCount: input.SecondaryPrivateIpAddressCount,
        ipv6Addresses: input.Ipv6Addresses?.map((ip) => ip.Ipv6Address ?? ''),
        ipv6Count: input.Ipv6AddressCount,
        ipv4Prefixes: input.Ipv4Prefixes?.map((prefix) => prefix.Ipv4Prefix ?? ''),
        ipv4PrefixCount: input.Ipv4PrefixCount,
        ipv6Prefixes: input.Ipv6Prefixes?.map((prefix) => prefix.Ipv6Prefix ?? ''),
        ipv6PrefixCount: input.Ipv6PrefixCount,
        interfaceType: input.InterfaceType,
      };
      addInterface(rehearsal, { ...specification, subnet: rehearsalOf(subnet) });
      context.willChange();
      const eni = addInterface(context, { ...specification, subnet });
      setTags(state, eni.id, tags);
      return { NetworkInterface: viewInterface(context, eni), ClientToken: input.ClientToken };
    },
  },
  DeleteNetworkInterface: {
    access: 'write',
    accepts: ['NetworkInterfaceId'],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const { state } = context;
      const eni = need(state.networkInterfaces, 'networkInterface', input.NetworkInterfaceId ?? '');
      if (eni.requesterManaged) throw managed(eni);
      if (eni.attachment) {
        throw new ApiError('InvalidParameterValue', `Network interface '${eni.id}' is currently in use.`);
      }
      context.willChange();
      freeInterface(state, eni.id, context.nowMs);
      return {};
    },
  },
  DescribeNetworkInterfaces: {
    access: 'read',
    accepts: ['NetworkInterfaceIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'networkInterface',
        records: context.state.networkInterfaces,
        ids: input.NetworkInterfaceIds,
        filters: input.Filters,
        table: interfaceFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (eni) => eni.id,
      });
      return {
        NetworkInterfaces: page.items.map((eni) => viewInterface(context, eni)),
        NextToken: page.nextToken,
      };
    },
  },
  AttachNetworkInterface: {
    access: 'write',
    accepts: ['NetworkInterfaceId', 'InstanceId', 'DeviceIndex', 'NetworkCardIndex'],
    resources: ['NetworkInterfaceId', 'InstanceId'],
    run: (context, input) => {
      const { state, world } = context;
      const eni = need(state.networkInterfaces, 'networkInterface', input.NetworkInterfaceId ?? '');
      const instance = need(state.instances, 'instance', input.InstanceId ?? '');
      const deviceIndex = input.DeviceIndex ?? 0;
      const networkCardIndex = input.NetworkCardIndex ?? 0;
      if (eni.requesterManaged) throw managed(eni);
      if (eni.attachment) {
        throw new ApiError('InvalidParameterValue', `Interface: ${eni.id} in use.`);
      }
      if (instance.state !== 'running' && instance.state !== 'stopped') {
        throw new ApiError(
          'IncorrectState',
          `Instance: ${instance.id} is in an incorrect state: ${instance.state}`,
        );
      }
      if (eni.availabilityZone !== instance.availabilityZone) {
        throw new ApiError(
          'InvalidParameterCombination',
          `You may not attach a network interface to an instance if they are not in the same availability zone`,
        );
      }
      checkSlot(context, instance, deviceIndex, networkCardIndex);
      context.willChange();
      eni.attachment = {
        id: world.newId('eni-attach'),
        instanceId: instance.id,
        instanceOwnerId: instance.ownerId,
        deviceIndex,
        networkCardIndex,
        deleteOnTermination: false,
        attachedAtMs: context.nowMs,
      };
      Reflect.deleteProperty(state.lostTargets, eni.id);
      return { AttachmentId: eni.attachment.id, NetworkCardIndex: networkCardIndex };
    },
  },
  DetachNetworkInterface: {
    access: 'write',
    accepts: ['AttachmentId', 'Force'],
    run: (context, input) => {
      const { state } = context;
      const id = input.AttachmentId ?? '';
      checkId('interfaceAttachment', id);
      const eni = Object.values(state.networkInterfaces).find((candidate) => candidate.attachment?.id === id);
      if (!eni?.attachment) throw notFound('interfaceAttachment', id);
      if (eni.requesterManaged) throw managed(eni);
      if (eni.attachment.deviceIndex === 0) {
        throw new ApiError(
          'OperationNotPermitted',
          'The network interface at device index 0 cannot be detached.',
        );
      }
      context.willChange();
      eni.attachment = undefined;
      state.lostTargets[eni.id] = context.nowMs;
      return {};
    },
  },
};

/** Refuses groups that do not exist, are of another VPC, or are too many. */
export function checkGroups(
  context: Ec2Context,
  groupIds: readonly string[] | undefined,
  vpcId: string,
): void {
  for (const id of groupIds ?? []) {
    const group = need(context.state.securityGroups, 'securityGroup', id);
    if (group.vpcId !== vpcId) {
      throw new ApiError(
        'InvalidParameterValue',
        `You have specified two resources that belong to different networks: ${id}, ${vpcId}`,
      );
    }
  }
  if ((groupIds?.length ?? 0) > context.world.settings.quotas.securityGroupsPerInterface) {
    throw new ApiError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
  }
}

export function checkInterfaceQuota(context: Ec2Context, added: number): void {
  const count = Object.keys(context.state.networkInterfaces).length + added;
  if (count > context.world.settings.quotas.networkInterfacesPerRegion) {
    throw new ApiError(
      'NetworkInterfaceLimitExceeded',
      'The maximum number of network interfaces has been reached.',
    );
  }
}

/** The error for changing what belongs to a service. */
export function managed(eni: NetworkInterface): ApiError {
  return new ApiError(
    'OperationNotPermitted',
    `You do not have permission to modify the requester-managed interface ${eni.id}.`,
  );
}

function checkSlot(context: Ec2Context, instance: Instance, deviceIndex: number, card: number): void {
  const type = needInstanceType(instance.instanceType);
  const attached = Object.values(context.state.networkInterfaces).filter(
    (eni) => eni.attachment?.instanceId === instance.id,
  );
  if (card < 0 || card >= type.networkCards) {
    throw new ApiError(
      'InvalidParameterValue',
      `Network card index ${card} exceeds the number of cards of ${type.name}.`,
    );
  }
  const taken = attached.some(
    (eni) => eni.attachment?.deviceIndex === deviceIndex && eni.attachment.networkCardIndex === card,
  );
  if (taken) {
    throw new ApiError(
      'InvalidParameterValue',
      `Instance '${instance.id}' already has an interface attached at device index '${deviceIndex}'.`,
    );
  }
  if (attached.length >= type.maxInterfaces) {
    throw new ApiError(
      'AttachmentLimitExceeded',
      `Interface count ${attached.length + 1} exceeds the limit for ${type.name}`,
    );
  }
}
