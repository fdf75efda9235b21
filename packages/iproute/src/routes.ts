import type { Family } from './cidr.js';
import { canonicalBlock } from './cidr.js';
import { isObject, strangers, toInteger, toObjects, toText } from './fields.js';

/** Route types of rtnetlink; `unknown-N` for a number this package does not know. */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'
  | `unknown-${string}`;

/** One way out of a multipath route. */
export interface NextHop {
  readonly gateway: string | undefined;
  readonly device: string | undefined;
  /** 1 to 256. */
  readonly weight: number;
  readonly onLink: boolean;
}

/** One route of any table. */
export interface Route {
  readonly family: Family;
  readonly type: RouteType;
  /** Canonical block; the default route is `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  readonly table: number;
  /** Who made it: 2 kernel, 3 boot, 4 static, 16 dhcp, 9 ra; see rtnetlink.h. */
  readonly protocol: number;
  /** 0 global, 253 link, 254 host. Always 0 in IPv6. */
  readonly scope: number;
  /** Priority among routes to one destination, the lower the better; IPv6 routes have 1024 unless told. */
  readonly metric: number;
  readonly gateway: string | undefined;
  readonly device: string | undefined;
  readonly preferredSource: string | undefined;
  readonly tos: number;
  readonly mtuBytes: number | undefined;
  readonly onLink: boolean;
  readonly nextHops: readonly NextHop[];
  /** Names of attributes that this package does not model; such a route is never written or deleted. */
  readonly unknown: readonly string[];
}

const types = [
  'unknown-0',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
] as const satisfies readonly RouteType[];

const wellKnownTables: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

const known = new Set([
  ...[
    'dst',
    'table',
    'protocol',
    'nexthops',
    'metrics',
    'flags',
    'via',
    'gateway',
    'type',
    'scope',
    'metric',
  ],
  ...['dev', 'prefsrc', 'tos', 'cache'],
]);

/** One object of `ip -j -N -d route show table all`; a sentence when it cannot be used. */
export function parseRoute(
  source: Readonly<Record<string, unknown>>,
  family: Family,
  unnamedProtocol = 0,
): Route | string {
  const destination = parseDestination(toText(source['dst']), family);
  if (destination === undefined) return 'route with an unreadable destination';
  const table = parseTable(toText(source['table']));
  if (table === undefined) return `route to ${destination} in a table without a number`;
  const protocol = source['protocol'] === undefined ? unnamedProtocol : toInteger(source['protocol']);
  if (protocol === undefined) return `route to ${destination} with an unreadable protocol`;
  const metrics = mergedMetrics(toObjects(source['metrics']));
  const route: Route = {
    family,
    type: parseType(toText(source['type'])),
    destination,
    table,
    protocol,
    scope: toInteger(source['scope']) ?? 0,
    metric: toInteger(source['metric']) ?? 0,
    gateway: parseGateway(source),
    device: toText(source['dev']),
    preferredSource: canonicalAddress(toText(source['prefsrc'])),
    tos: toInteger(source['tos']) ?? 0,
    mtuBytes: metrics.mtu,
    onLink: isOnLink(source['flags']),
    nextHops: toObjects(source['nexthops']).map((hop) => parseNextHop(hop)),
    // A preference other than the usual one is an attribute that could not be written back.
    unknown: [
      ...strangers(source, known).filter((key) => key !== 'pref' || source[key] !== 'medium'),
      ...metrics.unknown,
    ],
  };
  return withoutLoopback(route);
}

// The kernel hangs IPv6 routes that lead nowhere on the loopback device; nobody wrote that down.
function withoutLoopback(route: Route): Route {
  const nowhere = ['throw', 'blackhole', 'unreachable', 'prohibit'].includes(route.type);
  return nowhere && route.device === 'lo' ? { ...route, device: undefined } : route;
}

function parseDestination(text: string | undefined, family: Family): string | undefined {
  if (text === 'default' || text === 'all') return family === 'inet' ? '0.0.0.0/0' : '::/0';
  const block = canonicalBlock(text ?? '');
  return block !== undefined && block.includes(':') === (family === 'inet6') ? block : undefined;
}

function parseTable(text: string | undefined): number | undefined {
  if (text === undefined) return 254;
  return toInteger(text) ?? wellKnownTables[text];
}

function parseType(text: string | undefined): RouteType {
  if (text === undefined) return 'unicast';
  const number = toInteger(text);
  if (number !== undefined) return types[number] ?? `unknown-${number}`;
  return types.find((type) => type === text) ?? `unknown-${text}`;
}

function parseGateway(source: Readonly<Record<string, unknown>>): string | undefined {
  const { via } = source;
  return canonicalAddress(toText(isObject(via) ? via['host'] : source['gateway']));
}

function parseNextHop(source: Readonly<Record<string, unknown>>): NextHop {
  return {
    gateway: parseGateway(source),
    device: toText(source['dev']),
    weight: toInteger(source['weight']) ?? 1,
    onLink: isOnLink(source['flags']),
  };
}

function isOnLink(flags: unknown): boolean {
  return Array.isArray(flags) && flags.includes('onlink');
}

function mergedMetrics(list: readonly Readonly<Record<string, unknown>>[]): {
  readonly mtu: number | undefined;
  readonly unknown: readonly string[];
} {
  let mtu: number | undefined;
  const unknown: string[] = [];
  for (const item of list)
    for (const [key, value] of Object.entries(item))
      if (key === 'mtu') mtu = toInteger(value);
      else unknown.push(`metrics.${key}`);
  return { mtu, unknown };
}

function canonicalAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.includes('/')) return undefined;
  return canonicalBlock(text)?.replace(/\/\d+$/, '');
}
