import { compareDestinations, isDefaultRoute } from '../model/destination.js';
import { describeTarget, routeKey } from '../model/route-table.js';
import type { Snapshot } from '../model/snapshot.js';
import { selectTables } from '../model/table-selector.js';
import type { Action, RouteAction } from './action.js';
import type { WatchConfig } from './config.js';
import { type Decision, decideRoute } from './decide-route.js';
import type { Memory, RouteMemory } from './memory.js';
import { needsSourceDestFix, ownObstacles } from './readiness.js';

/** What one pass comes to. */
export interface Plan {
  readonly takenAtMs: number;
  /** In the order they are to be carried out: the default route of every table first. */
  readonly actions: readonly Action[];
  /** One for each watched route, by table and destination. */
  readonly decisions: readonly Decision[];
  /** Something needs to be looked at again soon. */
  readonly isSuspicious: boolean;
  /** The earliest time at which a decision may turn into an action by itself. */
  readonly lookAgainAtMs: number | undefined;
  readonly memory: Memory;
}

/**
 * Decides about every watched route. Pure: the same snapshot, configuration and memory give the same plan, and a
 * plan that was carried out gives no action when the world is looked at again.
 */
export function plan(snapshot: Snapshot, config: WatchConfig, memory: Memory): Plan {
  const { own, takenAtMs } = snapshot;
  const isReady = own.interface !== undefined && ownObstacles(own, config).length === 0;
  const readySinceMs = readySince(memory, own.interface === undefined, isReady, takenAtMs);
  const routes: Record<string, RouteMemory> = {};
  const decisions: Decision[] = [];
  const claims: RouteAction[] = [];
  for (const table of selectTables(snapshot.tables, config.tables)) {
    for (const destination of config.destinations) {
      const key = routeKey(table.id, destination);
      const outcome = decideRoute({
        key,
        table,
        destination,
        snapshot,
        config,
        before: memory.routes[key],
        readySinceMs,
      });
      decisions.push(outcome.decision);
      routes[key] = outcome.memory;
      if (outcome.action) claims.push(outcome.action);
    }
  }
  const fix: readonly Action[] =
    claims.length > 0 && needsSourceDestFix(own, config)
      ? [
          {
            kind: 'disable-source-dest-check',
            interfaceId: own.interfaceId,
            reason: `the source/dest check of ${own.interfaceId} is on and would drop what it forwards`,
          },
        ]
      : [];
  const untilMs = decisions.flatMap((decision) => (decision.untilMs === undefined ? [] : [decision.untilMs]));
  return {
    takenAtMs,
    actions: [...fix, ...inOrder(claims)],
    decisions,
    isSuspicious: decisions.some(({ verdict }) => SUSPICIOUS.has(verdict)),
    lookAgainAtMs: untilMs.length === 0 ? undefined : Math.min(...untilMs),
    memory: { routes, readySinceMs },
  };
}

/**
 * The hand-over of a leaving monitor: only routes that still point at its interface, to `fallback` or, for `peer`,
 * to the claimant that comes first in the route's order.
 */
export function planRelease(
  snapshot: Snapshot,
  config: WatchConfig,
  firstPeerOf: (key: string) => string | undefined,
  why: string,
): readonly RouteAction[] {
  const { fallback } = config;
  if (fallback === undefined) return [];
  const actions: RouteAction[] = [];
  for (const table of selectTables(snapshot.tables, config.tables)) {
    for (const destination of config.destinations) {
      const route = table.routes.find(
        (candidate) =>
          candidate.destination.kind === destination.kind &&
          candidate.destination.value === destination.value &&
          candidate.target.kind === 'interface' &&
          candidate.target.id === config.interfaceId,
      );
      if (!route) continue;
      const peer = fallback === 'peer' ? firstPeerOf(routeKey(table.id, destination)) : undefined;
      const to =
        fallback === 'peer'
          ? peer === undefined
            ? undefined
            : { kind: 'interface' as const, id: peer }
          : fallback;
      if (to === undefined || to.id === config.interfaceId) continue;
      actions.push({
        kind: 'replace-route',
        tableId: table.id,
        destination,
        to,
        from: route.target,
        because: 'release',
        reason: `${why}; ${describeTarget(to)} takes over`,
        untilMs: undefined,
      });
    }
  }
  return inOrder(actions);
}

const SUSPICIOUS: ReadonlySet<Decision['verdict']> = new Set([
  'suspect',
  'waiting',
  'not-ready',
  'settling',
  'ours-broken',
  'create',
  'replace',
  'fail-back',
]);

function readySince(memory: Memory, isUnseen: boolean, isReady: boolean, nowMs: number): number | undefined {
  // Idle passes do not look at the own interface: what was known stays.
  if (isUnseen) return memory.readySinceMs;
  return isReady ? (memory.readySinceMs ?? nowMs) : undefined;
}

function inOrder(actions: readonly RouteAction[]): readonly RouteAction[] {
  return [...actions].sort(
    (a, b) =>
      Number(isDefaultRoute(b.destination)) - Number(isDefaultRoute(a.destination)) ||
      (isDefaultRoute(a.destination) ? 0 : compareDestinations(a.destination, b.destination)) ||
      (a.tableId < b.tableId ? -1 : a.tableId > b.tableId ? 1 : 0) ||
      compareDestinations(a.destination, b.destination),
  );
}
