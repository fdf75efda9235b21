import { type Route, describeTarget, sameTarget } from '../model/route-table.js';
import type { RouteQuestion } from './decide-route.js';
import type { RouteMemory } from './memory.js';
import { rankClaimants } from './rank.js';

/** Whether a healthy route is to be taken back. */
export type FailBackVerdict =
  | { readonly kind: 'no' }
  | { readonly kind: 'take'; readonly reason: string }
  | { readonly kind: 'held'; readonly reason: string; readonly untilMs: number | undefined };

/**
 * A route is taken back only from a known peer or from the fallback, only by the claimant that is preferred for it,
 * and only after both the route has been where it is and this monitor has been ready for the hold-down.
 */
export function judgeFailBack(question: RouteQuestion, route: Route, memory: RouteMemory): FailBackVerdict {
  const { config, snapshot, key, readySinceMs } = question;
  const { mode, holdDownMs } = config.failBack;
  if (mode === 'never' || route.state !== 'active') return { kind: 'no' };
  const { fallback } = config;
  const isFallback = fallback !== undefined && fallback !== 'peer' && sameTarget(fallback, route.target);
  const peerIds = (snapshot.peers ?? []).map(({ interfaceId }) => interfaceId);
  const isPeer = route.target.kind === 'interface' && peerIds.includes(route.target.id);
  if (!isFallback && !isPeer) return { kind: 'no' };
  const isFirst = rankClaimants(key, [config.interfaceId, ...peerIds])[0] === config.interfaceId;
  if (mode === 'ranked' && !isFirst) return { kind: 'no' };
  const owner = describeTarget(route.target);
  if (readySinceMs === undefined) {
    return {
      kind: 'held',
      reason: `to be taken back from ${owner}, but this monitor is not ready`,
      untilMs: undefined,
    };
  }
  const dueMs = Math.max(readySinceMs, memory.ownerSinceMs) + holdDownMs;
  if (snapshot.takenAtMs < dueMs) {
    return { kind: 'held', reason: `to be taken back from ${owner} after the hold-down`, untilMs: dueMs };
  }
  const why =
    mode === 'ranked' ? 'it is the first choice for it among its peers' : 'it is the preferred owner';
  return { kind: 'take', reason: `taken back from ${owner}: ${why}` };
}
