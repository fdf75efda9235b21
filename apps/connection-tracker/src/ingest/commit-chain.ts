import { randomUUID } from 'node:crypto';
import { TrackerError } from '../errors.js';
import { type Shard, shardKey } from '../model/index.js';
import type { CommitBatch, Store } from '../store/index.js';

/** What a commit brings, without what says where it belongs. */
export type CommitPart = Pick<CommitBatch, 'deltas' | 'seen' | 'forgetSeenBefore' | 'checkpoint'>;

/** Commits of one shard, each built on the one before. After a failure a new one is made from what is stored. */
export class CommitChain {
  readonly #store: Store;
  readonly #shard: Shard;
  #version: string;

  constructor(store: Store, shard: Shard, version: string) {
    this.#store = store;
    this.#shard = shard;
    this.#version = version;
  }

  /**
   * Adds a batch under a lease's fence.
   *
   * @throws {TrackerError} NET_TRACKER_LEASE_LOST when somebody else owns the shard; NET_TRACKER_STORE when the store
   *   cannot be reached or has another state
   */
  async commit(fence: number, part: CommitPart): Promise<void> {
    const batchId = randomUUID();
    const where = { shard: this.#shard, fence, batchId, previous: this.#version };
    const { status } = await this.#store.commit({ ...where, ...part });
    if (status === 'committed' || status === 'repeated') {
      this.#version = batchId;
      return;
    }
    const name = shardKey(this.#shard);
    if (status === 'fenced')
      throw new TrackerError('NET_TRACKER_LEASE_LOST', `${name} belongs to somebody else now`);
    throw new TrackerError(
      'NET_TRACKER_STORE',
      `the store has another state of ${name} than expected; it is loaded again`,
    );
  }
}
