import { createHash } from 'node:crypto';

/**
 * The claimants of a route in the order of their preference for it, by rendezvous hashing (highest random weight,
 * Thaler and Ravishankar 1998) of table, destination and interface: every claimant that knows the same others
 * computes the same order, different routes get different orders, and one that leaves changes nothing between the
 * rest.
 */
export function rankClaimants(key: string, interfaceIds: Iterable<string>): readonly string[] {
  return [...new Set(interfaceIds)]
    .map((id) => ({ id, weight: weightOf(key, id) }))
    .sort((a, b) => (a.weight === b.weight ? (a.id < b.id ? -1 : 1) : a.weight > b.weight ? -1 : 1))
    .map(({ id }) => id);
}

function weightOf(key: string, id: string): bigint {
  return createHash('sha256').update(`${key}|${id}`).digest().readBigUInt64BE();
}

/** A stretch of time that belongs to one claimant of a route. */
export interface Turn {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * How long a turn of one of `count` claimants lasts: all of them together one interval, so that each has a turn in
 * each, but never less than `leastTurnMs`.
 */
export function turnLengthMs(count: number, intervalMs: number, leastTurnMs: number): number {
  return Math.max(leastTurnMs, Math.floor(intervalMs / Math.max(1, count)));
}

/**
 * The present or next turn of the claimant at `index` of `count`. Turns are stretches of the wall clock, the same
 * for everybody, so that claimants who never talk to each other do not write at the same time; clocks that differ by
 * less than a turn only make that less likely. The last quarter of a turn is not begun with. A look that was begun
 * in time may write until two turns later: where the API is slow it is so for everybody, and the distance between
 * claimants stays; the look right before the write sees who was faster.
 */
export function turnOf(index: number, count: number, lengthMs: number, nowMs: number): Turn {
  if (count <= 1) return { fromMs: nowMs, untilMs: Number.MAX_SAFE_INTEGER };
  const cycleMs = lengthMs * count;
  const startMs = Math.floor(nowMs / cycleMs) * cycleMs + index * lengthMs;
  const lastMs = startMs + Math.floor(lengthMs * 0.75);
  const fromMs = nowMs < lastMs ? startMs : startMs + cycleMs;
  return { fromMs, untilMs: fromMs + Math.floor(lengthMs * 2.75) };
}
