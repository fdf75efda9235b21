import type { Output } from '@net/cli';
import { type Plan, printable } from '@net/iproute';

import type { Reading } from '../reconcile.js';

/** The actions of a plan as they go into `--json`. */
export function planJson(plan: Plan): unknown {
  return {
    actions: plan.actions,
    nftAction: plan.nftAction,
    conflicts: plan.conflicts,
  };
}

/** A reading with its plan as the one document of `--json`. */
export function readingJson(reading: Reading): Record<string, unknown> {
  return {
    schemaVersion: 1,
    source: reading.facts.source,
    interfaces: reading.interfaces,
    ...(planJson(reading.plan) as Record<string, unknown>),
    held: reading.held,
    notes: reading.notes,
  };
}

/** Prints the actions one a line, each with its reason. */
export function printPlan(out: Output, plan: Plan, held: readonly string[] = []): void {
  const lines = plan.actions.map((action) => {
    const family = action.family === 'inet' ? '-4' : '-6';
    return `ip ${family} ${action.line}  # ${action.reason}\n`;
  });
  out.text(lines.join(''));
  if (plan.nftAction !== undefined) out.line(`nft: ${plan.nftAction.kind}  # ${plan.nftAction.reason}`);
  for (const conflict of plan.conflicts)
    out.line(`conflict: ${printable(conflict.what)}: ${printable(conflict.reason)}`);
  if (held.length > 0) out.line(`${held.length} removals wait for confirmation by further readings`);
}

/** `3 actions`, `1 action`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
