import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { applyPlan, observe, type OwnedPart, restorePlan, type RunOptions } from '@net/iproute';

import { EniRoutingError } from './errors.js';
import type { Host } from './host.js';
import { withLock } from './lock.js';
import { type PendingChange, readPending, removePending, secondsLeft, writePending } from './pending.js';
import { ownershipOf } from './settings.js';

/** How the watchdog is started: program and leading arguments; the state folder is added. */
export type WatchdogCommand = readonly [string, ...string[]];

/**
 * Notes what is ours now and starts the watchdog that brings it back after `withinSeconds`; resolves when the
 * watchdog is awake. Only then may the change begin: from here on the host comes back by itself, even when
 * this process is killed. Call it with the lock held.
 *
 * @throws {EniRoutingError} NET_ENI_ROUTING_STATE when the watchdog does not come up; nothing was changed then.
 */
export async function armRollback(
  host: Host,
  before: OwnedPart,
  withinSeconds: number,
  watchdog: WatchdogCommand,
): Promise<PendingChange> {
  const change: PendingChange = {
    schemaVersion: 1,
    id: randomUUID(),
    deadlineUptimeSeconds: uptime() + withinSeconds,
    withinSeconds,
    namespace: host.run.namespace,
    ownership: ownershipOf(host.settings),
    before: { routes: before.routes, rules: before.rules, nftTable: before.nftTable },
  };
  writePending(host.stateDirectory, change);
  const armed = armedPath(host.stateDirectory, change.id);
  startDetached([...watchdog, host.stateDirectory], change.id);
  const deadline = performance.now() + 10_000;
  while (!existsSync(armed)) {
    if (performance.now() > deadline) {
      removePending(host.stateDirectory);
      throw new EniRoutingError('NET_ENI_ROUTING_STATE', 'the watchdog for the rollback did not start', {
        hint: 'nothing was changed; look into the system log',
      });
    }
    await sleep(10);
  }
  rmSync(armed, { force: true });
  return change;
}

/** The life of the watchdog process: waits for the deadline, then takes the change back unless confirmed. */
export async function runWatchdog(
  stateDirectory: string,
  log: (text: string) => void,
  run: RunOptions = {},
): Promise<'confirmed' | 'rolled back'> {
  const change = readPending(stateDirectory);
  if (change === undefined) return 'confirmed';
  writeFileSync(armedPath(stateDirectory, change.id), '', { mode: 0o600 });
  for (;;) {
    const left = secondsLeft(change);
    if (left === 0) break;
    // Short naps: the clock of a timer stands still while the host sleeps, the time since boot does not.
    await sleep(Math.min(left * 1000, 1000));
    if (readPending(stateDirectory)?.id !== change.id) return 'confirmed';
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const done = await withLock(stateDirectory, () => takeBack(stateDirectory, change.id, run));
      log(
        done ? 'not confirmed in time: the state from before was restored' : 'confirmed at the last moment',
      );
      return done ? 'rolled back' : 'confirmed';
    } catch (error) {
      log(`rollback attempt ${attempt} failed: ${error instanceof Error ? error.message : String(error)}`);
      if (attempt >= 60) throw error;
      await sleep(1000);
    }
  }
}

/** Keeps the pending change. False when there is none. Call it with the lock held. */
export function confirmPending(stateDirectory: string): boolean {
  const change = readPending(stateDirectory);
  if (change === undefined) return false;
  removePending(stateDirectory);
  return true;
}

/** Takes the pending change back now. False when there is none. Call it with the lock held. */
export async function takeBack(
  stateDirectory: string,
  id: string | undefined,
  run: RunOptions = {},
): Promise<boolean> {
  const change = readPending(stateDirectory);
  if (change === undefined || (id !== undefined && change.id !== id)) return false;
  const options = { ...run, namespace: change.namespace };
  const now = await observe({ ...options, nftTable: change.ownership.nftTable });
  const plan = restorePlan(now, change.before, change.ownership);
  // What cannot come back (a route through an interface that is gone) must not keep the rest from coming back.
  await applyPlan({ ...plan, conflicts: [] }, { ...options, verify: false });
  removePending(stateDirectory);
  return true;
}

function armedPath(stateDirectory: string, id: string): string {
  return join(stateDirectory, `armed-${id}`);
}

// Under systemd a service's processes die with it, so the watchdog becomes a unit of its own there. Elsewhere
// it is a process in a session of its own.
function startDetached(line: readonly string[], id: string): void {
  const [command, ...args] = line as [string, ...string[]];
  const plain = (): void => {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' });
    child.on('error', () => undefined);
    child.unref();
  };
  if (!existsSync('/run/systemd/system')) {
    plain();
    return;
  }
  const unit = `multi-eni-routing-rollback-${id.slice(0, 8)}`;
  const child = spawn('systemd-run', ['--quiet', '--collect', `--unit=${unit}`, '--', ...line], {
    stdio: 'ignore',
  });
  child.on('error', plain);
  child.on('exit', (code) => {
    if (code !== 0) plain();
  });
}
