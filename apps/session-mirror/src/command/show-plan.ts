import type { Output } from '@net/cli';
import { type Outcome, actionWords } from '../apply/outcome.js';
import type { MirrorPlan } from '../plan/plan-sessions.js';
import { mirrorSupport } from '../observe/mirror-support.js';

/** What `--json` prints of a run: plain data. */
export interface ShownRun {
  readonly account: string;
  readonly region: string;
  readonly takenAt: string;
  readonly actions: MirrorPlan['actions'];
  readonly unchanged: number;
  readonly skips: MirrorPlan['skips'];
  readonly cost: MirrorPlan['cost'];
  readonly breaches: MirrorPlan['breaches'];
  readonly outcomes?: readonly {
    readonly action: string;
    readonly status: string;
    readonly detail: string;
  }[];
  readonly left?: number;
}

export function shownPlan(plan: MirrorPlan): ShownRun {
  const { accountId, region, takenAtMs, actions, unchanged, skips, cost, breaches } = plan;
  const takenAt = new Date(takenAtMs).toISOString();
  return { account: accountId, region, takenAt, actions, unchanged, skips, cost, breaches };
}

export function shownOutcomes(outcomes: readonly Outcome[]): NonNullable<ShownRun['outcomes']> {
  return outcomes.map(({ action, status, detail }) => ({ action: actionWords(action), status, detail }));
}

/** The plan for people. */
export function writePlan(out: Output, plan: MirrorPlan): void {
  const { actions, unchanged, skips, cost, breaches } = plan;
  const count = (kind: string): number => actions.filter((action) => action.kind === kind).length;
  out.line(
    `${plan.accountId} ${plan.region}: ${count('create-session')} to create, ${count('modify-session')} to change, ` +
      `${count('delete-session')} to delete, ${unchanged} as they should be`,
  );
  for (const action of actions) {
    out.line(`  ${actionWords(action)}: ${action.reason}`);
    const doubt = action.kind === 'create-session' ? mirrorSupport.doubt(action.instanceType) : undefined;
    if (doubt !== undefined) out.line(`    ${doubt}`);
  }
  for (const { code, resourceId, reason } of skips) out.line(`  left out ${resourceId} (${code}): ${reason}`);
  out.line(
    `  cost: ${cost.interfacesBefore} -> ${cost.interfacesAfter} interfaces at ${cost.hourlyPrice} USD an hour: ` +
      `${dollars(cost.monthlyBefore)} -> ${dollars(cost.monthlyAfter)} USD a month`,
  );
  for (const { reason, allowWith } of breaches) out.line(`  STOPPED: ${reason}; allow it with ${allowWith}`);
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}
