import { ApiError } from '../errors.js';
import { need } from './ids.js';
import { assignIpv4, assignIpv6, assignPrefixes, rehearsalOf } from './interface-life.js';
import { viewGroups, viewInterface } from './interface-view.js';
import { checkGroups, managed } from './network-interfaces.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import type { NetworkInterface, Subnet } from './state.js';

export const interfaceAttributeOperations: Ec2Operations<
  | 'ModifyNetworkInterfaceAttribute'
  | 'DescribeNetworkInterfaceAttribute'
  | 'ResetNetworkInterfaceAttribute'
  | 'AssignPrivateIpAddresses'
  | 'UnassignPrivateIpAddresses'
  | 'AssignIpv6Addresses'
  | 'UnassignIpv6Addresses'
> = {
  ModifyNetworkInterfaceAttribute: {
    access: 'write',
    accepts: [
      'NetworkInterfaceId',
      'Description',
      'SourceDestCheck',
      'Groups',
      'Attachment.AttachmentId',
      'Attachment.DeleteOnTermination',
    ],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const eni = needOwn(context, input.NetworkInterfaceId);
      checkGroups(context, input.Groups, eni.vpcId);
      const { attachment } = eni;
      if (input.Attachment && attachment?.id !== input.Attachment.AttachmentId) {
        throw new ApiError(
          'InvalidAttachmentID.NotFound',
          `The attachment '${input.Attachment.AttachmentId ?? ''}' does not belong to ${eni.id}`,
        );
      }
      context.willChange();
      eni.description = input.Description?.Value ?? eni.description;
      eni.sourceDestCheck = input.SourceDestCheck?.Value ?? eni.sourceDestCheck;
      if (input.Groups?.length) eni.groupIds = [...input.Groups];
      if (attachment && input.Attachment) {
        attachment.deleteOnTermination =
          input.Attachment.DeleteOnTermination ?? attachment.deleteOnTermination;
      }
      return {};
    },
  },
  DescribeNetworkInterfaceAttribute: {
    access: 'read',
    accepts: ['NetworkInterfaceId', 'Attribute'],
    run: (context, input) => {
      const eni = need(context.state.networkInterfaces, 'networkInterface', input.NetworkInterfaceId ?? '');
      const NetworkInterfaceId = eni.id;
      switch (input.Attribute) {
        case 'description':
          return { NetworkInterfaceId, Description: { Value: eni.description } };
        case 'sourceDestCheck':
          return { NetworkInterfaceId, SourceDestCheck: { Value: eni.sourceDestCheck } };
        case 'groupSet':
          return { NetworkInterfaceId, Groups: viewGroups(context, eni) };
        case 'attachment':
          return { NetworkInterfaceId, Attachment: viewInterface(context, eni).Attachment };
        default:
          throw new ApiError(
            'InvalidParameterValue',
            `Value (${String(input.Attribute)}) for parameter attribute is invalid.`,
          );
      }
    },
  },
  ResetNetworkInterfaceAttribute: {
    access: 'write',
    accepts: ['NetworkInterfaceId', 'SourceDestCheck'],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const eni = needOwn(context, input.NetworkInterfaceId);
      context.willChange();
      eni.sourceDestCheck = true;
      return {};
    },
  },
  AssignPrivateIpAddresses: {
    access: 'write',
    accepts: [
      'NetworkInterfaceId',
      'PrivateIpAddresses',
      'SecondaryPrivateIpAddressCount',
      'Ipv4Prefixes',
      'Ipv4PrefixCount',
    ],
    ignores: ['AllowReassignment'],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const eni = needOwn(context, input.NetworkInterfaceId);
      const subnet = subnetOf(context, eni);
      const assign = (to: NetworkInterface, from: Subnet): { addresses: string[]; prefixes: string[] } => ({
        addresses: assignIpv4(
          to,
          from,
          input.PrivateIpAddresses ?? [],
          input.SecondaryPrivateIpAddressCount ?? 0,
        ),
        prefixes: assignPrefixes(to, from, 4, input.Ipv4Prefixes ?? [], input.Ipv4PrefixCount ?? 0),
      });
      // Tried on copies first, so that a refusal leaves nothing half done.
      assign(structuredClone(eni), rehearsalOf(subnet));
      context.willChange();
      const { addresses, prefixes } = assign(eni, subnet);
      return {
        NetworkInterfaceId: eni.id,
        AssignedPrivateIpAddresses: addresses.map((PrivateIpAddress) => ({ PrivateIpAddress })),
        AssignedIpv4Prefixes: prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })),
      };
    },
  },
  UnassignPrivateIpAddresses: {
    access: 'write',
    accepts: ['NetworkInterfaceId', 'PrivateIpAddresses', 'Ipv4Prefixes'],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const eni = needOwn(context, input.NetworkInterfaceId);
      const gone = input.PrivateIpAddresses ?? [];
      for (const address of gone) {
        if (!eni.privateIps.some((ip) => ip.address === address && !ip.primary)) {
          throw new ApiError(
            'InvalidParameterValue',
            `Some of the specified addresses are not assigned to interface ${eni.id}`,
          );
        }
      }
      requirePart(eni, eni.ipv4Prefixes, input.Ipv4Prefixes ?? []);
      context.willChange();
      eni.privateIps = eni.privateIps.filter((ip) => !gone.includes(ip.address));
      eni.ipv4Prefixes = eni.ipv4Prefixes.filter((prefix) => !input.Ipv4Prefixes?.includes(prefix));
      release(context, eni, [...gone, ...(input.Ipv4Prefixes ?? [])]);
      return {};
    },
  },
  AssignIpv6Addresses: {
    access: 'write',
    accepts: ['NetworkInterfaceId', 'Ipv6Addresses', 'Ipv6AddressCount', 'Ipv6Prefixes', 'Ipv6PrefixCount'],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const eni = needOwn(context, input.NetworkInterfaceId);
      const subnet = subnetOf(context, eni);
      const assign = (to: NetworkInterface, from: Subnet): { addresses: string[]; prefixes: string[] } => ({
        addresses: assignIpv6(context, to, from, input.Ipv6Addresses ?? [], input.Ipv6AddressCount ?? 0),
        prefixes: assignPrefixes(to, from, 6, input.Ipv6Prefixes ?? [], input.Ipv6PrefixCount ?? 0),
      });
      assign(structuredClone(eni), rehearsalOf(subnet));
      context.willChange();
      const { addresses, prefixes } = assign(eni, subnet);
      return { NetworkInterfaceId: eni.id, AssignedIpv6Addresses: addresses, AssignedIpv6Prefixes: prefixes };
    },
  },
  UnassignIpv6Addresses: {
    access: 'write',
    accepts: ['NetworkInterfaceId', 'Ipv6Addresses', 'Ipv6Prefixes'],
    resources: ['NetworkInterfaceId'],
    run: (context, input) => {
      const eni = needOwn(context, input.NetworkInterfaceId);
      requirePart(eni, eni.ipv6Addresses, input.Ipv6Addresses ?? []);
      requirePart(eni, eni.ipv6Prefixes, input.Ipv6Prefixes ?? []);
      context.willChange();
      eni.ipv6Addresses = eni.ipv6Addresses.filter((address) => !input.Ipv6Addresses?.includes(address));
      eni.ipv6Prefixes = eni.ipv6Prefixes.filter((prefix) => !input.Ipv6Prefixes?.includes(prefix));
      release(context, eni, [...(input.Ipv6Addresses ?? []), ...(input.Ipv6Prefixes ?? [])]);
      return {
        NetworkInterfaceId: eni.id,
        UnassignedIpv6Addresses: input.Ipv6Addresses ?? [],
        UnassignedIpv6Prefixes: input.Ipv6Prefixes ?? [],
      };
    },
  },
};

function needOwn(context: Ec2Context, id: string | undefined): NetworkInterface {
  const eni = need(context.state.networkInterfaces, 'networkInterface', id ?? '');
  if (eni.requesterManaged || eni.ownerId !== context.accountId) throw managed(eni);
  return eni;
}

function subnetOf(context: Ec2Context, eni: NetworkInterface): Subnet {
  return need(context.state.subnets, 'subnet', eni.subnetId);
}

function requirePart(eni: NetworkInterface, all: readonly string[], some: readonly string[]): void {
  const stranger = some.find((address) => !all.includes(address));
  if (stranger !== undefined) {
    throw new ApiError('InvalidParameterValue', `${stranger} is not assigned to interface ${eni.id}`);
  }
}

function release(context: Ec2Context, eni: NetworkInterface, addresses: readonly string[]): void {
  const subnet = subnetOf(context, eni);
  for (const address of addresses) Reflect.deleteProperty(subnet.used, address);
}
