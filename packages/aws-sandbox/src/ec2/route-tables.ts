import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import { propagatedRoutes, viewRoute } from './route-view.js';
import type { RouteTable, RouteTableAssociation } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';
import { localRoutes } from './vpcs.js';

type ViewedRoute = ReturnType<typeof viewRoute>;

const viewed = (table: RouteTable, context: Ec2Context): ViewedRoute[] => routesOf(context, table);

const routeTableFilters: FilterTable<RouteTable> = {
  'association.gateway-id': (table) => table.associations.map((association) => association.gatewayId),
  'association.main': (table) => table.associations.map((association) => association.main),
  'association.route-table-association-id': (table) =>
    table.associations.map((association) => association.id),
  'association.route-table-id': (table) => table.associations.map(() => table.id),
  'association.subnet-id': (table) => table.associations.map((association) => association.subnetId),
  'owner-id': (table) => table.ownerId,
  'route.carrier-gateway-id': (table, context) =>
    viewed(table, context).map((route) => route.CarrierGatewayId),
  'route.core-network-arn': (table, context) => viewed(table, context).map((route) => route.CoreNetworkArn),
  'route.destination-cidr-block': (table, context) =>
    viewed(table, context).map((route) => route.DestinationCidrBlock),
  'route.destination-ipv6-cidr-block': (table, context) =>
    viewed(table, context).map((route) => route.DestinationIpv6CidrBlock),
  'route.destination-prefix-list-id': (table, context) =>
    viewed(table, context).map((route) => route.DestinationPrefixListId),
  'route.egress-only-internet-gateway-id': (table, context) =>
    viewed(table, context).map((route) => route.EgressOnlyInternetGatewayId),
  'route.gateway-id': (table, context) => viewed(table, context).map((route) => route.GatewayId),
  'route.instance-id': (table, context) => viewed(table, context).map((route) => route.InstanceId),
  'route.local-gateway-id': (table, context) => viewed(table, context).map((route) => route.LocalGatewayId),
  'route.nat-gateway-id': (table, context) => viewed(table, context).map((route) => route.NatGatewayId),
  'route.network-interface-id': (table, context) =>
    viewed(table, context).map((route) => route.NetworkInterfaceId),
  'route.origin': (table, context) => viewed(table, context).map((route) => route.Origin),
  'route.state': (table, context) => viewed(table, context).map((route) => route.State),
  'route.transit-gateway-id': (table, context) =>
    viewed(table, context).map((route) => route.TransitGatewayId),
  'route.vpc-peering-connection-id': (table, context) =>
    viewed(table, context).map((route) => route.VpcPeeringConnectionId),
  'route-table-id': (table) => table.id,
  'vpc-id': (table) => table.vpcId,
};

export const routeTableOperations: Ec2Operations<
  | 'CreateRouteTable'
  | 'DeleteRouteTable'
  | 'DescribeRouteTables'
  | 'AssociateRouteTable'
  | 'DisassociateRouteTable'
  | 'ReplaceRouteTableAssociation'
  | 'EnableVgwRoutePropagation'
  | 'DisableVgwRoutePropagation'
