import type { WatchConfig } from '../decide/config.js';
import { rankClaimants, turnLengthMs } from '../decide/rank.js';
import { routeKey } from '../model/route-table.js';
import type { Peer } from '../model/snapshot.js';
import type { Plan } from '../decide/plan.js';

/**
 * When to look again. Quiet monitors that know each other spread their polls over the interval, so that together
 * they look much more often than each of them: everybody polls at the start of its own turn for the first watched
 * route. While something is suspicious: after `suspiciousMs`, and at the moment that a decision waits for.
 */
export function nextPollAtMs(
  last: Plan,
  peers: readonly Peer[] | undefined,
  config: WatchConfig,
  suspiciousMs: number,
  nowMs: number,
): number {
  const quietAtMs = quietPollAtMs(last, peers, config, nowMs);
  const soonMs = last.isSuspicious ? nowMs + Math.min(suspiciousMs, config.intervalMs) : quietAtMs;
  // A hold-down of minutes must not make the poll later; a turn in a moment makes it sooner.
  return Math.max(nowMs, Math.min(soonMs, quietAtMs, last.lookAgainAtMs ?? Number.POSITIVE_INFINITY));
}

function quietPollAtMs(
  last: Plan,
  peers: readonly Peer[] | undefined,
  config: WatchConfig,
  nowMs: number,
): number {
  const [first] = last.decisions;
  if (!first || !config.takeTurns || peers === undefined || peers.length === 0)
    return nowMs + config.intervalMs;
  // The order of those who would claim if the present owner failed.
  const others = peers.map(({ interfaceId }) => interfaceId).filter((id) => id !== first.target?.id);
  const order = rankClaimants(routeKey(first.tableId, first.destination), [config.interfaceId, ...others]);
  const lengthMs = turnLengthMs(order.length, config.intervalMs, config.leastTurnMs);
  const cycleMs = lengthMs * order.length;
  const periodMs = cycleMs / Math.ceil(cycleMs / config.intervalMs);
  const offsetMs = order.indexOf(config.interfaceId) * lengthMs;
  return Math.ceil(offsetMs + (Math.floor((nowMs - offsetMs) / periodMs) + 1) * periodMs);
}
