import { ApiError } from '../errors.js';
import { contains, formatCidr, parseCidr } from './cidr.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, InputOf } from './operation.js';
import { resolveTarget } from './route-targets.js';
import type { Route, RouteDestination, RouteTable, RouteTarget } from './state.js';

const TARGET_MEMBERS = [
  'GatewayId',
  'InstanceId',
  'NetworkInterfaceId',
  'NatGatewayId',
  'TransitGatewayId',
  'LocalGatewayId',
  'CarrierGatewayId',
  'VpcPeeringConnectionId',
  'VpcEndpointId',
  'EgressOnlyInternetGatewayId',
  'CoreNetworkArn',
  'OdbNetworkArn',
] as const;

export const routeOperations: Ec2Operations<'CreateRoute' | 'ReplaceRoute' | 'DeleteRoute'> = {
  CreateRoute: {
    access: 'write',
    accepts: [
      'RouteTableId',
      'DestinationCidrBlock',
      'DestinationIpv6CidrBlock',
      'DestinationPrefixListId',
      ...TARGET_MEMBERS,
    ],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const table = need(context.state.routeTables, 'routeTable', input.RouteTableId ?? '');
      const destination = readDestination(context, input);
      const target = readTarget(context, table, destination, input);
      const taken = findRoute(table, destination);
      if (taken)
        throw new ApiError(
          'RouteAlreadyExists',
          `The route identified by ${destination.value} already exists.`,
        );
      checkMoreSpecific(context, table, destination, target);
      const { routesPerTable } = context.world.settings.quotas;
      const count = table.routes.filter(
        (route) => isIpv6(context, route.destination) === isIpv6(context, destination),
      ).length;
      if (count >= routesPerTable) {
        throw new ApiError(
          'RouteLimitExceeded',
          `The maximum number of routes has been reached in route table ${table.id}.`,
        );
      }
      context.willChange();
      table.routes.push({ destination, target, origin: 'CreateRoute' });
      return { Return: true };
    },
  },
  ReplaceRoute: {
    access: 'write',
    accepts: [
      'RouteTableId',
      'DestinationCidrBlock',
      'DestinationIpv6CidrBlock',
      'DestinationPrefixListId',
      'LocalTarget',
      ...TARGET_MEMBERS,
    ],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const table = need(context.state.routeTables, 'routeTable', input.RouteTableId ?? '');
      const destination = readDestination(context, input);
      const route = findRoute(table, destination);
      if (!route) {
        throw new ApiError(
          'InvalidParameterValue',
          `There is no route defined for '${destination.value}' in the route table. Use CreateRoute instead.`,
        );
      }
      const target = readReplacement(context, table, destination, input);
      if (route.origin === 'CreateRouteTable' && !isMiddlebox(target)) {
        throw new ApiError(
          'InvalidParameterValue',
          `The local route ${destination.value} can only lead to an interface, an instance, a Gateway Load Balancer endpoint or local.`,
        );
      }
      if (route.origin === 'CreateRoute' && target.kind === 'local') {
        throw new ApiError('InvalidParameterValue', `The route ${destination.value} is not a local route.`);
      }
      if (route.origin === 'CreateRoute') checkMoreSpecific(context, table, destination, target);
      context.willChange();
      route.target = target;
      delete route.forcedState;
      return {};
    },
  },
  DeleteRoute: {
    access: 'write',
    accepts: ['RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId'],
    resources: ['RouteTableId'],
    run: (context, input) => {
      const table = need(context.state.routeTables, 'routeTable', input.RouteTableId ?? '');
      const destination = readDestination(context, input);
      const route = findRoute(table, destination);
      if (!route) {
        throw new ApiError(
          'InvalidRoute.NotFound',
          `no route with destination-cidr-block ${destination.value} in route table ${table.id}`,
        );
      }
      if (route.origin === 'CreateRouteTable') {
        throw new ApiError(
          'InvalidParameterValue',
          `cannot remove local route ${destination.value} in route table ${table.id}`,
        );
      }
      if (
        route.target.kind === 'gateway' &&
        route.target.id.startsWith('vpce-') &&
        destination.kind === 'prefix-list'
      ) {
        throw new ApiError(
          'InvalidParameterValue',
          `cannot remove VPC endpoint route ${destination.value} in route table ${table.id}`,
        );
      }
      context.willChange();
      table.routes = table.routes.filter((other) => other !== route);
      return {};
    },
  },
};

