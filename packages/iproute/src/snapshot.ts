import type { Family } from './cidr.js';
import type { RunOptions } from './command.js';
import { commandError, ipCommandLine, runChecked, runCommand } from './command.js';
import { parseDocuments } from './decode.js';
import { IprouteError } from './errors.js';
import { isObject } from './fields.js';
import type { Address, Link } from './links.js';
import { parseLink } from './links.js';
import type { NftTable, NftTableName } from './nftables.js';
import { readNftTable } from './nftables.js';
import type { Route } from './routes.js';
import { parseRoute } from './routes.js';
import type { Rule } from './rules.js';
import { parseRule } from './rules.js';

/** Something in the output of `ip` that could not be used: counted and named, never fatal. */
export interface SkippedItem {
  readonly from: 'address' | 'route' | 'rule';
  /** Position in the printed list, from 0. */
  readonly index: number;
  readonly reason: string;
}

/** A host's interfaces, addresses, routes of all tables and rules at one moment: plain and serialisable. */
export interface Snapshot {
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** Families that the kernel has; a host booted with `ipv6.disable=1` has no `inet6`. */
  readonly families: readonly Family[];
  /** The one nftables table that was asked for; undefined when it is not there or was not asked for. */
  readonly nftTable: { readonly table: NftTable; readonly text: string } | undefined;
  readonly skipped: readonly SkippedItem[];
}

/** What to read besides the addresses, routes and rules. */
export interface ObserveOptions extends RunOptions {
  /** Families to read; default both. */
  readonly families?: readonly Family[] | undefined;
  /** Only routes and rules of this protocol number, and no links and addresses: a quick look at what is owned. */
  readonly onlyProtocol?: number | undefined;
  /** Reads this table of nftables too. A host without `nft` has none. */
  readonly nftTable?: NftTableName | undefined;
}

/**
 * Reads the state of a network namespace with `ip -j -N -d`, one process for the interfaces and one per family.
 * Works without privilege in the caller's own namespace, the nftables table excepted.
 *
 * @throws {IprouteError} when `ip` is missing, fails or prints no JSON.
 */
export async function observe(options: ObserveOptions = {}): Promise<Snapshot> {
  const families = options.families ?? ['inet', 'inet6'];
  const [links, nftTable, ...perFamily] = await Promise.all([
    options.onlyProtocol === undefined ? readLinks(options) : { links: [], addresses: [], skipped: [] },
    readTable(options),
    ...families.map((family) => readFamily(family, options)),
  ]);
  const present = perFamily.flatMap((item) => (item === undefined ? [] : [item]));
  return {
    links: links.links,
    addresses: links.addresses.filter((address) => families.includes(address.family)),
    routes: present.flatMap((item) => item.routes),
    rules: present.flatMap((item) => item.rules),
    families: present.map((item) => item.family),
    nftTable,
    skipped: [...links.skipped, ...present.flatMap((item) => item.skipped)],
  };
}

/** Turns the document of `ip -j -N -d address show` into links and addresses. */
export function parseLinks(document: unknown): {
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  readonly skipped: readonly SkippedItem[];
} {
  const links: Link[] = [];
  const addresses: Address[] = [];
  const skipped: SkippedItem[] = [];
  eachObject(document, 'address', skipped, (item, index) => {
    const parsed = parseLink(item);
    if (typeof parsed === 'string') return parsed;
    links.push(parsed.link);
    for (const address of parsed.addresses) addresses.push(address);
    for (const reason of parsed.skipped) skipped.push({ from: 'address', index, reason });
    return undefined;
  });
  return { links, addresses, skipped };
}

/**
 * Turns the documents of `route show table all` and `rule show` into routes and rules. `protocol` is what they
 * have when none is printed: ip leaves out what it was told to filter by.
 */
export function parseRoutesAndRules(
  family: Family,
  routeDocument: unknown,
  ruleDocument: unknown,
  protocol = 0,
): {
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  readonly skipped: readonly SkippedItem[];
} {
  const routes: Route[] = [];
  const rules: Rule[] = [];
  const skipped: SkippedItem[] = [];
  eachObject(routeDocument, 'route', skipped, (item) => {
    const parsed = parseRoute(item, family, protocol);
    if (typeof parsed === 'string') return parsed;
    routes.push(parsed);
    return undefined;
  });
  eachObject(ruleDocument, 'rule', skipped, (item) => {
    const parsed = parseRule(item, family, protocol);
    if (typeof parsed === 'string') return parsed;
    rules.push(parsed);
    return undefined;
  });
  return { routes, rules, skipped };
}

async function readLinks(options: RunOptions): Promise<ReturnType<typeof parseLinks>> {
  const line = ipCommandLine(['-j', '-N', '-d', 'address', 'show'], options);
  return parseLinks(parseDocuments(await runChecked(line, options), line.join(' '))[0]);
}

async function readFamily(
  family: Family,
  options: ObserveOptions,
): Promise<(ReturnType<typeof parseRoutesAndRules> & { readonly family: Family }) | undefined> {
  const flag = family === 'inet' ? '-4' : '-6';
  const line = ipCommandLine([flag, '-j', '-N', '-d', '-batch', '-'], options);
  const { onlyProtocol } = options;
  const routeFilter = onlyProtocol === undefined ? '' : ` proto ${onlyProtocol}`;
  const ruleFilter = onlyProtocol === undefined ? '' : ` protocol ${onlyProtocol}`;
  const result = await runCommand(
    line,
    options,
    `route show table all${routeFilter}\nrule show${ruleFilter}\n`,
  );
  if (result.exitCode !== 0) {
    if (family === 'inet6' && /not supported/i.test(result.stderr)) return undefined;
    throw commandError(line, result);
  }
  const documents = parseDocuments(result.stdout, line.join(' '));
  if (documents.length !== 2)
    throw new IprouteError(
      'NET_IPROUTE_PARSE',
      `${line.join(' ')}: expected two documents, got ${documents.length}`,
    );
  const [routes, rules] = documents;
  return { family, ...parseRoutesAndRules(family, routes, rules, onlyProtocol) };
}

async function readTable(options: ObserveOptions): Promise<Snapshot['nftTable']> {
  if (options.nftTable === undefined) return undefined;
  try {
    return await readNftTable(options.nftTable, options);
  } catch (error) {
    if (error instanceof IprouteError && error.code === 'NET_IPROUTE_MISSING') return undefined;
    throw error;
  }
}

function eachObject(
  document: unknown,
  from: SkippedItem['from'],
  skipped: SkippedItem[],
  use: (item: Readonly<Record<string, unknown>>, index: number) => string | undefined,
): void {
  if (!Array.isArray(document)) {
    skipped.push({ from, index: 0, reason: 'the document is no list' });
    return;
  }
  document.forEach((item: unknown, index) => {
    // ip prints an empty object for an interface that its filter left out.
    if (isObject(item) && Object.keys(item).length === 0) return;
    const reason = isObject(item) ? use(item, index) : 'not an object';
    if (reason !== undefined) skipped.push({ from, index, reason });
  });
}
