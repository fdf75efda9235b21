import type { Family } from './cidr.js';
import { canonicalBlock } from './cidr.js';
import { Fields, toInteger } from './fields.js';

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

/** One object of `ip -j -N -d rule show`; a sentence when it cannot be used. */
export function parseRule(source: Readonly<Record<string, unknown>>, family: Family): Rule | string {
  const fields = new Fields(source);
  const priority = fields.integer('priority');
  if (priority === undefined) return 'rule without a priority';
  const from = parseSelector(fields, 'src', 'srclen', family);
  const to = parseSelector(fields, 'dst', 'dstlen', family);
  if (from === null || to === null) return `rule ${priority} with an unreadable selector`;
  const tableText = fields.text('table');
  const table = tableText === undefined ? undefined : (toInteger(tableText) ?? wellKnownTables[tableText]);
  if (tableText !== undefined && table === undefined) return `rule ${priority} with a table without a number`;
  const protocol = fields.has('protocol') ? fields.integer('protocol') : 0;
  if (protocol === undefined) return `rule ${priority} with an unreadable protocol`;
  const mark = fields.integer('fwmark');
  const mask = fields.integer('fwmask');
  const target = fields.integer('goto');
  const actionText = fields.text('action');
  return {
    family,
    priority,
    not: fields.flag('not'),
    source: from,
    destination: to,
    tos: fields.integer('tos') ?? 0,
    mark,
    markMask: mark === undefined ? undefined : (mask ?? 0xffffffff),
    inputDevice: fields.text('iif'),
    outputDevice: fields.text('oif'),
    action: parseAction(actionText, table, target),
    table,
    target,
    suppressPrefixLength: fields.integer('suppress_prefixlen'),
    protocol,
    unknown: fields.unknown(),
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
function parseSelector(
  fields: Fields,
  key: string,
  lengthKey: string,
  family: Family,
): string | undefined | null {
  const text = fields.text(key);
  const length = fields.integer(lengthKey);
  if (!fields.has(key) || text === 'all') return undefined;
  const block = canonicalBlock(length === undefined ? (text ?? '') : `${text ?? ''}/${length}`);
  if (block === undefined || block.includes(':') !== (family === 'inet6')) return null;
  return block;
}
