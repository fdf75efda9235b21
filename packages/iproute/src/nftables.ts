import type { RunOptions } from './command.js';
import { commandError, commandLine, runChecked, runCommand } from './command.js';
import { decodeBytes, parseDocuments } from './decode.js';
import { IprouteError } from './errors.js';
import { Fields, isObject } from './fields.js';

/** Address families of nftables. */
export type NftFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

/** Names a table of nftables. */
export interface NftTableName {
  readonly family: NftFamily;
  readonly name: string;
}

/** One chain; base chains have a hook. */
export interface NftChain {
  readonly name: string;
  readonly type: string | undefined;
  readonly hook: string | undefined;
  readonly priority: number | undefined;
  readonly policy: string | undefined;
  /** The rules in order, each the list of its expressions as `nft -j` prints them. */
  readonly rules: readonly NftRule[];
}

/** One rule of a chain. */
export interface NftRule {
  readonly handle: number | undefined;
  readonly comment: string | undefined;
  readonly expressions: readonly unknown[];
}

/** One table with what is in it. */
export interface NftTable extends NftTableName {
  readonly comment: string | undefined;
  readonly chains: readonly NftChain[];
  /** Names of its sets and maps. */
  readonly sets: readonly string[];
  /** Kinds of objects in it that this package does not model, such as `flowtable`. */
  readonly otherObjects: readonly string[];
}

/** The tables of a host in `nft`'s order. */
export interface NftRuleset {
  readonly tables: readonly NftTable[];
}

/**
 * Reads the whole ruleset (`nft -j list ruleset`).
 *
 * @throws {IprouteError} NET_IPROUTE_MISSING without nft, NET_IPROUTE_PERMISSION without the privilege.
 */
export async function readNftables(options: RunOptions = {}): Promise<NftRuleset> {
  const line = nftLine(['-j', 'list', 'ruleset'], options);
  return parseNftables(parseDocuments(await runChecked(line, options), line.join(' '))[0]);
}

/**
 * Reads one table: its content, and the text that `nft -f` turns into it again. Undefined when there is none.
 */
export async function readNftTable(
  table: NftTableName,
  options: RunOptions = {},
): Promise<{ readonly table: NftTable; readonly text: string } | undefined> {
  const words = ['list', 'table', table.family, checkedNftName(table.name)];
  const line = nftLine(['-j', ...words], options);
  const result = await runCommand(line, options);
  if (result.exitCode !== 0) {
    if (/No such file or directory|does not exist/.test(result.stderr)) return undefined;
    throw commandError(line, result);
  }
  const parsed = parseNftables(parseDocuments(result.stdout, line.join(' '))[0]);
  const found = parsed.tables.find((item) => item.family === table.family && item.name === table.name);
  if (found === undefined) return undefined;
  const text = decodeBytes(await runChecked(nftLine(['-s', ...words], options), options));
  // The JSON output leaves out a table's comment before nftables 1.0.8; the text has it.
  const comment = found.comment ?? /^\tcomment "([^"]*)"$/m.exec(text)?.[1];
  return { table: { ...found, comment }, text };
}

/** Parses the document of `nft -j list`; unknown objects are named in `otherObjects`, never fatal. */
export function parseNftables(document: unknown): NftRuleset {
  const items = isObject(document) && Array.isArray(document['nftables']) ? document['nftables'] : [];
  const tables = new Map<string, { -readonly [Key in keyof NftTable]: NftTable[Key] }>();
  const chains = new Map<string, NftRule[]>();
  for (const item of items) {
    if (!isObject(item)) continue;
    const kind = Object.keys(item)[0] ?? '';
    const body = item[kind];
    if (!isObject(body) || kind === 'metainfo') continue;
    const fields = new Fields(body);
    const family = fields.text('family');
    if (!isFamily(family)) continue;
    const name = fields.text('name');
    if (kind === 'table') {
      if (name === undefined) continue;
      const comment = fields.text('comment');
      tables.set(`${family} ${name}`, { family, name, comment, chains: [], sets: [], otherObjects: [] });
      continue;
    }
    const table = tables.get(`${family} ${fields.text('table') ?? ''}`);
    if (table === undefined) continue;
    if (kind === 'chain' && name !== undefined) {
      const rules: NftRule[] = [];
      chains.set(`${family} ${table.name} ${name}`, rules);
      const prio = body['prio'];
      table.chains = [
        ...table.chains,
        {
          name,
          type: fields.text('type'),
          hook: fields.text('hook'),
          priority: typeof prio === 'number' ? prio : undefined,
          policy: fields.text('policy'),
          rules,
        },
      ];
    } else if (kind === 'rule') {
      const expressions = body['expr'];
      chains.get(`${family} ${table.name} ${fields.text('chain') ?? ''}`)?.push({
        handle: fields.integer('handle'),
        comment: fields.text('comment'),
        expressions: Array.isArray(expressions) ? (expressions as readonly unknown[]) : [],
      });
    } else if ((kind === 'set' || kind === 'map') && name !== undefined) table.sets = [...table.sets, name];
    else table.otherObjects = [...table.otherObjects, kind];
  }
  return { tables: [...tables.values()] };
}

/** Program and arguments that run `nft`. */
export function nftLine(args: readonly string[], options: RunOptions): readonly [string, ...string[]] {
  return commandLine(options.nftCommand ?? 'nft', args, options);
}

/**
 * A name that nft reads as one plain word.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID for anything else.
 */
export function checkedNftName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name))
    throw new IprouteError('NET_IPROUTE_INVALID', `not a plain nftables name: ${JSON.stringify(name)}`);
  return name;
}

function isFamily(text: string | undefined): text is NftFamily {
  return text !== undefined && ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'].includes(text);
}
