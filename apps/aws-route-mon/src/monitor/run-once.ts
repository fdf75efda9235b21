import type { Outcome } from '../apply/outcome.js';
import type { Plan } from '../decide/plan.js';
import type { Monitor, PassOptions, PassResult } from './monitor.js';

/** How a one-shot run went. */
export interface RunResult {
  readonly plan: Plan;
  /** Of every pass, in order. */
  readonly outcomes: readonly Outcome[];
  readonly missingTableIds: readonly string[];
}

/**
 * One run, as from cron: looks, waits where a claim has to wait, looks again, writes, reads back. Ends as soon as
 * nothing is open any more. With a dry run nothing is waited for.
 */
export async function runOnce(
  monitor: Monitor,
  options: { readonly dryRun?: PassOptions['dryRun']; readonly lookAgainMs?: number } = {},
  signal?: AbortSignal,
): Promise<RunResult> {
  const { clock } = monitor;
  const dryRun = options.dryRun ?? 'off';
  const outcomes: Outcome[] = [];
  for (let pass = 1; ; pass++) {
    const result = await monitor.pass({ isThorough: true, dryRun }, signal);
    outcomes.push(...result.outcomes);
    const againAtMs =
      dryRun === 'off' && pass < MOST_PASSES
        ? openUntilMs(result, clock.now(), options.lookAgainMs ?? 1_000)
        : undefined;
    if (againAtMs === undefined) {
      return { plan: result.plan, outcomes, missingTableIds: result.snapshot.missingTableIds };
    }
    await clock.sleep(Math.max(0, againAtMs - clock.now()), signal);
  }
}

// Random waits, turns and hysteresis need a handful; a route that two runs fight over must not keep one for ever.
const MOST_PASSES = 30;

/** When to look again; undefined when every decision is final. */
function openUntilMs({ plan, outcomes }: PassResult, nowMs: number, lookAgainMs: number): number | undefined {
  // A hold-down or an open breaker is a result.
  const waiting = plan.decisions.filter(({ verdict }) => verdict === 'waiting' || verdict === 'settling');
  const isUndecided = plan.decisions.some(
    ({ verdict, reason }) => verdict === 'suspect' && reason.endsWith('not often enough yet'),
  );
  const isLost = outcomes.some(
    ({ status }) => status === 'stood-down' || status === 'expired' || status === 'unverified',
  );
  if (isUndecided || isLost) return nowMs + lookAgainMs;
  if (waiting.length === 0) return undefined;
  return Math.min(...waiting.map(({ untilMs }) => untilMs ?? nowMs + lookAgainMs));
}
