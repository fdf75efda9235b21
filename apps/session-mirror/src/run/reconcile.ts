import { type Clock, type Pacer, createPacer, systemClock } from '@net/aws-core';
import { applyPlan } from '../apply/apply-plan.js';
import type { Outcome } from '../apply/outcome.js';
import type { MirrorApi } from '../ec2/mirror-api.js';
import type { Snapshot } from '../model/snapshot.js';
import { createLearned, type Learned } from '../observe/learned.js';
import { readSnapshot } from '../observe/read-snapshot.js';
import { type MirrorPlan, planSessions } from '../plan/plan-sessions.js';
import type { MirrorConfig } from '../policy/config.js';

/** An account and region that is looked at, and what was learned of it. */
export interface Scope {
  readonly api: MirrorApi;
  readonly learned: Learned;
  readonly snapshot: Snapshot;
  readonly plan: MirrorPlan;
}

/** What a run did and what is left. */
export interface Reconciled {
  /** The plan that was shown and carried out first. */
  readonly plan: MirrorPlan;
  /** In order; an action that was tried again comes again. */
  readonly outcomes: readonly Outcome[];
  /** What a look afterwards would still do; empty: the sessions are what the policy says. */
  readonly left: MirrorPlan;
}

export interface ReconcileOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  readonly pacer?: Pacer | undefined;
  readonly onOutcome?: ((outcome: Outcome) => void) | undefined;
  /** How often a plan is made and carried out. Default 4. */
  readonly passes?: number | undefined;
}

/** Looks and plans. @throws {AwsError} when something cannot be read */
export async function lookAt(
  api: MirrorApi,
  config: MirrorConfig,
  { signal, clock }: Pick<ReconcileOptions, 'signal' | 'clock'> = {},
): Promise<Scope> {
  const learned = createLearned();
  const snapshot = await readSnapshot(api, learned, { signal, clock });
  return { api, learned, snapshot, plan: planSessions(snapshot, config) };
}

/**
 * Carries out a plan, looks again, and carries on while something was superseded, refused for a reason that the next
 * plan knows, or only shows up now, at most `passes` times. A later plan that breaks a guard is not carried out.
 */
export async function reconcile(
  scope: Scope,
  config: MirrorConfig,
  options: ReconcileOptions = {},
): Promise<Reconciled> {
  const { signal, clock = systemClock, onOutcome, passes = 4 } = options;
  const { api, learned } = scope;
  const pacer = options.pacer ?? createPacer({ clock });
  const outcomes: Outcome[] = [];
  let { plan } = scope;
  for (
    let attempt = 0;
    plan.actions.length > 0 && plan.breaches.length === 0 && attempt < passes;
    attempt++
  ) {
    const ended = await applyPlan(plan, api, config, learned, { signal, attempt, onOutcome, pacer });
    outcomes.push(...ended);
    if (signal?.aborted === true || ended.some(isHopeless)) break;
    const snapshot = await readSnapshot(api, learned, { signal, clock });
    plan = planSessions(withFullTargets(snapshot, learned), config);
  }
  return { plan: scope.plan, outcomes, left: plan };
}

/** A failure that will not be another one next time. */
function isHopeless(outcome: Outcome): boolean {
  return outcome.status === 'failed' || outcome.status === 'not-started';
}

/** A target that refused takes no more than it has. */
function withFullTargets(snapshot: Snapshot, learned: Learned): Snapshot {
  if (learned.fullTargets.size === 0) return snapshot;
  const sources = new Map<string, number>();
  for (const { targetId } of snapshot.sessions) sources.set(targetId, (sources.get(targetId) ?? 0) + 1);
  return {
    ...snapshot,
    targets: snapshot.targets.map((target) =>
      learned.fullTargets.has(target.id) ? { ...target, maxSources: sources.get(target.id) ?? 0 } : target,
    ),
  };
}
