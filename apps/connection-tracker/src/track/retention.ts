import type { Log } from '@net/cli';
import { DAY_MS, dayOf } from '../model/index.js';
import type { Store } from '../store/index.js';

export interface RetentionOptions {
  readonly store: Store;
  readonly days: number;
  /** One replica is enough. */
  readonly isMine: () => boolean;
  readonly clock: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  readonly log: Log;
  /** Default 3,600,000. */
  readonly intervalMs?: number;
}

/** Deletes days that are older than wanted, every hour, until aborted. */
export async function runRetention(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { store, days, clock, log, intervalMs = 3_600_000 } = options;
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      if (options.isMine()) {
        const day = dayOf(clock.now() - days * DAY_MS);
        const deleted = await store.deleteBefore(day, signal);
        if (deleted.days > 0)
          log.info(
            'retention.deleted',
            `${deleted.days} days before ${day}, ${deleted.connections} connections`,
          );
      }
    } catch (error) {
      if (!isOver()) log.warn('retention.failed', (error as Error).message);
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
