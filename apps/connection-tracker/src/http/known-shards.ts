import { type Shard, shardKey } from '../model/index.js';
import type { ShardStatus, Store, StoredAccount } from '../store/index.js';

export interface KnownShards {
  readonly accounts: readonly StoredAccount[];
  readonly statuses: readonly ShardStatus[];
  /** Every region of every account, and all that has data, in order of their keys. */
  readonly shards: readonly Shard[];
}

/** The shards that answers over all accounts are made of. */
export async function knownShards(store: Store): Promise<KnownShards> {
  const [accounts, statuses] = await Promise.all([store.accounts(), store.shards()]);
  const byKey = new Map<string, Shard>();
  for (const { id, regions } of accounts) {
    for (const region of regions) byKey.set(shardKey({ accountId: id, region }), { accountId: id, region });
  }
  for (const { shard } of statuses) byKey.set(shardKey(shard), shard);
  const keys = [...byKey.keys()].sort();
  return { accounts, statuses, shards: keys.map((key) => byKey.get(key)!) };
}
