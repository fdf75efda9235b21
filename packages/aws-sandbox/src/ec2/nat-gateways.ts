import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { need, notFound } from './ids.js';
import { addInterface, rehearsalOf } from './interface-life.js';
import type { Ec2Operations, OutputOf } from './operation.js';
import { schedule } from './settle.js';
import type { Ec2State, NatGateway } from './state.js';
import { setTags, specifiedTags, tagsOf } from './tags.js';

const natFilters: FilterTable<NatGateway> = {
  'nat-gateway-id': (gateway) => gateway.id,
  state: (gateway) => gateway.state,
  'subnet-id': (gateway) => gateway.subnetId,
  'vpc-id': (gateway) => gateway.vpcId,
};

export const natGatewayOperations: Ec2Operations<
  'CreateNatGateway' | 'DeleteNatGateway' | 'DescribeNatGateways'
> = {
  CreateNatGateway: {
    access: 'write',
    accepts: ['SubnetId', 'AllocationId', 'ConnectivityType', 'PrivateIpAddress', 'TagSpecifications'],
    resources: ['SubnetId', 'AllocationId'],
    run: (context, input) => {
      const { state, world } = context;
      const subnet = need(state.subnets, 'subnet', input.SubnetId ?? '');
      const connectivity = input.ConnectivityType ?? 'public';
      const address =
        input.AllocationId === undefined ? undefined : need(state.addresses, 'address', input.AllocationId);
      if (connectivity === 'public' && !address) {
        throw new ApiError('MissingParameter', 'The request must contain the parameter AllocationId');
      }
      if (connectivity === 'private' && address) {
        throw new ApiError('InvalidParameterCombination', 'A private NAT gateway takes no allocation ID');
      }
      if (address?.associationId !== undefined) {
        throw new ApiError(
          'Resource.AlreadyAssociated',
          `Elastic IP address [${address.allocationId}] is already associated`,
        );
      }
      const count = Object.values(state.natGateways).filter(
        (other) =>
          other.state !== 'deleted' &&
          state.subnets[other.subnetId]?.availabilityZone === subnet.availabilityZone,
      ).length;
      if (count >= world.settings.quotas.natGatewaysPerZone) {
        throw new ApiError('NatGatewayLimitExceeded', 'The maximum number of NAT gateways has been reached.');
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'natgateway');
      addInterface(
        { ...context, state: { ...state, networkInterfaces: {} } },
        { subnet: rehearsalOf(subnet), primaryIp: input.PrivateIpAddress },
      );
      context.willChange();
      const id = world.newId('nat');
      const eni = addInterface(context, {
        subnet,
        primaryIp: input.PrivateIpAddress,
        description: `Interface for NAT Gateway ${id}`,
        interfaceType: 'nat_gateway',
        requesterId: 'amazon-aws',
        requesterManaged: true,
        sourceDestCheck: false,
        groupIds: [],
      });
      eni.attachment = {
        id: world.newId('eni-attach'),
        instanceId: undefined,
        instanceOwnerId: 'amazon-aws',
        deviceIndex: 1,
        networkCardIndex: 0,
        deleteOnTermination: false,
        attachedAtMs: context.nowMs,
      };
      const privateIp = eni.privateIps[0]?.address ?? '';
      if (address) {
        Object.assign(address, {
          associationId: world.newId('eipassoc'),
          networkInterfaceId: eni.id,
          privateIp,
          natGatewayId: id,
        });
        eni.privateIps[0]!.allocationId = address.allocationId;
        eni.privateIps[0]!.publicIp = address.publicIp;
      }
      const gateway: NatGateway = {
        id,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        connectivity,
        state: 'pending',
        createdAtMs: context.nowMs,
        networkInterfaceId: eni.id,
        privateIp,
        ...(address ? { allocationId: address.allocationId, publicIp: address.publicIp } : {}),
      };
      state.natGateways[id] = gateway;
      setTags(state, id, tags);
      schedule(state, {
        atMs: context.nowMs + world.settings.delays.gatewayMs,
        kind: 'nat-gateway',
        id,
        to: 'available',
      });
      return { NatGateway: viewNatGateway(state, gateway), ClientToken: input.ClientToken };
    },
  },
  DeleteNatGateway: {
    access: 'write',
    accepts: ['NatGatewayId'],
    resources: ['NatGatewayId'],
    run: (context, input) => {
      const { state, world } = context;
      const gateway = need(state.natGateways, 'natGateway', input.NatGatewayId ?? '');
      if (gateway.state === 'deleted') throw notFound('natGateway', gateway.id);
      context.willChange();
      if (gateway.state !== 'deleting') {
        gateway.state = 'deleting';
        schedule(state, {
          atMs: context.nowMs + world.settings.delays.gatewayMs,
          kind: 'nat-gateway',
          id: gateway.id,
          to: 'deleted',
        });
      }
      return { NatGatewayId: gateway.id };
    },
  },
  DescribeNatGateways: {
    access: 'read',
    accepts: ['NatGatewayIds', 'Filter', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'natGateway',
        records: context.state.natGateways,
        ids: input.NatGatewayIds,
        filters: input.Filter,
        table: natFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (gateway) => gateway.id,
      });
      return {
        NatGateways: page.items.map((gateway) => viewNatGateway(context.state, gateway)),
        NextToken: page.nextToken,
      };
    },
  },
};

function viewNatGateway(
  state: Ec2State,
  gateway: NatGateway,
): NonNullable<OutputOf<'CreateNatGateway'>['NatGateway']> {
  return {
    NatGatewayId: gateway.id,
    VpcId: gateway.vpcId,
    SubnetId: gateway.subnetId,
    State: gateway.state,
    ConnectivityType: gateway.connectivity,
    CreateTime: new Date(gateway.createdAtMs),
    DeleteTime: gateway.deletedAtMs === undefined ? undefined : new Date(gateway.deletedAtMs),
    NatGatewayAddresses: [
      {
        AllocationId: gateway.allocationId,
        AssociationId: gateway.allocationId && state.addresses[gateway.allocationId]?.associationId,
        NetworkInterfaceId: gateway.networkInterfaceId,
        PrivateIp: gateway.privateIp,
        PublicIp: gateway.publicIp,
        IsPrimary: true,
        Status: 'succeeded',
      },
    ],
    Tags: tagsOf(state, gateway.id),
  };
}
