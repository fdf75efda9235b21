import type { Family } from './cidr.js';
import { canonicalBlock, formatAddress, parseAddress } from './cidr.js';
import { Fields, toInteger } from './fields.js';

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

/** One object of `ip -j -N -d route show table all`; a sentence when it cannot be used. */
export function parseRoute(source: Readonly<Record<string, unknown>>, family: Family): Route | string {
  const fields = new Fields(source);
  const destination = parseDestination(fields.text('dst'), family);
  if (destination === undefined) return 'route with an unreadable destination';
  const table = parseTable(fields.text('table'));
  if (table === undefined) return `route to ${destination} in a table without a number`;
  const protocol = fields.has('protocol') ? fields.integer('protocol') : 0;
  if (protocol === undefined) return `route to ${destination} with an unreadable protocol`;
  const hops = fields.objects('nexthops').map((hop) => parseNextHop(hop));
  const metrics = mergedMetrics(fields.objects('metrics'));
  const flags = fields.texts('flags');
  const gateway = parseGateway(fields);
  fields.ignore('pref', 'cache', 'expires', 'nhid');
  const route: Route = {
    family,
    type: parseType(fields.text('type')),
    destination,
    table,
    protocol,
    scope: fields.integer('scope') ?? 0,
    metric: fields.integer('metric') ?? 0,
    gateway,
    device: fields.text('dev'),
    preferredSource: canonicalAddress(fields.text('prefsrc')),
    tos: fields.integer('tos') ?? 0,
    mtuBytes: metrics.mtu,
    onLink: flags.includes('onlink'),
    nextHops: hops,
    unknown: [
      ...fields.unknown(),
      ...metrics.unknown,
      ...(Object.hasOwn(source, 'nhid') ? ['nhid'] : []),
      ...(source['pref'] !== undefined && source['pref'] !== 'medium' ? ['pref'] : []),
      ...(Object.hasOwn(source, 'expires') ? ['expires'] : []),
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

function parseGateway(fields: Fields): string | undefined {
  const via = fields.object('via');
  const text = via === undefined ? fields.text('gateway') : new Fields(via).text('host');
  fields.ignore('gateway');
  return canonicalAddress(text);
}

function parseNextHop(source: Readonly<Record<string, unknown>>): NextHop {
  const fields = new Fields(source);
  return {
    gateway: parseGateway(fields),
    device: fields.text('dev'),
    weight: fields.integer('weight') ?? 1,
    onLink: fields.texts('flags').includes('onlink'),
  };
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
  const address = text === undefined ? undefined : parseAddress(text);
  return address && formatAddress(address.family, address.value);
}
