import type { DesiredState, IpAction, Ownership, Plan, Snapshot } from '@net/iproute';
import {
  canonicalBlock,
  ownedState,
  ownsRoute,
  ownsRule,
  planChanges,
  routeLine,
  ruleLine,
} from '@net/iproute';

/** How often each removal was asked for by trustworthy readings in a row: the line of the batch to its count. */
export type RemovalHistory = ReadonlyMap<string, number>;

/** A plan without the removals that are not confirmed yet. */
export interface HeldPlan {
  readonly plan: Plan;
  /** Lines of the removals that wait. */
  readonly held: readonly string[];
  /** The history to give to the next call. */
  readonly history: RemovalHistory;
}

/**
 * Plans, but removes only what `needed` trustworthy readings in a row no longer want. A reading without
 * authority confirms nothing. A rule whose source is wanted in another table is moved at once: there the old
 * one would go on winning. Pure.
 */
export function planHoldingBack(
  snapshot: Snapshot,
  desired: DesiredState,
  ownership: Ownership,
  history: RemovalHistory,
  reading: { readonly authoritative: boolean; readonly needed: number },
): HeldPlan {
  const full = planChanges(snapshot, desired, ownership);
  const moved = wantedTables(desired);
  const next = new Map<string, number>();
  const held = new Set<string>();
  for (const action of full.actions) {
    if (!isRemoval(action)) continue;
    const count = (history.get(action.line) ?? 0) + (reading.authoritative ? 1 : 0);
    next.set(action.line, count);
    if (count < reading.needed && !isMoved(action, moved)) held.add(action.line);
  }
  const nftHeld = full.nftAction?.kind === 'remove-nft-table' && held.size > 0;
  if (held.size === 0) return { plan: full, held: [], history: next };
  const kept = keptState(snapshot, ownership, held);
  const plan = planChanges(
    snapshot,
    { ...desired, routes: [...desired.routes, ...kept.routes], rules: [...desired.rules, ...kept.rules] },
    nftHeld ? { ...ownership, nftTable: undefined } : ownership,
  );
  return { plan, held: [...held], history: next };
}

function isRemoval(action: IpAction): boolean {
  return action.kind === 'remove-route' || action.kind === 'remove-rule';
}

// The tables that each source is wanted in.
function wantedTables(desired: DesiredState): ReadonlyMap<string, ReadonlySet<number>> {
  const tables = new Map<string, Set<number>>();
  for (const rule of desired.rules) {
    const source = rule.source === undefined ? undefined : canonicalBlock(rule.source);
    if (source === undefined) continue;
    const known = tables.get(source);
    if (known) known.add(rule.table);
    else tables.set(source, new Set([rule.table]));
  }
  return tables;
}

function isMoved(action: IpAction, wanted: ReadonlyMap<string, ReadonlySet<number>>): boolean {
  if (action.kind !== 'remove-rule') return false;
  const tables = wanted.get(/ from (\S+)/.exec(action.line)?.[1] ?? '');
  return tables !== undefined && !tables.has(Number(/ lookup (\d+)/.exec(action.line)?.[1]));
}

function keptState(
  snapshot: Snapshot,
  ownership: Ownership,
  held: ReadonlySet<string>,
): Pick<DesiredState, 'routes' | 'rules'> {
  return ownedState(
    {
      routes: snapshot.routes.filter(
        (route) => ownsRoute(ownership, route) && isHeld(held, () => routeLine('del', route, snapshot.links)),
      ),
      rules: snapshot.rules.filter(
        (rule) => ownsRule(ownership, rule) && isHeld(held, () => ruleLine('del', rule)),
      ),
      nftTable: undefined,
    },
    ownership,
  );
}

function isHeld(held: ReadonlySet<string>, line: () => string): boolean {
  try {
    return held.has(line());
  } catch {
    return false;
  }
}