> = {
  CreateRouteTable: {
    access: 'write',
    accepts: ['VpcId', 'TagSpecifications'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const count = Object.values(state.routeTables).filter((table) => table.vpcId === vpc.id).length;
      if (count >= world.settings.quotas.routeTablesPerVpc) {
        throw new ApiError('RouteTableLimitExceeded', 'The maximum number of route tables has been reached.');
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'route-table');
      context.willChange();
      const table: RouteTable = {
        id: world.newId('rtb'),
        vpcId: vpc.id,
        ownerId: vpc.ownerId,
        associations: [],
        propagatingVgws: [],
        routes: localRoutes(vpc),
      };
      state.routeTables[table.id] = table;
      setTags(state, table.id, tags);
      return { RouteTable: viewRouteTable(context, table) };
    },
  },
  DeleteRouteTable: {
    access: 'write',
    accepts: ['RouteTableId'],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const { state } = context;
      const table = need(state.routeTables, 'routeTable', input.RouteTableId ?? '');
      if (table.associations.length > 0) {
        throw new ApiError(
          'DependencyViolation',
          `The routeTable '${table.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.willChange();
      Reflect.deleteProperty(state.routeTables, table.id);
      Reflect.deleteProperty(state.propagatedRoutes, table.id);
      forgetTags(state, table.id);
      return {};
    },
  },
  DescribeRouteTables: {
    access: 'read',
    accepts: ['RouteTableIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'routeTable',
        records: context.state.routeTables,
        ids: input.RouteTableIds,
        filters: input.Filters,
        table: routeTableFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 100 },
        idOf: (table) => table.id,
      });
      return {
        RouteTables: page.items.map((table) => viewRouteTable(context, table)),
        NextToken: page.nextToken,
      };
    },
  },
  AssociateRouteTable: {
    access: 'write',
    accepts: ['RouteTableId', 'SubnetId', 'GatewayId'],
    resources: ['RouteTableId', 'SubnetId'],
    run: (context, input) => {
      const { state, world } = context;
      const table = need(state.routeTables, 'routeTable', input.RouteTableId ?? '');
      const attached = associationTarget(context, table, input.SubnetId, input.GatewayId);
      const taken = Object.values(state.routeTables)
        .flatMap((other) => other.associations)
        .find((association) => sameTarget(association, attached));
      if (taken && !table.associations.includes(taken)) {
        throw new ApiError(
          'Resource.AlreadyAssociated',
          `The specified association for route table ${table.id} conflicts with an existing association`,
        );
      }
      context.willChange();
      if (taken) return { AssociationId: taken.id, AssociationState: { State: 'associated' } };
      const association: RouteTableAssociation = { id: world.newId('rtbassoc'), main: false, ...attached };
      table.associations.push(association);
      return { AssociationId: association.id, AssociationState: { State: 'associated' } };
    },
  },
  DisassociateRouteTable: {
    access: 'write',
    accepts: ['AssociationId'],
    run: (context, input) => {
      const { table, association } = needAssociation(context, input.AssociationId ?? '');
      if (association.main) {
        throw new ApiError(
          'InvalidParameterValue',
          `cannot disassociate the main route table association ${association.id}`,
        );
      }
      context.willChange();
      table.associations = table.associations.filter((other) => other !== association);
      return {};
    },
  },
  ReplaceRouteTableAssociation: {
    access: 'write',
    accepts: ['AssociationId', 'RouteTableId'],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const { state, world } = context;
      const { table: from, association } = needAssociation(context, input.AssociationId ?? '');
      const to = need(state.routeTables, 'routeTable', input.RouteTableId ?? '');
      if (to.vpcId !== from.vpcId) {
        throw new ApiError(
          'InvalidParameterValue',
          `route table ${to.id} and association ${association.id} belong to different networks`,
        );
      }
      context.willChange();
      from.associations = from.associations.filter((other) => other !== association);
      const replaced: RouteTableAssociation = { ...association, id: world.newId('rtbassoc') };
      to.associations.push(replaced);
      return { NewAssociationId: replaced.id, AssociationState: { State: 'associated' } };
    },
  },
  EnableVgwRoutePropagation: {
    access: 'write',
    accepts: ['RouteTableId', 'GatewayId'],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const table = need(context.state.routeTables, 'routeTable', input.RouteTableId ?? '');
      const gateway = need(context.state.vpnGateways, 'vpnGateway', input.GatewayId ?? '');
      if (gateway.vpcId !== table.vpcId) {
        throw new ApiError(
          'Gateway.NotAttached',
          `resource ${gateway.id} is not attached to network ${table.vpcId}`,
        );
      }
      context.willChange();
      if (!table.propagatingVgws.includes(gateway.id)) table.propagatingVgws.push(gateway.id);
      return {};
    },
  },
  DisableVgwRoutePropagation: {
    access: 'write',
    accepts: ['RouteTableId', 'GatewayId'],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const table = need(context.state.routeTables, 'routeTable', input.RouteTableId ?? '');
      context.willChange();
      table.propagatingVgws = table.propagatingVgws.filter((id) => id !== input.GatewayId);
      context.state.propagatedRoutes[table.id] = propagatedRoutes(context, table).filter(
        ({ origin, target }) =>
          origin !== 'EnableVgwRoutePropagation' ||
          target.kind !== 'gateway' ||
          target.id !== input.GatewayId,
      );
      return {};
    },
  },
};

function associationTarget(
  context: Ec2Context,
  table: RouteTable,
  subnetId: string | undefined,
  gatewayId: string | undefined,
): { readonly subnetId: string } | { readonly gatewayId: string } {
  const { state } = context;
  if ((subnetId === undefined) === (gatewayId === undefined)) {
    throw new ApiError('InvalidParameterCombination', 'Exactly one of subnetId and gatewayId must be given.');
  }
  if (subnetId !== undefined) {
    const subnet = need(state.subnets, 'subnet', subnetId);
    if (subnet.vpcId !== table.vpcId) {
      throw new ApiError(
        'InvalidParameterValue',
        `Route table ${table.id} and subnet ${subnet.id} belong to different networks`,
      );
    }
    return { subnetId };
  }
  const id = gatewayId ?? '';
  const gateway = id.startsWith('vgw-')
    ? need(state.vpnGateways, 'vpnGateway', id)
    : need(state.internetGateways, 'internetGateway', id);
  if (gateway.vpcId !== table.vpcId) {
    throw new ApiError(
      'InvalidParameterValue',
      `Route table ${table.id} and gateway ${id} belong to different networks`,
    );
  }
  return { gatewayId: id };
}

function sameTarget(
  association: RouteTableAssociation,
  target: { subnetId?: string; gatewayId?: string },
): boolean {
  if (association.main) return false;
  return association.subnetId === target.subnetId && association.gatewayId === target.gatewayId;
}

function needAssociation(
  context: Ec2Context,
  id: string,
): { table: RouteTable; association: RouteTableAssociation } {
  for (const table of Object.values(context.state.routeTables)) {
    const association = table.associations.find((candidate) => candidate.id === id);
    if (association) return { table, association };
  }
  throw new ApiError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
}

function routesOf(context: Ec2Context, table: RouteTable): ViewedRoute[] {
  return [...table.routes, ...propagatedRoutes(context, table)].map((route) =>
    viewRoute(context, route, table.vpcId),
  );
}

function viewRouteTable(
  context: Ec2Context,
  table: RouteTable,
): NonNullable<OutputOf<'CreateRouteTable'>['RouteTable']> {
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: table.ownerId,
    Associations: table.associations.map((association) => ({
      RouteTableAssociationId: association.id,
      RouteTableId: table.id,
      Main: association.main,
      SubnetId: association.subnetId,
      GatewayId: association.gatewayId,
      AssociationState: { State: 'associated' as const },
    })),
    PropagatingVgws: table.propagatingVgws.map((GatewayId) => ({ GatewayId })),
    Routes: routesOf(context, table),
    Tags: tagsOf(context.state, table.id),
  };
}
