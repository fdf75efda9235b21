import type { Outcome } from '../apply/outcome.js';
import { RouteMonError } from '../errors.js';
import type { RunResult } from '../monitor/run-once.js';

/**
 * What a run failed with, in the order of the original's exit codes: a table that is not there (112), a route that could
 * not be created (115) or replaced (114), a route that is missing and not to be created (113), and a claim for which this
 * instance is not ready (3). Undefined: everything is as it should be, or another claimant has seen to it.
 */
export function failureOf(result: RunResult): RouteMonError | undefined {
  const [table] = result.missingTableIds;
  if (table !== undefined) {
    return new RouteMonError('NET_ROUTE_MON_TABLE', `route table ${table} was not found`, {
      hint: 'Check the id, the region and the account.',
    });
  }
  const failed = latest(result.outcomes).find(
    ({ status }) => status === 'failed' || status === 'not-started',
  );
  if (failed) {
    const code = failed.action.kind === 'create-route' ? 'NET_ROUTE_MON_CREATE' : 'NET_ROUTE_MON_REPLACE';
    return new RouteMonError(code, failed.detail, {
      cause: failed.status === 'failed' ? failed.error : undefined,
    });
  }
  const absent = result.plan.decisions.find(({ verdict }) => verdict === 'absent');
  if (absent) {
    return new RouteMonError(
      'NET_ROUTE_MON_ROUTE',
      `${absent.tableId} has no route for ${absent.destination.value}, and none is to be created`,
      { hint: 'Leave --no-create out to have it created.' },
    );
  }
  const notReady = result.plan.decisions.find(
    ({ verdict }) => verdict === 'not-ready' || verdict === 'ours-broken',
  );
  if (notReady) {
    return new RouteMonError(
      'NET_ROUTE_MON_NOT_READY',
      `${notReady.destination.value} of ${notReady.tableId}: ${notReady.reason}`,
    );
  }
  return undefined;
}

/** The last outcome of each route: an earlier failure that a later pass mended is none. */
function latest(outcomes: readonly Outcome[]): Outcome[] {
  const byRoute = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const { action } = outcome;
    const key =
      action.kind === 'disable-source-dest-check'
        ? action.interfaceId
        : `${action.tableId} ${action.destination.value}`;
    byRoute.delete(key);
    byRoute.set(key, outcome);
  }
  return [...byRoute.values()];
}
