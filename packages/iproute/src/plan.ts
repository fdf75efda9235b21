import type { Family } from './cidr.js';
import type { DesiredState, Ownership } from './desired.js';
import { completeRoute, completeRule, ownsRoute, ownsRule } from './desired.js';
import { IprouteError } from './errors.js';
import type { NftAction } from './nft-plan.js';
import { planNftables } from './nft-plan.js';
import type { Route } from './routes.js';
import type { Rule } from './rules.js';
import type { Snapshot } from './snapshot.js';
import { routeLine, ruleLine } from './write.js';

/** One line of a batch, with the lines that undo it. */
export interface IpAction {
  readonly kind: 'add-route' | 'replace-route' | 'remove-route' | 'add-rule' | 'remove-rule';
  readonly family: Family;
  /** What `ip -batch` reads. */
  readonly line: string;
  readonly inverse: string;
  readonly reason: string;
}

/** Something wanted or owned that cannot be done without touching what is not ours, or not at all. */
export interface PlanConflict {
  readonly what: string;
  readonly reason: string;
}

/** What has to be done, in order, to come from a snapshot to a desired state. Plain and serialisable. */
export interface Plan {
  readonly ownership: Ownership;
  readonly desired: DesiredState;
  /** Routes before rules, additions before removals, so that no packet meets a rule without its table. */
  readonly actions: readonly IpAction[];
  readonly nftAction: NftAction | undefined;
  readonly conflicts: readonly PlanConflict[];
}

/**
 * The smallest list of actions that brings what is under `ownership` to `desired`. Pure: the same input gives
 * the same plan, and the plan after applying it is empty.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID when `desired` is outside of `ownership` or unreadable.
 */
export function planChanges(snapshot: Snapshot, desired: DesiredState, ownership: Ownership): Plan {
  const wanted = prepare(desired, ownership);
  const present = new Set(snapshot.families);
  const wantedRoutes = wanted.routes.filter(({ item }) => present.has(item.family));
  const wantedRules = wanted.rules.filter(({ item }) => present.has(item.family));
  const conflicts: PlanConflict[] = [];
  const routes = planRoutes(snapshot, wantedRoutes, ownership, conflicts);
  const rules = planRules(snapshot, wantedRules, ownership, conflicts);
  return {
    ownership,
    desired,
    actions: [...routes.put, ...rules.put, ...rules.remove, ...routes.remove],
    nftAction: planNftables(snapshot.nftTable, desired.nftTable, ownership),
    conflicts,
  };
}

/** True when nothing has to be done. */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.actions.length === 0 && plan.nftAction === undefined;
}

// The same desired state is planned before an apply and again when it is read back.
const preparations = new WeakMap<DesiredState, Prepared>();

interface Prepared {
  readonly mark: string;
  readonly routes: readonly Wanted<Route>[];
  readonly rules: readonly Wanted<Rule>[];
}

function prepare(desired: DesiredState, ownership: Ownership): Prepared {
  const { protocol, tables, priorities } = ownership;
  const mark = [protocol, tables.first, tables.last, priorities.first, priorities.last].join(' ');
  const before = preparations.get(desired);
  if (before?.mark === mark) return before;
  const prepared = {
    mark,
    routes: desired.routes.map((route) => {
      const item = completeRoute(route, ownership);
      return { item, key: routeKey(item), reason: route.reason };
    }),
    rules: desired.rules.map((rule) => {
      const item = completeRule(rule, ownership);
      return { item, key: ruleKey(item), reason: rule.reason };
    }),
  };
  preparations.set(desired, prepared);
  return prepared;
}

interface Wanted<Item> {
  readonly item: Item;
  readonly key: string;
  readonly reason: string;
}

interface Changes {
  readonly put: IpAction[];
  readonly remove: IpAction[];
}

