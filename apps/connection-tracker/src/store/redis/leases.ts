import type { StoreLeases } from '../contract.js';
import { numberOf, textsOf } from './connection/connection.js';
import { type Database, registerShards, run } from './database.js';
import { acquireScript, announceScript, releaseScript, renewScript } from './scripts/lease-scripts.js';

/** Leases and replicas by the clock of the server. */
export function createLeases(database: Database): StoreLeases {
  const { connection, keys } = database;
  return {
    acquireLease: async (shard, owner, ttlMs) => {
      await registerShards(database, [shard]);
      const fence = await run(database, acquireScript, [keys.lease(shard)], [owner, String(ttlMs)]);
      return fence === null ? undefined : { shard, owner, fence: numberOf(fence) };
    },
    renewLease: async ({ shard, fence }, ttlMs) =>
      numberOf(await run(database, renewScript, [keys.lease(shard)], [String(fence), String(ttlMs)])) === 1,
    releaseLease: async ({ shard, fence }) => {
      await run(database, releaseScript, [keys.lease(shard)], [String(fence)]);
    },
    announceReplica: async (replica, ttlMs) => {
      const alive = await run(database, announceScript, [keys.replicas], [replica, String(ttlMs)]);
      return textsOf(alive)
        .map((name) => name ?? '')
        .sort();
    },
    removeReplica: async (replica) => {
      await connection.call(keys.replicas, ['ZREM', keys.replicas, replica]);
    },
  };
}
