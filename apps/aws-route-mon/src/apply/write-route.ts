import { categorize } from '@net/aws-core';
import type { RouteAction } from '../decide/action.js';
import type { ApplyParts } from './apply.js';
import type { FreshTables } from './fresh-tables.js';
import type { Outcome } from './outcome.js';
import { stillWarranted } from './still-warranted.js';

/**
 * Writes one route when its time comes and it is still called for. Never rejects. A write whose outcome is not
 * known, or that failed in a way that may pass, is decided anew from a fresh read, a few times.
 */
export async function writeRoute(
  action: RouteAction,
  fresh: FreshTables,
  parts: ApplyParts,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { clock, pacer } = parts;
  let mostAgeMs = SHARED_READ_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await pacer.run(() => once(action, mostAgeMs, fresh, parts, signal), signal);
    } catch (error) {
      if (signal?.aborted === true && !isUncertain(error)) {
        return { action, status: 'not-started', detail: 'stopped before it was written' };
      }
      const detail = error instanceof Error ? error.message : String(error);
      if (attempt >= attemptsFor(error)) return { action, status: 'failed', detail, error };
      mostAgeMs = 0;
      try {
        await clock.sleep(LOOK_AGAIN_MS * 2 ** (attempt - 1), signal);
      } catch {
        return { action, status: 'failed', detail, error };
      }
    }
  }
}

/**
 * What else of this pass cannot succeed either: permissions may be given table by table, credentials are the same for
 * all.
 */
export function reachOf(error: unknown): 'route' | 'table' | 'all' {
  const { category } = categorize(error);
  if (category === 'expired-credentials') return 'all';
  return category === 'denied' ? 'table' : 'route';
}

/** A read this young is right before the write. */
const SHARED_READ_MS = 250;
const LOOK_AGAIN_MS = 150;

async function once(
  action: RouteAction,
  mostAgeMs: number,
  fresh: FreshTables,
  parts: ApplyParts,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { api, clock, isDryRun, onWrite } = parts;
  const isOver = (): boolean => action.untilMs !== undefined && clock.now() > action.untilMs;
  if (isOver()) return { action, status: 'expired', detail: 'its turn was over' };
  const table = await fresh.table(action.tableId, mostAgeMs, signal);
  const warrant = stillWarranted(action, table);
  if (warrant.kind === 'done')
    return { action, status: 'unverified', atMs: clock.now(), detail: warrant.detail };
  if (warrant.kind === 'stand-down') return { action, status: 'stood-down', detail: warrant.detail };
  if (isOver()) return { action, status: 'expired', detail: 'its turn was over' };
  const write = { tableId: action.tableId, destination: action.destination, to: action.to, isDryRun };
  onWrite(action);
  // Once begun a write is not aborted: its outcome would be unknown.
  if (action.kind === 'create-route') await api.createRoute(write);
  else await api.replaceRoute(write);
  if (isDryRun) return { action, status: 'dry-run', detail: 'it would have succeeded' };
  return { action, status: 'unverified', atMs: clock.now(), detail: 'written' };
}

function isUncertain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NET_AWS_UNCERTAIN_WRITE';
}

/**
 * How often a write that failed like this is decided anew from a fresh read: no answer; a route that appeared
 * (RouteAlreadyExists) or went away (InvalidParameterValue of ReplaceRoute) in between.
 */
function attemptsFor(error: unknown): number {
  const { category, code } = categorize(error);
  if (category === 'transient') return 4;
  // The route is there, but reads may lag behind it: looked for during about four seconds.
  if (code === 'RouteAlreadyExists') return 6;
  return code === 'InvalidParameterValue' ? 2 : 1;
}
