import { randomUUID } from 'node:crypto';
import type { Lease, Store } from '../../../../src/store/index.js';
import type { Shard } from '../../../../src/model/index.js';
import { batchOf } from './truth.js';

/** What happened to a writer. */
export interface WriterCounts {
  committed: number;
  repeated: number;
  conflicts: number;
  fenced: number;
  refused: number;
}

/**
 * Commits the batches of a shard in order until all are in, as an owner does: after a refusal the same batch again, after a
 * conflict from where the store says that it is.
 */
export async function writeAll(
  store: Store,
  shard: Shard,
  options: {
    readonly seed: number;
    readonly batches: number;
    readonly onProgress?: (number: number) => void;
    readonly owner?: string;
    /** Of the lease; it is not renewed. */
    readonly ttlMs?: number;
  },
): Promise<WriterCounts> {
  const counts: WriterCounts = { committed: 0, repeated: 0, conflicts: 0, fenced: 0, refused: 0 };
  const insist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if ((error as { code?: string }).code !== 'NET_TRACKER_STORE') throw error;
        counts.refused += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const lease = async (): Promise<Lease> => {
    const { owner = `writer-${shard.accountId}`, ttlMs = 600_000 } = options;
    for (;;) {
      const held = await insist(() => store.acquireLease(shard, owner, ttlMs));
      if (held !== undefined) return held;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  let { fence } = await lease();
  let state = await insist(() => store.loadShard(shard));
  let previous = state.version;
  let number = Number(state.checkpoint?.cursor ?? 0);
  while (number < options.batches) {
    const batch = { ...batchOf(shard, options.seed, number), fence, previous, batchId: randomUUID() };
    const { status } = await insist(() => store.commit(batch));
    if (status === 'committed' || status === 'repeated') {
      counts[status] += 1;
      previous = batch.batchId;
      number += 1;
      options.onProgress?.(number);
      continue;
    }
    if (status === 'fenced') {
      counts.fenced += 1;
      ({ fence } = await lease());
    } else counts.conflicts += 1;
    state = await insist(() => store.loadShard(shard));
    previous = state.version;
    number = Number(state.checkpoint?.cursor ?? 0);
  }
  return counts;
}
