import type { MirrorGuards } from '../policy/config.js';
import type { Cost } from './cost.js';

/** A guard that a plan breaks, and the option that allows it. */
export interface GuardBreach {
  readonly guard: 'max-delete-percent' | 'max-monthly-cost';
  readonly reason: string;
  readonly allowWith: string;
}

export function breachesOf(
  deletions: number,
  sessions: number,
  cost: Cost,
  guards: MirrorGuards,
): readonly GuardBreach[] {
  const breaches: GuardBreach[] = [];
  const percent = sessions === 0 ? 0 : (100 * deletions) / sessions;
  if (deletions > guards.alwaysDeletable && percent > guards.maxDeletePercent) {
    breaches.push({
      guard: 'max-delete-percent',
      reason: `${deletions} of ${sessions} sessions would be deleted, more than ${guards.maxDeletePercent}%`,
      allowWith: `--max-delete-percent ${Math.ceil(percent)}`,
    });
  }
  const { maxMonthlyCost: most } = guards;
  // Getting cheaper is never stopped.
  if (most !== undefined && cost.monthlyAfter > most && cost.monthlyAfter > cost.monthlyBefore) {
    breaches.push({
      guard: 'max-monthly-cost',
      reason: `mirroring would cost ${cost.monthlyAfter} USD a month, more than ${most}`,
      allowWith: `--max-monthly-cost ${Math.ceil(cost.monthlyAfter)}`,
    });
  }
  return breaches;
}
