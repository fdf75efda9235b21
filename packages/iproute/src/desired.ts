import type { Family } from './cidr.js';
import { canonicalBlock, formatAddress, parseAddress } from './cidr.js';
import { IprouteError } from './errors.js';
import type { NftTableName } from './nftables.js';
import type { Route } from './routes.js';
import type { Rule } from './rules.js';

/** A range of table numbers or rule priorities, both ends included. */
export interface OwnedRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The mark that tells what is ours: a route or rule is owned when it carries `protocol` and lies in the range.
 * Whatever is not owned is never changed or removed.
 */
export interface Ownership {
  /** rtnetlink protocol number, 5 to 255 and none of the well-known ones. */
  readonly protocol: number;
  readonly tables: OwnedRange;
  readonly priorities: OwnedRange;
  /** The nftables table that is wholly ours. */
  readonly nftTable?: NftTableName | undefined;
}

/** A route that shall be there. What is left out has the kernel's default. */
export interface DesiredRoute {
  readonly family: Family;
  readonly type?: Route['type'];
  readonly destination: string;
  readonly table: number;
  readonly gateway?: string | undefined;
  readonly device?: string | undefined;
  readonly metric?: number | undefined;
  readonly scope?: number | undefined;
  readonly preferredSource?: string | undefined;
  readonly mtuBytes?: number | undefined;
  readonly onLink?: boolean | undefined;
  /** Why, in words, for the plan. */
  readonly reason: string;
}

/** A rule that shall be there. */
export interface DesiredRule {
  readonly family: Family;
  readonly priority: number;
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
  readonly mark?: number | undefined;
  readonly markMask?: number | undefined;
  readonly inputDevice?: string | undefined;
  readonly outputDevice?: string | undefined;
  readonly table: number;
  readonly suppressPrefixLength?: number | undefined;
  readonly reason: string;
}

/** Everything under one mark that shall be there, and nothing else under that mark. */
export interface DesiredState {
  readonly routes: readonly DesiredRoute[];
  readonly rules: readonly DesiredRule[];
  /**
   * The wanted content of the owned nftables table: the lines between its braces, without a `comment` of its
   * own. Undefined: the table shall not be there.
   */
  readonly nftTable?: { readonly body: string; readonly reason: string } | undefined;
}

/**
 * The route as the kernel will show it, owned by `ownership`.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID for an unreadable address or a table outside the owned range.
 */
export function completeRoute(wanted: DesiredRoute, ownership: Ownership): Route {
  const type = wanted.type ?? 'unicast';
  if (!inRange(wanted.table, ownership.tables))
    throw invalid(`table ${wanted.table} is outside the owned range`);
  const nowhere = type !== 'unicast' && type !== 'local';
  const defaultScope = wanted.gateway !== undefined || nowhere ? 0 : type === 'local' ? 254 : 253;
  return {
    family: wanted.family,
    type,
    destination: block(wanted.destination, wanted.family),
    table: wanted.table,
    protocol: ownership.protocol,
    scope: wanted.family === 'inet6' ? 0 : (wanted.scope ?? defaultScope),
    metric: wanted.metric ?? (wanted.family === 'inet6' ? 1024 : 0),
    gateway: wanted.gateway === undefined ? undefined : address(wanted.gateway),
    device: wanted.device,
    preferredSource: wanted.preferredSource === undefined ? undefined : address(wanted.preferredSource),
    tos: 0,
    mtuBytes: wanted.mtuBytes,
    onLink: wanted.onLink ?? false,
    nextHops: [],
    unknown: [],
  };
}

/**
 * The rule as the kernel will show it, owned by `ownership`.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID for an unreadable block or a priority outside the owned range.
 */
export function completeRule(wanted: DesiredRule, ownership: Ownership): Rule {
  if (!inRange(wanted.priority, ownership.priorities))
    throw invalid(`priority ${wanted.priority} is outside the owned range`);
  const every = wanted.family === 'inet' ? '0.0.0.0/0' : '::/0';
  const selector = (text: string | undefined): string | undefined => {
    const found = text === undefined ? undefined : block(text, wanted.family);
    return found === every ? undefined : found;
  };
  return {
    family: wanted.family,
    priority: wanted.priority,
    not: false,
    source: selector(wanted.source),
    destination: selector(wanted.destination),
    tos: 0,
    mark: wanted.mark,
    markMask: wanted.mark === undefined ? undefined : (wanted.markMask ?? 0xffffffff),
    inputDevice: wanted.inputDevice,
    outputDevice: wanted.outputDevice,
    action: 'lookup',
    table: wanted.table,
    target: undefined,
    suppressPrefixLength: wanted.suppressPrefixLength,
    protocol: ownership.protocol,
    unknown: [],
  };
}

/** True for a route under the mark. */
export function ownsRoute(ownership: Ownership, route: Route): boolean {
  return route.protocol === ownership.protocol && inRange(route.table, ownership.tables);
}

/** True for a rule under the mark. */
export function ownsRule(ownership: Ownership, rule: Rule): boolean {
  return rule.protocol === ownership.protocol && inRange(rule.priority, ownership.priorities);
}

function inRange(value: number, range: OwnedRange): boolean {
  return value >= range.first && value <= range.last;
}

function block(text: string, family: Family): string {
  const canonical = canonicalBlock(text);
  if (canonical === undefined || canonical.includes(':') !== (family === 'inet6'))
    throw invalid(`not an ${family} block: ${JSON.stringify(text)}`);
  return canonical;
}

function address(text: string): string {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw invalid(`not an address: ${JSON.stringify(text)}`);
  return formatAddress(parsed.family, parsed.value);
}

function invalid(message: string): IprouteError {
  return new IprouteError('NET_IPROUTE_INVALID', message);
}