function planRoutes(
  snapshot: Snapshot,
  wanted: readonly Wanted<Route>[],
  ownership: Ownership,
  conflicts: PlanConflict[],
): Changes {
  const { links } = snapshot;
  const byPlace = new Map<string, Route[]>();
  const have = new Map<string, Route>();
  const spare: Route[] = [];
  for (const route of snapshot.routes) {
    if (route.table < ownership.tables.first || route.table > ownership.tables.last) continue;
    const place = routePlace(route);
    const there = byPlace.get(place);
    if (there) there.push(route);
    else byPlace.set(place, [route]);
    if (!ownsRoute(ownership, route)) continue;
    const key = routeKey(route);
    if (have.has(key)) spare.push(route);
    else have.set(key, route);
  }
  const put: IpAction[] = [];
  const remove: IpAction[] = [];
  const replaced = new Set<Route>();
  const asked = new Set<string>();
  for (const { item, key, reason } of wanted) {
    if (asked.has(key)) continue;
    asked.add(key);
    if (have.delete(key)) continue;
    const there = byPlace.get(routePlace(item)) ?? [];
    const foreign = there.find((route) => !ownsRoute(ownership, route));
    const what = `route to ${item.destination} in table ${item.table}`;
    if (foreign !== undefined) {
      conflicts.push({ what, reason: `protocol ${foreign.protocol} has a route at the same place` });
      continue;
    }
    const [old] = there;
    attempt(conflicts, what, () => {
      if (old !== undefined && there.length === 1) {
        const line = routeLine('replace', item, links);
        put.push({
          kind: 'replace-route',
          family: item.family,
          line,
          inverse: routeLine('replace', old, links),
          reason,
        });
        replaced.add(old);
      } else {
        const line = routeLine('add', item, links);
        put.push({
          kind: 'add-route',
          family: item.family,
          line,
          inverse: line.replace('route add', 'route del'),
          reason,
        });
      }
    });
  }
  for (const route of [...have.values(), ...spare]) {
    if (replaced.has(route)) continue;
    attempt(conflicts, `route to ${route.destination} in table ${route.table}`, () => {
      const line = routeLine('del', route, links);
      remove.push({
        kind: 'remove-route',
        family: route.family,
        line,
        inverse: line.replace('route del', 'route add'),
        reason: 'carries our mark and is not wanted any more',
      });
    });
  }
  return { put: directFirst(put), remove };
}

// A gateway must be reachable when its route is added, so routes without one come first.
function directFirst(actions: readonly IpAction[]): IpAction[] {
  const direct = actions.filter((action) => !action.line.includes(' via '));
  return [...direct, ...actions.filter((action) => action.line.includes(' via '))];
}

function planRules(
  snapshot: Snapshot,
  wanted: readonly Wanted<Rule>[],
  ownership: Ownership,
  conflicts: PlanConflict[],
): Changes {
  const have = new Map<string, Rule>();
  const spare: Rule[] = [];
  for (const rule of snapshot.rules) {
    if (!ownsRule(ownership, rule)) continue;
    const key = ruleKey(rule);
    if (have.has(key)) spare.push(rule);
    else have.set(key, rule);
  }
  const put: IpAction[] = [];
  const remove: IpAction[] = [];
  const asked = new Set<string>();
  for (const { item, key, reason } of wanted) {
    if (asked.has(key)) continue;
    asked.add(key);
    if (have.delete(key)) continue;
    attempt(conflicts, `rule ${item.priority}`, () => {
      const line = ruleLine('add', item);
      put.push({
        kind: 'add-rule',
        family: item.family,
        line,
        inverse: line.replace('rule add', 'rule del'),
        reason,
      });
    });
  }
  for (const rule of [...have.values(), ...spare])
    attempt(conflicts, `rule ${rule.priority}`, () => {
      const line = ruleLine('del', rule);
      remove.push({
        kind: 'remove-rule',
        family: rule.family,
        line,
        inverse: line.replace('rule del', 'rule add'),
        reason: 'carries our mark and is not wanted any more',
      });
    });
  return { put, remove };
}

function attempt(conflicts: PlanConflict[], what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof IprouteError)) throw error;
    conflicts.push({ what, reason: error.message });
  }
}

// The kernel holds at most one route per place unless somebody appends.
function routePlace(route: Route): string {
  return `${route.family} ${route.table} ${route.destination} ${route.tos} ${route.metric}`;
}

function routeKey(route: Route): string {
  const { type, protocol, scope, gateway, device, preferredSource, mtuBytes, onLink } = route;
  const simple = `${routePlace(route)} ${type} ${protocol} ${scope} ${gateway} ${preferredSource} ${mtuBytes} ${onLink}`;
  const hops = route.nextHops.map((hop) => [hop.gateway, hop.device, hop.weight, hop.onLink]);
  const rest = hops.length + route.unknown.length === 0 ? '' : JSON.stringify([hops, route.unknown]);
  return `${simple} ${rest} ${device}`;
}

function ruleKey(rule: Rule): string {
  const { family, priority, source, destination, table, protocol, suppressPrefixLength, mark, markMask } =
    rule;
  const usual = `${family} ${priority} ${source} ${destination} ${table} ${protocol} ${suppressPrefixLength} ${mark} ${markMask}`;
  const { not, tos, action, target, unknown } = rule;
  return `${usual} ${not} ${tos} ${action} ${target} ${unknown.join()} ${rule.inputDevice} ${rule.outputDevice}`;
}
