import { ApiError } from '../errors.js';
import { type FilterTable, applyFilters } from './describe.js';
import { checkId, need } from './ids.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import { publicAddress } from './public-addresses.js';
import type { ElasticAddress, NetworkInterface } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const addressFilters: FilterTable<ElasticAddress> = {
  'allocation-id': (address) => address.allocationId,
  'association-id': (address) => address.associationId,
  domain: () => 'vpc',
  'instance-id': (address, context) => interfaceOf(context, address)?.attachment?.instanceId,
  'network-interface-id': (address) => address.networkInterfaceId,
  'private-ip-address': (address) => address.privateIp,
  'public-ip': (address) => address.publicIp,
};

export const addressOperations: Ec2Operations<
  'AllocateAddress' | 'ReleaseAddress' | 'AssociateAddress' | 'DisassociateAddress' | 'DescribeAddresses'
> = {
  AllocateAddress: {
    access: 'write',
    accepts: ['Domain', 'TagSpecifications'],
    ignores: ['NetworkBorderGroup', 'PublicIpv4Pool'],
    run: (context, input) => {
      const { state, world } = context;
      if (Object.keys(state.addresses).length >= world.settings.quotas.elasticAddressesPerRegion) {
        throw new ApiError('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'elastic-ip');
      context.willChange();
      const address: ElasticAddress = {
        allocationId: world.newId('eipalloc'),
        publicIp: publicAddress(context),
      };
      state.addresses[address.allocationId] = address;
      setTags(state, address.allocationId, tags);
      return {
        AllocationId: address.allocationId,
        PublicIp: address.publicIp,
        Domain: 'vpc',
        PublicIpv4Pool: 'amazon',
        NetworkBorderGroup: context.region,
      };
    },
  },
  ReleaseAddress: {
    access: 'write',
    accepts: ['AllocationId', 'PublicIp'],
    ignores: ['NetworkBorderGroup'],
    resources: ['AllocationId'],
    run: (context, input) => {
      const address = needAddress(context, input);
      if (address.associationId !== undefined) {
        throw new ApiError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`);
      }
      context.willChange();
      Reflect.deleteProperty(context.state.addresses, address.allocationId);
      forgetTags(context.state, address.allocationId);
      return {};
    },
  },
  AssociateAddress: {
    access: 'write',
    accepts: [
      'AllocationId',
      'PublicIp',
      'InstanceId',
      'NetworkInterfaceId',
      'PrivateIpAddress',
      'AllowReassociation',
    ],
    resources: ['AllocationId', 'InstanceId', 'NetworkInterfaceId'],
    run: (context, input) => {
      const address = needAddress(context, input);
      const eni = targetInterface(context, input);
      const ip = eni.privateIps.find((candidate) =>
        input.PrivateIpAddress === undefined
          ? candidate.primary
          : candidate.address === input.PrivateIpAddress,
      );
      if (!ip) {
        throw new ApiError(
          'InvalidParameterValue',
          `The address ${input.PrivateIpAddress ?? ''} is not assigned to ${eni.id}`,
        );
      }
      const isMove =
        address.associationId !== undefined &&
        (address.networkInterfaceId !== eni.id || address.privateIp !== ip.address);
      const isTaken = ip.allocationId !== undefined && ip.allocationId !== address.allocationId;
      if ((isMove || isTaken) && input.AllowReassociation === false) {
        throw new ApiError(
          'Resource.AlreadyAssociated',
          `resource ${isMove ? address.allocationId : eni.id} is already associated with associate-id ${address.associationId ?? ''}`,
        );
      }
      context.willChange();
      unmap(context, address);
      const other = ip.allocationId === undefined ? undefined : context.state.addresses[ip.allocationId];
      if (other && other !== address) unmap(context, other);
      address.associationId = context.world.newId('eipassoc');
      address.networkInterfaceId = eni.id;
      address.privateIp = ip.address;
      ip.allocationId = address.allocationId;
      ip.publicIp = address.publicIp;
      return { AssociationId: address.associationId };
    },
  },
  DisassociateAddress: {
    access: 'write',
    accepts: ['AssociationId', 'PublicIp'],
    run: (context, input) => {
      const address = Object.values(context.state.addresses).find((candidate) =>
        input.AssociationId === undefined
          ? candidate.publicIp === input.PublicIp
          : candidate.associationId === input.AssociationId,
      );
      if (!address) {
        throw new ApiError(
          'InvalidAssociationID.NotFound',
          `The association ID '${input.AssociationId ?? input.PublicIp ?? ''}' does not exist`,
        );
      }
      context.willChange();
      unmap(context, address);
      return {};
    },
  },
  DescribeAddresses: {
    access: 'read',
    accepts: ['AllocationIds', 'PublicIps', 'Filters'],
    run: (context, input) => {
      const { state } = context;
      for (const id of input.AllocationIds ?? []) {
        checkId('address', id);
        need(state.addresses, 'address', id);
      }
      for (const ip of input.PublicIps ?? []) needAddress(context, { PublicIp: ip });
      const chosen = Object.values(state.addresses).filter(
        (address) =>
          (!input.AllocationIds?.length || input.AllocationIds.includes(address.allocationId)) &&
          (!input.PublicIps?.length || input.PublicIps.includes(address.publicIp)),
      );
      const matching = applyFilters(
        context,
        chosen,
        input.Filters,
        addressFilters,
        (address) => address.allocationId,
      );
      return {
        Addresses: matching.map((address) => ({
          AllocationId: address.allocationId,
          PublicIp: address.publicIp,
          Domain: 'vpc' as const,
          AssociationId: address.associationId,
          NetworkInterfaceId: address.networkInterfaceId,
          NetworkInterfaceOwnerId: interfaceOf(context, address)?.ownerId,
          InstanceId: interfaceOf(context, address)?.attachment?.instanceId,
          PrivateIpAddress: address.privateIp,
          PublicIpv4Pool: 'amazon',
          NetworkBorderGroup: context.region,
          Tags: tagsOf(state, address.allocationId),
        })),
      };
    },
  },
};

function needAddress(
  context: Ec2Context,
  input: { readonly AllocationId?: string | undefined; readonly PublicIp?: string | undefined },
): ElasticAddress {
  if (input.AllocationId !== undefined) return need(context.state.addresses, 'address', input.AllocationId);
  if (input.PublicIp === undefined)
    throw new ApiError('MissingParameter', 'The request must contain the parameter AllocationId');
  const address = Object.values(context.state.addresses).find(
    (candidate) => candidate.publicIp === input.PublicIp,
  );
  if (!address) throw new ApiError('InvalidAddress.NotFound', `Address '${input.PublicIp}' not found.`);
  return address;
}

function targetInterface(
  context: Ec2Context,
  input: { readonly InstanceId?: string | undefined; readonly NetworkInterfaceId?: string | undefined },
): NetworkInterface {
  const { state } = context;
  if (input.NetworkInterfaceId !== undefined) {
    return need(state.networkInterfaces, 'networkInterface', input.NetworkInterfaceId);
  }
  const instance = need(state.instances, 'instance', input.InstanceId ?? '');
  const interfaces = Object.values(state.networkInterfaces).filter(
    (eni) => eni.attachment?.instanceId === instance.id,
  );
  const [eni] = interfaces;
  if (!eni)
    throw new ApiError('InvalidInstanceID', `The instance '${instance.id}' has no network interface.`);
  if (interfaces.length > 1) {
    throw new ApiError(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return eni;
}

function interfaceOf(context: Ec2Context, address: ElasticAddress): NetworkInterface | undefined {
  return address.networkInterfaceId === undefined
    ? undefined
    : context.state.networkInterfaces[address.networkInterfaceId];
}

function unmap(context: Ec2Context, address: ElasticAddress): void {
  const ip = interfaceOf(context, address)?.privateIps.find(
    (candidate) => candidate.address === address.privateIp,
  );
  if (ip) {
    delete ip.allocationId;
    delete ip.publicIp;
  }
  delete address.associationId;
  delete address.networkInterfaceId;
  delete address.privateIp;
}
