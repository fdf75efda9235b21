import type { Destination } from '../model/destination.js';
import { type Route, type RouteTable, type RouteTarget, describeTarget } from '../model/route-table.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Because, RouteAction } from './action.js';
import { type Claim, gateClaim } from './claim-gate.js';
import { type WatchConfig, breaker } from './config.js';
import { type Evidence, readEvidence } from './evidence.js';
import { judgeFailBack } from './fail-back.js';
import { isUndecided, settle } from './hysteresis.js';
import { type RouteMemory, ownerIdOf } from './memory.js';
import { isProtected } from './ownership.js';
import { isUnhealthy, signals } from './policy.js';
import type { Obstacle } from './readiness.js';

/**
 * What was decided about a route. `healthy`, `ours`, `leave` (not for this monitor to judge) and `absent` (missing,
 * and not to be created) are at rest; `suspect` needs more evidence; `waiting` is for a turn or the random wait;
 * `settling` for an own write to become visible; `held` by the hold-down or the breaker.
 */
export type Verdict =
  | 'ours'
  | 'ours-broken'
  | 'healthy'
  | 'leave'
  | 'absent'
  | 'suspect'
  | 'waiting'
  | 'not-ready'
  | 'settling'
  | 'held'
  | 'create'
  | 'replace'
  | 'fail-back';

export interface Decision {
  readonly tableId: string;
  readonly destination: Destination;
  readonly verdict: Verdict;
  /** In words. */
  readonly reason: string;
  /** Where the route leads; undefined when there is none. */
  readonly target: RouteTarget | undefined;
  readonly state: string | undefined;
  readonly evidence: readonly Evidence[];
  readonly obstacles: readonly Obstacle[];
  /** When the decision may turn into an action by itself. */
  readonly untilMs: number | undefined;
}

/** What one route is decided from. */
export interface RouteQuestion {
  readonly key: string;
  readonly table: RouteTable;
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  readonly config: WatchConfig;
  readonly before: RouteMemory | undefined;
  readonly readySinceMs: number | undefined;
}

export interface RouteOutcome {
  readonly decision: Decision;
  readonly action: RouteAction | undefined;
  readonly memory: RouteMemory;
}

/** Decides about one destination of one table. */
export function decideRoute(question: RouteQuestion): RouteOutcome {
  const { snapshot, config, table, destination } = question;
  const route = effectiveRoute(table, destination);
  const evidence = route
    ? readEvidence(route, findingsOf(route, snapshot), config.takeOver.unknownStates)
    : [];
  const memory = refresh(question, route, evidence);
  const rest = (verdict: Verdict, reason: string, untilMs?: number): RouteOutcome =>
    outcome(question, route, { ...memory, incident: undefined }, { verdict, reason, evidence, untilMs });
  const claim = (because: Because, reason: string): RouteOutcome =>
    claimed(question, route, memory, evidence, { because, reason });

  if (!route) {
    if (!config.createMissing) return rest('absent', 'the route is missing and is not to be created');
    return claim('missing', 'the route is missing');
  }
  const isOwn = route.target.kind === 'interface' && route.target.id === config.interfaceId;
  if (isOwn) {
    if (route.state === 'active') return rest('ours', 'the route leads here and is active');
    return rest('ours-broken', `the route leads here but its state is ${route.state ?? 'not told'}`);
  }
  const protection = isProtected(route, snapshot, config);
  if (protection.kind === 'always') return rest('leave', protection.reason);
  if (protection.kind === 'unless-fail-back') {
    const verdict = judgeFailBack(question, route, memory);
    if (verdict.kind === 'take') return claim('fail-back', verdict.reason);
    if (verdict.kind === 'held') return rest('held', verdict.reason, verdict.untilMs);
    return rest('leave', protection.reason);
  }
  if (protection.kind === 'given-up') return claim('gateway', protection.reason);

  const truth = isUnhealthy(config.policy, (signal) => memory.signals[signal]?.settled ?? 'unknown');
  const against = evidence.filter(
    ({ reading, signal }) => reading === 'bad' && config.policy.uses.includes(signal),
  );
  const words = against.map(({ detail }) => detail).join('; ');
  if (truth === true) {
    // What was settled outlasts a look that could not be made, but nobody is replaced for what is not seen now.
    if (against.length === 0) {
      return outcome(question, route, memory, {
        verdict: 'suspect',
        reason: `the policy "${config.policy.text}" held, but nothing that could be read now confirms it`,
        evidence,
      });
    }
    return claim(memory.signals.blackhole?.settled === 'bad' ? 'blackhole' : 'evidence', words);
  }
  if (signals.some((signal) => config.policy.uses.includes(signal) && isUndecided(memory.signals[signal]))) {
    return outcome(question, route, memory, {
      verdict: 'suspect',
      reason: `${words}; not often enough yet`,
      evidence,
    });
  }
  if (against.length > 0) {
    return outcome(question, route, memory, {
      verdict: 'suspect',
      reason: `${words}; the policy "${config.policy.text}" does not hold`,
      evidence,
    });
  }
  const verdict = judgeFailBack(question, route, memory);
  if (verdict.kind === 'take') return claim('fail-back', verdict.reason);
  if (verdict.kind === 'held') return rest('held', verdict.reason, verdict.untilMs);
  return rest('healthy', `${describeTarget(route.target)} has the route, and nothing speaks against it`);
}

