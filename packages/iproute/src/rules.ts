import type { Family } from './cidr.js';
import { canonicalBlock } from './cidr.js';
import { strangers, toInteger, toText } from './fields.js';

/** What a rule does with a packet that it matches. */
export type RuleAction =
  | 'lookup'
  | 'goto'
  | 'nop'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | `unknown-${string}`;

/** One rule of the routing policy database. */
export interface Rule {
  readonly family: Family;
  /** 0 is looked at first. */
  readonly priority: number;
  /** True when the rule matches what the selectors do not. */
  readonly not: boolean;
  /** Canonical block; undefined matches every source. */
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly tos: number;
  readonly mark: number | undefined;
  /** Which bits of the mark count; 0xffffffff when a mark is given without a mask. */
  readonly markMask: number | undefined;
  readonly inputDevice: string | undefined;
  readonly outputDevice: string | undefined;
  readonly action: RuleAction;
  readonly table: number | undefined;
  /** Priority that a `goto` jumps to. */
  readonly target: number | undefined;
  /** Routes with a prefix of this length or shorter are passed over. */
  readonly suppressPrefixLength: number | undefined;
  /** Who made it; 2 is the kernel, 0 is unspecified. */
  readonly protocol: number;
  /** Names of selectors that this package does not model; such a rule is never written or deleted. */
  readonly unknown: readonly string[];
}

const actions: Readonly<Record<string, RuleAction>> = {
  '0': 'nop',
  '1': 'lookup',
  '2': 'goto',
  '3': 'nop',
  '6': 'blackhole',
  '7': 'unreachable',
  '8': 'prohibit',
  nop: 'nop',
  blackhole: 'blackhole',
  unreachable: 'unreachable',
  prohibit: 'prohibit',
};

const wellKnownTables: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

const known = new Set([
  ...[
    'priority',
    'src',
    'srclen',
    'dst',
    'dstlen',
    'table',
    'protocol',
    'fwmark',
    'fwmask',
    'goto',
    'action',
  ],
  ...['not', 'tos', 'iif', 'oif', 'suppress_prefixlen'],
]);

/** One object of `ip -j -N -d rule show`; a sentence when it cannot be used. */
export function parseRule(
  source: Readonly<Record<string, unknown>>,
  family: Family,
  unnamedProtocol = 0,
): Rule | string {
  const priority = toInteger(source['priority']);
  if (priority === undefined) return 'rule without a priority';
  const from = parseSelector(source['src'], source['srclen'], family);
  const to = parseSelector(source['dst'], source['dstlen'], family);
  if (from === null || to === null) return `rule ${priority} with an unreadable selector`;
  const tableText = toText(source['table']);
  const table = tableText === undefined ? undefined : (toInteger(tableText) ?? wellKnownTables[tableText]);
  if (tableText !== undefined && table === undefined) return `rule ${priority} with a table without a number`;
  const protocol = source['protocol'] === undefined ? unnamedProtocol : toInteger(source['protocol']);
  if (protocol === undefined) return `rule ${priority} with an unreadable protocol`;
  const mark = toInteger(source['fwmark']);
  const target = toInteger(source['goto']);
  return {
    family,
    priority,
    not: source['not'] !== undefined && source['not'] !== false,
    source: from,
    destination: to,
    tos: toInteger(source['tos']) ?? 0,
    mark,
    markMask: mark === undefined ? undefined : (toInteger(source['fwmask']) ?? 0xffffffff),
    inputDevice: toText(source['iif']),
    outputDevice: toText(source['oif']),
    action: parseAction(toText(source['action']), table, target),
    table,
    target,
    suppressPrefixLength: toInteger(source['suppress_prefixlen']),
    protocol,
    unknown: strangers(source, known),
  };
}

function parseAction(
  text: string | undefined,
  table: number | undefined,
  target: number | undefined,
): RuleAction {
  if (text !== undefined) return actions[text] ?? `unknown-${text}`;
  if (target !== undefined) return 'goto';
  return table === undefined ? 'nop' : 'lookup';
}

// Undefined: matches everything. Null: cannot be read.
function parseSelector(value: unknown, length: unknown, family: Family): string | undefined | null {
  if (value === undefined || value === 'all') return undefined;
  const text = toText(value) ?? '';
  const block = canonicalBlock(length === undefined ? text : `${text}/${toInteger(length) ?? '?'}`);
  if (block === undefined || block.includes(':') !== (family === 'inet6')) return null;
  return block;
}
