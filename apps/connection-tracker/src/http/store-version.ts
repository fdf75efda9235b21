import { createHash } from 'node:crypto';
import { dayOf } from '../model/index.js';
import type { ShardStatus } from '../store/index.js';

/** Changes with every commit to any of these shards, and at midnight. Read it before what it stands for. */
export function storeVersion(shards: readonly ShardStatus[], nowMs: number): string {
  const hash = createHash('sha256').update(dayOf(nowMs));
  for (const { shard, committedAtMs, lastUpdate, checkpoint } of shards) {
    hash.update(
      JSON.stringify([
        shard.accountId,
        shard.region,
        committedAtMs,
        lastUpdate,
        checkpoint?.cursor,
        checkpoint?.readUntilMs,
      ]),
    );
  }
  return hash.digest('base64url').slice(0, 22);
}
