import { isEmptyPlan, ownsRoute, ownsRule } from '@net/iproute';

import type { Host } from './host.js';
import type { ManagedInterface } from './interfaces.js';
import { readPending, secondsLeft } from './pending.js';
import { readHost } from './reconcile.js';
import { ownershipOf } from './settings.js';

/** What is there, and whether it is as wanted. */
export interface HostStatus {
  readonly source: string;
  readonly interfaces: readonly ManagedInterface[];
  /** Routes and rules under our mark, and whether our nftables table is there. */
  readonly owned: { readonly routes: number; readonly rules: number; readonly nftTable: boolean };
  /** `as wanted`, `differs` (apply would change something), `not needed` (fewer than two interfaces). */
  readonly state: 'as wanted' | 'differs' | 'not needed';
  /** Actions that an apply would take. */
  readonly differences: number;
  readonly conflicts: readonly string[];
  /** Seconds until an unconfirmed change is taken back. */
  readonly pendingSeconds: number | undefined;
  readonly notes: readonly string[];
}

/** Reads the status; changes nothing and needs no privilege. */
export async function readStatus(host: Host, signal?: AbortSignal): Promise<HostStatus> {
  const reading = await readHost(host, { needed: 1, history: new Map() }, signal);
  const ownership = ownershipOf(host.settings);
  const pending = readPending(host.stateDirectory);
  const { plan, snapshot } = reading;
  const differences = plan.actions.length + (plan.nftAction === undefined ? 0 : 1);
  const few = reading.interfaces.length < 2;
  return {
    source: reading.facts.source,
    interfaces: reading.interfaces,
    owned: {
      routes: snapshot.routes.filter((route) => ownsRoute(ownership, route)).length,
      rules: snapshot.rules.filter((rule) => ownsRule(ownership, rule)).length,
      nftTable: snapshot.nftTable !== undefined,
    },
    state: isEmptyPlan(plan) && plan.conflicts.length === 0 ? (few ? 'not needed' : 'as wanted') : 'differs',
    differences,
    conflicts: plan.conflicts.map((conflict) => `${conflict.what}: ${conflict.reason}`),
    pendingSeconds: pending && secondsLeft(pending),
    notes: reading.notes,
  };
}
