import type { Destination } from './destination.js';

/** Where a route leads. `interface` is an elastic network interface, with or without an instance behind it. */
export type TargetKind =
  | 'interface'
  | 'internet-gateway'
  | 'nat-gateway'
  | 'vpn-gateway'
  | 'transit-gateway'
  | 'peering'
  | 'egress-only-gateway'
  | 'endpoint'
  | 'local-gateway'
  | 'carrier-gateway'
  | 'core-network'
  | 'odb-network'
  | 'local'
  | 'unknown';

export interface RouteTarget {
  readonly kind: TargetKind;
  /** Resource id or ARN; `local` for the VPC's own routes, '' where the API named none. */
  readonly id: string;
}

/** One route of a table as the API shows it. */
export interface Route {
  readonly destination: Destination;
  readonly target: RouteTarget;
  /** `active`, `blackhole`, `filtered`, or whatever the API says; undefined when it says nothing. */
  readonly state: string | undefined;
  /** `CreateRouteTable`, `CreateRoute`, `EnableVgwRoutePropagation`, `Advertisement`, or something newer. */
  readonly origin: string | undefined;
  readonly instanceId: string | undefined;
  readonly instanceOwnerId: string | undefined;
}

/** A route table as the API shows it. */
export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  readonly ownerId: string | undefined;
  readonly isMain: boolean;
  readonly subnetIds: readonly string[];
  /** Gateways whose inbound traffic it routes: an edge association. */
  readonly gatewayIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
}

/** The name of a route of a table in memory, metrics and logs. */
export function routeKey(tableId: string, destination: Destination): string {
  return `${tableId} ${destination.value}`;
}

/** Whether both name the same target. */
export function sameTarget(a: RouteTarget, b: RouteTarget): boolean {
  return a.kind === b.kind && a.id === b.id;
}

const PREFIXES: readonly (readonly [string, TargetKind])[] = [
  ['eni-', 'interface'],
  ['igw-', 'internet-gateway'],
  ['nat-', 'nat-gateway'],
  ['vgw-', 'vpn-gateway'],
  ['tgw-', 'transit-gateway'],
  ['pcx-', 'peering'],
  ['eigw-', 'egress-only-gateway'],
  ['vpce-', 'endpoint'],
  ['lgw-', 'local-gateway'],
  ['cagw-', 'carrier-gateway'],
];

/** The kind of target that an id belongs to; `unknown` for none of them. */
export function targetKindOf(id: string): TargetKind {
  if (id === 'local') return 'local';
  if (/^arn:[\w-]+:networkmanager:/.test(id)) return 'core-network';
  if (/^arn:[\w-]+:odb:/.test(id)) return 'odb-network';
  return PREFIXES.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'unknown';
}

/** A target in words, for reasons: `the NAT gateway nat-1`. */
export function describeTarget(target: RouteTarget): string {
  if (target.kind === 'local') return 'the VPC itself';
  if (target.kind === 'unknown') return target.id === '' ? 'a target of an unknown kind' : target.id;
  return `the ${WORDS[target.kind]} ${target.id}`;
}

const WORDS: Readonly<Record<Exclude<TargetKind, 'local' | 'unknown'>, string>> = {
  interface: 'interface',
  'internet-gateway': 'internet gateway',
  'nat-gateway': 'NAT gateway',
  'vpn-gateway': 'virtual private gateway',
  'transit-gateway': 'transit gateway',
  peering: 'peering connection',
  'egress-only-gateway': 'egress-only internet gateway',
  endpoint: 'endpoint',
  'local-gateway': 'local gateway',
  'carrier-gateway': 'carrier gateway',
  'core-network': 'core network',
  'odb-network': 'ODB network',
};
