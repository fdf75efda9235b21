import { shardKey } from '../model/index.js';
import type { Store } from '../store/index.js';

export interface Readiness {
  readonly status: 'ready' | 'starting' | 'store-unreachable';
  readonly store: string;
  /** Seconds since the time up to which each shard has been read, by `<id>/<region>`; null: never read. */
  readonly shards: Readonly<
    Record<string, { readonly lag_seconds: number | null; readonly owner: string | null }>
  >;
}

/** Whether requests can be answered, and how far behind each shard is. Never rejects. */
export async function readiness(store: Store, nowMs: number, isReady: boolean): Promise<Readiness> {
  try {
    await store.ping();
    const statuses = await store.shards();
    const shards: Record<string, { lag_seconds: number | null; owner: string | null }> = {};
    for (const { shard, checkpoint, owner } of statuses) {
      shards[shardKey(shard)] = {
        lag_seconds: checkpoint === undefined ? null : Math.max(0, nowMs - checkpoint.readUntilMs) / 1_000,
        owner: owner ?? null,
      };
    }
    return { status: isReady ? 'ready' : 'starting', store: store.kind, shards };
  } catch {
    return { status: 'store-unreachable', store: store.kind, shards: {} };
  }
}
