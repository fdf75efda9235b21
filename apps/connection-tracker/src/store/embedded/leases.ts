import { shardKey } from '../../model/index.js';
import type { StoreLeases } from '../contract.js';
import type { Database } from './open-embedded-store.js';
import { keys, LAST, type LeaseRow } from './tables.js';

/** Leases by a clock of this machine that nobody sets; all processes that use the store are on it. */
export function createLeases(database: Database): StoreLeases {
  const { root, write } = database;
  const now = database.machine.nowMs;
  return {
    acquireLease: (shard, owner, ttlMs) =>
      write(() => {
        const key = keys.lease(shardKey(shard));
        const held = root.get(key) as LeaseRow | undefined;
        if (held !== undefined && held.untilMs > now() && held.owner !== owner) return undefined;
        const fence = (held?.fence ?? 0) + 1;
        root.putSync(key, { owner, fence, untilMs: now() + ttlMs });
        return { shard, owner, fence };
      }),
    renewLease: (lease, ttlMs) =>
      write(() => {
        const key = keys.lease(shardKey(lease.shard));
        const held = root.get(key) as LeaseRow | undefined;
        if (held?.fence !== lease.fence || held.untilMs <= now()) return false;
        root.putSync(key, { ...held, untilMs: now() + ttlMs });
        return true;
      }),
    releaseLease: (lease) =>
      write(() => {
        const key = keys.lease(shardKey(lease.shard));
        const held = root.get(key) as LeaseRow | undefined;
        // The fence stays: it never goes back.
        if (held?.fence === lease.fence) root.putSync(key, { ...held, untilMs: 0 });
      }),
    announceReplica: (replica, ttlMs) =>
      write(() => {
        root.putSync(keys.replica(replica), now() + ttlMs);
        const alive: string[] = [];
        for (const { key, value } of [
          ...root.getRange({ start: keys.replica(''), end: keys.replica(LAST) }),
        ]) {
          if ((value as number) > now()) alive.push(key[1] as string);
          else root.removeSync(key);
        }
        return alive.sort();
      }),
    removeReplica: (replica) =>
      write(() => {
        root.removeSync(keys.replica(replica));
      }),
  };
}

/** What was held when the machine went down is nobody's: times of another start mean nothing now. */
export function forgetEarlierBoot({ root, machine }: Pick<Database, 'root' | 'machine'>): void {
  root.transactionSync(() => {
    if (root.get(keys.boot) === machine.boot) return;
    for (const { key, value } of [...root.getRange({ start: keys.lease(''), end: keys.lease(LAST) })])
      root.putSync(key, { ...(value as LeaseRow), untilMs: 0 });
    for (const { key } of [...root.getRange({ start: keys.replica(''), end: keys.replica(LAST) })])
      root.removeSync(key);
    root.putSync(keys.boot, machine.boot);
  });
}