/** The static route with exactly that destination. */
export function findRoute(table: RouteTable, destination: RouteDestination): Route | undefined {
  return table.routes.find(
    (route) => route.destination.kind === destination.kind && route.destination.value === destination.value,
  );
}

/** Reads the one destination of a request, in canonical form. */
export function readDestination(
  context: Ec2Context,
  input: {
    readonly DestinationCidrBlock?: string | undefined;
    readonly DestinationIpv6CidrBlock?: string | undefined;
    readonly DestinationPrefixListId?: string | undefined;
  },
): RouteDestination {
  const {
    DestinationCidrBlock: ipv4,
    DestinationIpv6CidrBlock: ipv6,
    DestinationPrefixListId: prefixList,
  } = input;
  const given = [ipv4, ipv6, prefixList].filter((value) => value !== undefined);
  if (given.length === 0) {
    throw new ApiError(
      'MissingParameter',
      'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId',
    );
  }
  if (given.length > 1) {
    throw new ApiError(
      'InvalidParameterCombination',
      'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId',
    );
  }
  if (prefixList !== undefined) {
    need(context.state.prefixLists, 'prefixList', prefixList);
    return { kind: 'prefix-list', value: prefixList };
  }
  const text = ipv4 ?? ipv6 ?? '';
  const cidr = parseCidr(text);
  if (cidr?.family !== (ipv4 === undefined ? 6 : 4)) {
    const name = ipv4 === undefined ? 'destinationIpv6CidrBlock' : 'destinationCidrBlock';
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${text}) for parameter ${name} is invalid. This is not a valid CIDR block.`,
    );
  }
  return { kind: ipv4 === undefined ? 'ipv6' : 'ipv4', value: formatCidr(cidr) };
}

function readTarget(
  context: Ec2Context,
  table: RouteTable,
  destination: RouteDestination,
  input: InputOf<'CreateRoute'>,
): RouteTarget {
  const given = TARGET_MEMBERS.filter((member) => input[member] !== undefined);
  const [member] = given;
  if (member === undefined) {
    throw new ApiError(
      'MissingParameter',
      `The request must contain exactly one of ${TARGET_MEMBERS.map(lowerFirst).join(', ')}`,
    );
  }
  if (given.length > 1) {
    throw new ApiError(
      'InvalidParameterCombination',
      `The request must contain exactly one target; it contains ${given.map(lowerFirst).join(', ')}`,
    );
  }
  return resolveTarget(context, table, destination, member, input[member] ?? '');
}

function readReplacement(
  context: Ec2Context,
  table: RouteTable,
  destination: RouteDestination,
  input: InputOf<'ReplaceRoute'>,
): RouteTarget {
  if (input.LocalTarget !== true) return readTarget(context, table, destination, input);
  if (TARGET_MEMBERS.some((member) => input[member] !== undefined)) {
    throw new ApiError(
      'InvalidParameterCombination',
      'localTarget cannot be given together with another target',
    );
  }
  return { kind: 'local' };
}

function checkMoreSpecific(
  context: Ec2Context,
  table: RouteTable,
  destination: RouteDestination,
  target: RouteTarget,
): void {
  if (destination.kind === 'prefix-list') return;
  const cidr = parseCidr(destination.value)!;
  const vpc = context.state.vpcs[table.vpcId];
  const isInside = [...(vpc?.ipv4 ?? []), ...(vpc?.ipv6 ?? [])].some((block) =>
    contains(parseCidr(block.cidr)!, cidr),
  );
  if (!isInside || isMiddlebox(target) || target.kind === 'nat-gateway') return;
  throw new ApiError(
    'InvalidParameterValue',
    `The destination CIDR block ${destination.value} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
  );
}

function isMiddlebox(target: RouteTarget): boolean {
  return (
    target.kind === 'local' ||
    target.kind === 'network-interface' ||
    (target.kind === 'gateway' && target.id.startsWith('vpce-'))
  );
}

function isIpv6(context: Ec2Context, destination: RouteDestination): boolean {
  if (destination.kind !== 'prefix-list') return destination.kind === 'ipv6';
  return context.state.prefixLists[destination.value]?.addressFamily === 'IPv6';
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