/** The route that is in force: a static one goes before a propagated one of the same destination. */
export function effectiveRoute(table: RouteTable, destination: Destination): Route | undefined {
  const same = table.routes.filter(
    (route) => route.destination.kind === destination.kind && route.destination.value === destination.value,
  );
  return same.find((route) => !isDynamic(route)) ?? same[0];
}

/** Whether the route comes from a gateway or a route server: it cannot be replaced, only gone before. */
export function isDynamic(route: Route): boolean {
  return route.origin !== undefined && route.origin !== 'CreateRoute' && route.origin !== 'CreateRouteTable';
}

function findingsOf(route: Route, snapshot: Snapshot): Parameters<typeof readEvidence>[1] {
  const id = route.target.kind === 'interface' ? route.target.id : '';
  return {
    owner: snapshot.owners[id],
    ownerProbe: snapshot.ownerProbes[id],
    pathProbe: snapshot.pathProbe,
  };
}

/** The memory of the route with the new readings; everything about another owner is forgotten. */
function refresh(
  question: RouteQuestion,
  route: Route | undefined,
  evidence: readonly Evidence[],
): RouteMemory {
  const { before, snapshot, config } = question;
  const nowMs = snapshot.takenAtMs;
  const ownerId = ownerIdOf(route?.target);
  const isSame = before?.ownerId === ownerId;
  const written = before?.written;
  return {
    ownerId,
    ownerSinceMs: isSame ? before.ownerSinceMs : nowMs,
    signals: settle(isSame ? before.signals : {}, evidence, config.hysteresis),
    incident: isSame ? before.incident : undefined,
    written: written && nowMs - written.atMs <= config.settleMs ? written : undefined,
    voluntaryMs: (before?.voluntaryMs ?? []).filter((atMs) => nowMs - atMs < breaker.windowMs),
  };
}

function claimed(
  question: RouteQuestion,
  route: Route | undefined,
  memory: RouteMemory,
  evidence: readonly Evidence[],
  claim: Claim,
): RouteOutcome {
  const gate = gateClaim(question, memory, claim);
  const after = { ...memory, incident: gate.incident };
  const common = { evidence, obstacles: gate.obstacles };
  if (gate.kind === 'closed') {
    return outcome(question, route, after, {
      ...common,
      verdict: gate.verdict,
      reason: gate.reason,
      untilMs: gate.untilMs,
    });
  }
  // A propagated route stays; a static one goes before it.
  const isCreate = route === undefined || isDynamic(route);
  const verdict = claim.because === 'fail-back' ? 'fail-back' : isCreate ? 'create' : 'replace';
  return {
    ...outcome(question, route, after, { ...common, verdict, reason: claim.reason }),
    action: {
      kind: isCreate ? 'create-route' : 'replace-route',
      tableId: question.table.id,
      destination: question.destination,
      to: { kind: 'interface', id: question.config.interfaceId },
      from: isCreate ? undefined : route.target,
      because: claim.because,
      reason: claim.reason,
      untilMs: gate.untilMs,
    },
  };
}

function outcome(
  question: RouteQuestion,
  route: Route | undefined,
  memory: RouteMemory,
  words: {
    readonly verdict: Verdict;
    readonly reason: string;
    readonly evidence: readonly Evidence[];
    readonly obstacles?: readonly Obstacle[];
    readonly untilMs?: number | undefined;
  },
): RouteOutcome {
  return {
    decision: {
      tableId: question.table.id,
      destination: question.destination,
      verdict: words.verdict,
      reason: words.reason,
      target: route?.target,
      state: route?.state,
      evidence: words.evidence,
      obstacles: words.obstacles ?? [],
      untilMs: words.untilMs,
    },
    action: undefined,
    memory,
  };
}
