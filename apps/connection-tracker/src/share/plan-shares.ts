import { createHash } from 'node:crypto';
import { type Shard, shardKey } from '../model/index.js';

/** What a replica sees: who is alive, what is to be read, what it holds. */
export interface ShareFacts {
  readonly replica: string;
  readonly replicas: readonly string[];
  readonly shards: readonly Shard[];
  readonly held: readonly Shard[];
}

/** What a replica is to do. */
export interface SharePlan {
  readonly acquire: readonly Shard[];
  readonly keep: readonly Shard[];
  /** Another replica's, or no shard any more. */
  readonly release: readonly Shard[];
}

/**
 * Which shards this replica is to hold. Each shard belongs to the living replica whose digest with it is the greatest
 * (rendezvous hashing), so that a replica that comes or goes moves its own share alone.
 */
export function planShares({ replica, replicas, shards, held }: ShareFacts): SharePlan {
  const alive = [...new Set([...replicas, replica])].sort();
  const mine = new Set(shards.filter((shard) => ownerOf(shard, alive) === replica).map(shardKey));
  const has = new Set(held.map(shardKey));
  return {
    acquire: shards.filter((shard) => mine.has(shardKey(shard)) && !has.has(shardKey(shard))),
    keep: held.filter((shard) => mine.has(shardKey(shard))),
    release: held.filter((shard) => !mine.has(shardKey(shard))),
  };
}

/** The replica that a shard belongs to. */
export function ownerOf(shard: Shard, replicas: readonly string[]): string | undefined {
  let owner: string | undefined;
  let greatest = '';
  for (const replica of replicas) {
    const digest = createHash('sha256')
      .update(`${shardKey(shard)}\n${replica}`)
      .digest('hex');
    if (digest <= greatest) continue;
    greatest = digest;
    owner = replica;
  }
  return owner;
}
