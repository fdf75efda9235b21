import type { Because } from './action.js';
import { breaker } from './config.js';
import type { RouteQuestion, Verdict } from './decide-route.js';
import type { RouteMemory } from './memory.js';
import { rankClaimants, turnLengthMs, turnOf } from './rank.js';
import { type Obstacle, obstacles } from './readiness.js';

/** A wish to claim a route, and why. */
export interface Claim {
  readonly because: Because;
  readonly reason: string;
}

/** Whether the claim may be made now. */
export type Gate =
  | {
      readonly kind: 'open';
      readonly incident: RouteMemory['incident'];
      readonly obstacles: readonly Obstacle[];
      readonly untilMs: number | undefined;
    }
  | {
      readonly kind: 'closed';
      readonly verdict: Extract<Verdict, 'settling' | 'held' | 'not-ready' | 'waiting'>;
      readonly reason: string;
      readonly incident: RouteMemory['incident'];
      readonly obstacles: readonly Obstacle[];
      readonly untilMs: number | undefined;
    };

/** Lets a claim through when it is not too soon after an own write, not too often, ready, and at its time. */
export function gateClaim(question: RouteQuestion, memory: RouteMemory, claim: Claim): Gate {
  const { snapshot, config, table, destination } = question;
  const nowMs = snapshot.takenAtMs;
  const incident = memory.incident ?? { sinceMs: nowMs, claimAtMs: nowMs + waitMs(question) };
  const closed = (
    verdict: Extract<Gate, { kind: 'closed' }>['verdict'],
    reason: string,
    more: { readonly obstacles?: readonly Obstacle[]; readonly untilMs?: number } = {},
  ): Gate => ({
    kind: 'closed',
    verdict,
    reason: `${claim.reason}; ${reason}`,
    incident,
    obstacles: more.obstacles ?? [],
    untilMs: more.untilMs,
  });

  const { written } = memory;
  if (written?.previousId === memory.ownerId) {
    return closed(
      'settling',
      'it was written by this monitor a moment ago, so this read is taken for a stale one',
      {
        untilMs: written.atMs + config.settleMs,
      },
    );
  }
  const openUntilMs = isForced(claim.because) ? undefined : breakerOpenUntil(memory.voluntaryMs, nowMs);
  if (openUntilMs !== undefined) {
    return closed(
      'held',
      `it was claimed ${breaker.claims} times within an hour, so it is left alone (flapping)`,
      {
        untilMs: openUntilMs,
      },
    );
  }
  const found = obstacles(snapshot.own, config, { vpcId: table.vpcId, destination });
  if (found.length > 0) {
    return closed('not-ready', `not claimed: ${found.map(({ detail }) => detail).join('; ')}`, {
      obstacles: found,
    });
  }
  // Only the preferred claimant takes a route back, so there is nobody to take turns with.
  if (claim.because === 'fail-back') return { kind: 'open', incident, obstacles: [], untilMs: undefined };
  const turn = turnFor(question, memory, nowMs);
  if (turn) {
    if (nowMs < turn.fromMs) return closed('waiting', turn.words, { untilMs: turn.fromMs });
    return { kind: 'open', incident, obstacles: [], untilMs: turn.untilMs };
  }
  if (nowMs < incident.claimAtMs) {
    return closed('waiting', 'random wait before the claim, so that others can be first', {
      untilMs: incident.claimAtMs,
    });
  }
  return { kind: 'open', incident, obstacles: [], untilMs: undefined };
}

/** The end of the time for which the breaker is open; undefined while it is closed. */
export function breakerOpenUntil(voluntaryMs: readonly number[], nowMs: number): number | undefined {
  const recent = voluntaryMs.filter((atMs) => nowMs - atMs < breaker.windowMs);
  const decisive = recent.at(-breaker.claims);
  return decisive === undefined ? undefined : decisive + breaker.windowMs;
}

function isForced(because: Because): boolean {
  return because === 'blackhole' || because === 'missing';
}

function waitMs({ snapshot, config }: RouteQuestion): number {
  const { leastMs, mostMs } = config.jitter;
  return Math.round(leastMs + snapshot.dice * (mostMs - leastMs));
}

function turnFor(
  question: RouteQuestion,
  memory: RouteMemory,
  nowMs: number,
): { readonly fromMs: number; readonly untilMs: number; readonly words: string } | undefined {
  const { snapshot, config, key } = question;
  if (!config.takeTurns || snapshot.peers === undefined) return undefined;
  const others = snapshot.peers
    .map(({ interfaceId }) => interfaceId)
    .filter((id) => memory.ownerId !== `interface:${id}`);
  const order = rankClaimants(key, [config.interfaceId, ...others]);
  const index = order.indexOf(config.interfaceId);
  const lengthMs = turnLengthMs(order.length, config.intervalMs, config.leastTurnMs);
  const turn = turnOf(index, order.length, lengthMs, nowMs);
  return {
    ...turn,
    words: `waiting for its turn, the one of number ${index + 1} of ${order.length} claimants`,
  };
}
