import type { Clock, Pacer } from '@net/aws-core';
import { type Action, type RouteAction, isRouteAction } from '../decide/action.js';
import type { RouteApi } from '../observe/route-api.js';
import { disableCheck } from './disable-check.js';
import { type FreshTables, createFreshTables } from './fresh-tables.js';
import type { Outcome } from './outcome.js';
import { sightOf } from './still-warranted.js';
import { reachOf, writeRoute } from './write-route.js';

/** What writing needs. */
export interface ApplyParts {
  readonly api: RouteApi;
  readonly clock: Clock;
  /** Sends writes no faster than the API takes them. */
  readonly pacer: Pacer;
  /** Routes written at a time. */
  readonly concurrency: number;
  /** How long reads may take to show a write. */
  readonly verifyMs: number;
  /** Nothing is changed; the API is asked whether it would be. */
  readonly isDryRun: boolean;
  /** Told right before each write is sent. */
  readonly onWrite: (action: Action) => void;
}

/**
 * Carries out actions in their order: each route is read again right before it is written and read back after, a
 * write whose answer was lost is read back before it is repeated, and nothing is written over a claimant that was
 * faster. Never rejects: every action has an outcome, in the order of the actions.
 */
export async function apply(
  actions: readonly Action[],
  parts: ApplyParts,
  signal?: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<Action, Outcome>();
  const check = actions.find((action) => !isRouteAction(action));
  if (check) outcomes.set(check, await disableCheck(check, parts, signal));
  const routes = actions.filter(isRouteAction);
  const isBlocked = check !== undefined && outcomes.get(check)?.status === 'failed';
  if (isBlocked) {
    for (const action of routes) {
      outcomes.set(action, {
        action,
        status: 'not-started',
        detail: 'the source/dest check of the own interface could not be turned off',
      });
    }
  } else await writeAll(routes, outcomes, parts, signal);
  return actions.map(
    (action) => outcomes.get(action) ?? { action, status: 'not-started', detail: 'stopped before its turn' },
  );
}

async function writeAll(
  actions: readonly RouteAction[],
  outcomes: Map<Action, Outcome>,
  parts: ApplyParts,
  signal?: AbortSignal,
): Promise<void> {
  const fresh = createFreshTables(parts.api, parts.clock, () =>
    actions.filter((action) => isOpen(outcomes.get(action))).map(({ tableId }) => tableId),
  );
  const hopeless = new Map<string, string>();
  let next = 0;
  let isStopped = false;
  const work = async (): Promise<void> => {
    while (next < actions.length && !isStopped && signal?.aborted !== true) {
      const action = actions[next++]!;
      const detail = hopeless.get(action.tableId);
      if (detail !== undefined) {
        outcomes.set(action, { action, status: 'not-started', detail });
        continue;
      }
      const outcome = await writeRoute(action, fresh, parts, signal);
      outcomes.set(action, outcome);
      if (outcome.status !== 'failed') continue;
      const reach = reachOf(outcome.error);
      if (reach === 'all') isStopped = true;
      if (reach === 'table') hopeless.set(action.tableId, `denied for this table: ${outcome.detail}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parts.concurrency, actions.length) }, work));
  await verify(actions, outcomes, fresh, parts, signal);
}

function isOpen(outcome: Outcome | undefined): boolean {
  return outcome === undefined || outcome.status === 'unverified';
}

/** Reads until every write shows, another claimant shows instead, or the time is over. */
async function verify(
  actions: readonly RouteAction[],
  outcomes: Map<Action, Outcome>,
  fresh: FreshTables,
  parts: ApplyParts,
  signal?: AbortSignal,
): Promise<void> {
  const { clock, verifyMs } = parts;
  const deadlineMs = clock.now() + verifyMs;
  const pending = new Set(actions.filter((action) => outcomes.get(action)?.status === 'unverified'));
  for (let waitMs = 0; pending.size > 0; waitMs = Math.min(1_000, waitMs === 0 ? 100 : waitMs * 2)) {
    if (waitMs > 0) {
      if (clock.now() + waitMs > deadlineMs) return;
      try {
        await clock.sleep(waitMs, signal);
      } catch {
        return;
      }
    }
    const begunAtMs = clock.now();
    for (const action of [...pending]) {
      const before = outcomes.get(action);
      if (before?.status !== 'unverified') continue;
      try {
        // One read serves all of this round.
        const table = await fresh.table(action.tableId, Math.max(0, clock.now() - begunAtMs), signal);
        const sight = sightOf(action, table);
        if (sight === 'not-yet') continue;
        pending.delete(action);
        outcomes.set(
          action,
          sight === 'visible'
            ? { ...before, status: 'done' }
            : { action, status: 'stood-down', detail: `written, but ${sight.lostTo} has won` },
        );
      } catch {
        break;
      }
    }
  }
}
