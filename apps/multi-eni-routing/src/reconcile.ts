import type { Plan, Snapshot } from '@net/iproute';
import { applyPlan, IprouteBatchError, IprouteError, isEmptyPlan, observe, planChanges } from '@net/iproute';

import { armRollback, confirmPending, takeBack, type WatchdogCommand } from './confirm.js';
import { desiredState } from './desired.js';
import { EniRoutingError } from './errors.js';
import { planHoldingBack, type RemovalHistory } from './hold-back.js';
import type { Host } from './host.js';
import type { HostFacts } from './host-facts.js';
import { type ManagedInterface, surveyInterfaces } from './interfaces.js';
import { withLock } from './lock.js';
import { type PendingChange, readPending, secondsLeft } from './pending.js';
import { nftTableName, ownershipOf } from './settings.js';

/** One reading of the host and what follows from it. */
export interface Reading {
  readonly snapshot: Snapshot;
  readonly facts: HostFacts;
  readonly interfaces: readonly ManagedInterface[];
  readonly plan: Plan;
  /** Removals that wait for further readings. */
  readonly held: readonly string[];
  readonly history: RemovalHistory;
  readonly notes: readonly string[];
}

/** How often removals must be asked for by readings in a row. */
export interface RemovalPolicy {
  /** 1 and up; what a person wrote into a file is believed at once. */
  readonly needed: number;
  readonly history: RemovalHistory;
}

/** Reads the host and plans; changes nothing. */
export async function readHost(host: Host, policy: RemovalPolicy, signal?: AbortSignal): Promise<Reading> {
  const privileged = isRoot() || host.run.namespace !== undefined;
  const [snapshot, facts] = await Promise.all([
    observe({ ...host.run, signal, ...(privileged ? { nftTable: nftTableName } : {}) }),
    host.readFacts(signal),
  ]);
  const survey = surveyInterfaces(snapshot, facts, host.settings);
  const desired = desiredState(survey.interfaces, snapshot, host.settings);
  const needed = facts.source === 'file' ? 1 : policy.needed;
  const { plan, held, history } = planHoldingBack(
    snapshot,
    desired,
    ownershipOf(host.settings),
    policy.history,
    {
      authoritative: facts.authoritative,
      needed,
    },
  );
  const skipped = snapshot.skipped.map((item) => `unreadable ${item.from} ${item.index}: ${item.reason}`);
  return {
    snapshot,
    facts,
    interfaces: survey.interfaces,
    plan,
    held,
    history,
    notes: [...survey.notes, ...skipped],
  };
}

/** What one reconciliation did. */
export interface ReconcileResult {
  readonly reading: Reading;
  readonly changed: boolean;
  /** The change that waits for its confirmation. */
  readonly pending: PendingChange | undefined;
}

/** How to reconcile. */
export interface ReconcileOptions extends RemovalPolicy {
  readonly signal?: AbortSignal | undefined;
  /** Takes the change back after this many seconds unless confirmed. */
  readonly confirmWithin?: { readonly seconds: number; readonly watchdog: WatchdogCommand } | undefined;
}

/**
 * One pass: read, plan, apply, read back. When others change the same things at the same moment it begins
 * again, three times at most.
 *
 * @throws {EniRoutingError} NET_ENI_ROUTING_PENDING while an earlier change waits for its confirmation.
 * @throws {IprouteError} when the kernel refuses a line; the state from before is restored then.
 */
export async function reconcile(host: Host, options: ReconcileOptions): Promise<ReconcileResult> {
  if (!isRoot()) {
    // Without the privilege a pass can only find that nothing is to do.
    const reading = await readHost(host, options, options.signal);
    refuseConflicts(reading.plan);
    if (!isEmptyPlan(reading.plan)) requireRoot(host);
    return { reading, changed: false, pending: undefined };
  }
  return await withLock(host.stateDirectory, () => reconcileLocked(host, options), {
    signal: options.signal,
  });
}

async function reconcileLocked(host: Host, options: ReconcileOptions): Promise<ReconcileResult> {
  await settlePending(host);
  for (let attempt = 1; ; attempt++) {
    const reading = await readHost(host, options, options.signal);
    refuseConflicts(reading.plan);
    if (isEmptyPlan(reading.plan)) return { reading, changed: false, pending: undefined };
    try {
      const within = options.confirmWithin;
      const before = ownedOnly(reading.snapshot, host);
      const pending = within && (await armRollback(host, before, within.seconds, within.watchdog));
      await applyPlan(reading.plan, { ...host.run, signal: options.signal });
      return { reading, changed: true, pending };
    } catch (error) {
      if (options.confirmWithin) await takeBack(host.stateDirectory, undefined, host.run).catch(() => false);
      if (attempt >= 3 || !isRace(error)) throw error;
    }
  }
}

/** Removes all that is ours, an unconfirmed change included. Gives the plan that was executed. */
export async function flush(host: Host, signal?: AbortSignal): Promise<Plan> {
  requireRoot(host);
  return await withLock(
    host.stateDirectory,
    async () => {
      const snapshot = await observe({ ...host.run, signal, nftTable: nftTableName });
      const plan = planChanges(snapshot, { routes: [], rules: [] }, ownershipOf(host.settings));
      await applyPlan(plan, { ...host.run, signal });
      confirmPending(host.stateDirectory);
      return plan;
    },
    { signal },
  );
}

/** Says by name what is missing when this process may not change the network. */
export function requireRoot(host: Host): void {
  if (!isRoot())
    throw new EniRoutingError('NET_ENI_ROUTING_PREREQUISITE', 'changing routes needs root (CAP_NET_ADMIN)', {
      hint:
        host.run.namespace === undefined ? 'run with sudo; plan and status work without' : 'run with sudo',
    });
}

// A change that nobody confirmed in time is taken back even when its watchdog is dead.
async function settlePending(host: Host): Promise<void> {
  const change = readPending(host.stateDirectory);
  if (change === undefined) return;
  const left = secondsLeft(change);
  if (left > 0)
    throw new EniRoutingError(
      'NET_ENI_ROUTING_PENDING',
      `an earlier change waits for its confirmation for ${Math.ceil(left)} s more`,
      { hint: 'keep it with: multi-eni-routing confirm; take it back with: multi-eni-routing rollback' },
    );
  await takeBack(host.stateDirectory, change.id, host.run);
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

function ownedOnly(snapshot: Snapshot, host: Host): Pick<Snapshot, 'routes' | 'rules' | 'nftTable'> {
  const { protocol } = host.settings;
  return {
    routes: snapshot.routes.filter((route) => route.protocol === protocol),
    rules: snapshot.rules.filter((rule) => rule.protocol === protocol),
    nftTable: snapshot.nftTable,
  };
}

function refuseConflicts(plan: Plan): void {
  if (plan.conflicts.length === 0) return;
  const text = plan.conflicts.map((conflict) => `${conflict.what}: ${conflict.reason}`).join('; ');
  throw new EniRoutingError('NET_ENI_ROUTING_STATE', text, {
    hint: 'choose other numbers with --table, --priority or --protocol; see multi-eni-routing doctor',
  });
}

// Another process, or the kernel after a link change, was at the same routes in the same moment.
function isRace(error: unknown): boolean {
  return (
    error instanceof IprouteBatchError ||
    (error instanceof IprouteError && error.code === 'NET_IPROUTE_VERIFY')
  );
}
