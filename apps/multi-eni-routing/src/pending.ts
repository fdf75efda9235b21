import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

import type { OwnedPart, Ownership } from '@net/iproute';

import { EniRoutingError } from './errors.js';

/** A change that is taken back at its deadline unless somebody confirms it. */
export interface PendingChange {
  readonly schemaVersion: 1;
  readonly id: string;
  /** Seconds since boot: the host's clock may jump while its network is in doubt. */
  readonly deadlineUptimeSeconds: number;
  readonly withinSeconds: number;
  readonly namespace: string | undefined;
  readonly ownership: Ownership;
  /** What was ours before the change. */
  readonly before: OwnedPart;
}

/** The file of the pending change. */
export function pendingPath(stateDirectory: string): string {
  return join(stateDirectory, 'pending.json');
}

/** The pending change; undefined when there is none. */
export function readPending(stateDirectory: string): PendingChange | undefined {
  const path = pendingPath(stateDirectory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new EniRoutingError('NET_ENI_ROUTING_STATE', `cannot read ${path}`, { cause: error });
  }
  try {
    const document = JSON.parse(text) as Partial<PendingChange>;
    if (document.schemaVersion === 1 && typeof document.id === 'string') return document as PendingChange;
    throw new Error('unknown form');
  } catch (error) {
    throw new EniRoutingError('NET_ENI_ROUTING_STATE', `${path} is damaged`, {
      cause: error,
      hint: `look at it, then remove it: rm ${path}`,
    });
  }
}

/** Writes the pending change so that it is there whole or not at all. */
export function writePending(stateDirectory: string, change: PendingChange): void {
  const path = pendingPath(stateDirectory);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(fd, JSON.stringify(change));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}

/** Forgets the pending change: it is confirmed, or it was taken back. */
export function removePending(stateDirectory: string): void {
  rmSync(pendingPath(stateDirectory), { force: true });
}

/** Seconds until the change is taken back; 0 when the time is over. */
export function secondsLeft(change: PendingChange): number {
  return Math.max(0, change.deadlineUptimeSeconds - uptime());
}
