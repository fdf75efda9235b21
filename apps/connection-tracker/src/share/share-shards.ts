import type { Log } from '@net/cli';
import { type Shard, shardKey } from '../model/index.js';
import type { Lease, Store } from '../store/index.js';
import { Alarm } from './alarm.js';
import { planShares } from './plan-shares.js';

export interface ShareOptions {
  readonly store: Store;
  /** Name of this process among all that read; unique. */
  readonly replica: string;
  readonly shards: () => readonly Shard[];
  /** Rings when there are other shards than before. */
  readonly alarm?: Alarm;
  /** Works on a shard until the signal is aborted: it belongs to somebody else then. Never rejects. */
  readonly work: (lease: Lease, signal: AbortSignal) => Promise<void>;
  /** How long a lease lasts without renewal, milliseconds. Default 30,000. */
  readonly ttlMs?: number | undefined;
  readonly clock: {
    readonly monotonicMs: () => number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
  };
  readonly log: Log;
  readonly onReplicas?: (replicas: readonly string[]) => void;
}

interface Held {
  readonly lease: Lease;
  readonly stop: AbortController;
  readonly done: Promise<void>;
  renewedMs: number;
}

/**
 * Holds this replica's share of the shards by leases of the store, and works on them, until aborted. A lease that cannot
 * be renewed is given up when its time is over; what was read under it is refused by the store once somebody else has
 * it, so nothing is counted twice.
 */
export async function shareShards(options: ShareOptions, signal: AbortSignal): Promise<void> {
  const { store, replica, clock, log, ttlMs = 30_000, alarm = new Alarm() } = options;
  const held = new Map<string, Held>();
  const isOver = (): boolean => signal.aborted;
  let isReachable = true;

  const begin = (lease: Lease, nowMs: number): void => {
    const stop = new AbortController();
    const key = shardKey(lease.shard);
    const done = options.work(lease, stop.signal).finally(() => {
      // Work that ended by itself has lost the lease, or cannot go on: the next round begins anew.
      if (held.get(key)?.stop === stop && !stop.signal.aborted) held.delete(key);
    });
    held.set(key, { lease, stop, done, renewedMs: nowMs });
  };
  const end = async (key: string, isLost: boolean): Promise<void> => {
    const one = held.get(key);
    if (one === undefined) return;
    held.delete(key);
    one.stop.abort();
    await one.done;
    if (!isLost) await store.releaseLease(one.lease).catch(() => undefined);
  };
  const renew = async (key: string, one: Held): Promise<void> => {
    const nowMs = clock.monotonicMs();
    try {
      if (await store.renewLease(one.lease, ttlMs)) {
        one.renewedMs = nowMs;
        return;
      }
      log.warn('shard.lost', `${key} belongs to another replica now`, { shard: key });
    } catch {
      if (nowMs - one.renewedMs < ttlMs) return;
    }
    await end(key, true);
  };
  const round = async (): Promise<void> => {
    const nowMs = clock.monotonicMs();
    await Promise.all([...held].map(([key, one]) => renew(key, one)));
    const replicas = await store.announceReplica(replica, ttlMs);
    options.onReplicas?.(replicas);
    const plan = planShares({
      replica,
      replicas,
      shards: options.shards(),
      held: [...held.values()].map(({ lease }) => lease.shard),
    });
    await Promise.all(plan.release.map((shard) => end(shardKey(shard), false)));
    for (const shard of plan.acquire) {
      signal.throwIfAborted();
      const lease = await store.acquireLease(shard, replica, ttlMs);
      if (lease !== undefined) begin(lease, nowMs);
    }
  };

  try {
    while (!isOver()) {
      try {
        await round();
        if (!isReachable) log.info('store.back', 'the store answers again');
        isReachable = true;
      } catch (error) {
        if (isOver()) break;
        if (isReachable) log.error('store.unreachable', (error as Error).message);
        isReachable = false;
      }
      await alarm.wait(clock, isReachable ? ttlMs / 3 : Math.min(1_000, ttlMs / 3), signal);
    }
  } catch (error) {
    if (!isOver()) throw error;
  } finally {
    await Promise.all([...held.keys()].map((key) => end(key, false)));
    await store.removeReplica(replica).catch(() => undefined);
  }
}
