import { describe, expect, test } from '@jest/globals';
import { createLog, createRedactor, systemClock } from '@net/cli';
import { propertyOptions, until } from '@net/testing';
import fc from 'fast-check';
import { type Shard, shardKey } from '../../src/model/index.js';
import { ownerOf, planShares, shareShards } from '../../src/share/index.js';
import type { Store } from '../../src/store/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';

const shard = (index: number): Shard => ({ accountId: String(100_000_000_000 + index), region: 'eu-west-1' });
const shards = Array.from({ length: 40 }, (_, index) => shard(index));
const sink = { write: () => undefined, dropped: 0, close: async () => {} };
const log = createLog(sink, { level: 'error', clock: systemClock, redactor: createRedactor() });

describe('shares', () => {
  const replicas = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });

  test('every shard belongs to exactly one replica, and all are asked for', () => {
    fc.assert(
      fc.property(replicas, (alive) => {
        const acquired = alive.flatMap((replica) =>
          planShares({ replica, replicas: alive, shards, held: [] }).acquire.map(shardKey),
        );
        expect(acquired.sort()).toEqual(shards.map(shardKey).sort());
      }),
      propertyOptions(100),
    );
  });

  test('a replica that leaves moves its own share alone', () => {
    fc.assert(
      fc.property(replicas, fc.nat(), (alive, pick) => {
        const gone = alive[pick % alive.length]!;
        const left = alive.filter((replica) => replica !== gone);
        if (left.length === 0) return;
        for (const one of shards) {
          const before = ownerOf(one, alive);
          if (before !== gone) expect(ownerOf(one, left)).toBe(before);
        }
      }),
      propertyOptions(100),
    );
  });

  test('what is held is kept, released or nobody’s; doing the plan leaves nothing to do', () => {
    fc.assert(
      fc.property(replicas, fc.subarray(shards), fc.subarray(shards), (alive, wanted, held) => {
        const replica = alive[0]!;
        const plan = planShares({ replica, replicas: alive, shards: wanted, held });
        expect([...plan.keep, ...plan.release].map(shardKey).sort()).toEqual(held.map(shardKey).sort());
        const after = planShares({
          replica,
          replicas: alive,
          shards: wanted,
          held: [...plan.keep, ...plan.acquire],
        });
        expect(after.acquire).toEqual([]);
        expect(after.release).toEqual([]);
      }),
      propertyOptions(100),
    );
  });

  test('a large number is shared evenly', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => shard(index));
    const counts = new Map<string, number>();
    for (const one of many) {
      const owner = ownerOf(one, ['a', 'b', 'c'])!;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe('replicas over a store', () => {
  interface Replica {
    readonly holds: Set<string>;
    stop(): Promise<void>;
    /** Stops like a process that is gone: without a word. */
    vanish(): void;
  }
  const start = (store: Store, replica: string, ttlMs = 300): Replica => {
    const holds = new Set<string>();
    const stop = new AbortController();
    let isGone = false;
    const cut = <T>(call: () => Promise<T>): Promise<T> =>
      isGone ? Promise.reject(new Error('gone')) : call();
    const own: Store = {
      ...store,
      announceReplica: (...given) => cut(() => store.announceReplica(...given)),
      acquireLease: (...given) => cut(() => store.acquireLease(...given)),
      renewLease: (...given) => cut(() => store.renewLease(...given)),
      releaseLease: (...given) => cut(() => store.releaseLease(...given)),
      removeReplica: (...given) => cut(() => store.removeReplica(...given)),
    };
    const done = shareShards(
      {
        store: own,
        replica,
        shards: () => shards,
        ttlMs,
        clock: systemClock,
        log,
        work: async (lease, signal) => {
          const key = shardKey(lease.shard);
          holds.add(key);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          holds.delete(key);
        },
      },
      stop.signal,
    );
    return {
      holds,
      stop: async () => {
        stop.abort();
        await done;
      },
      vanish: () => {
        isGone = true;
      },
    };
  };
  const isSplit = (...replicas: readonly Replica[]): boolean => {
    const all = replicas.flatMap(({ holds }) => [...holds]);
    return all.length === shards.length && new Set(all).size === shards.length;
  };

  test('share all shards; who leaves or dies hands over; nobody holds a shard twice', async () => {
    const store = openEmbeddedStore();
    const one = start(store, 'one');
    await until('one has all', () => isSplit(one));
    const two = start(store, 'two');
    await until('both share', () => two.holds.size > 5 && isSplit(one, two));
    const three = start(store, 'three');
    await until('three share', () => three.holds.size > 3 && isSplit(one, two, three));
    await two.stop();
    expect(two.holds.size).toBe(0);
    await until('the rest took over', () => isSplit(one, three));
    three.vanish();
    await until('one has all again', () => one.holds.size === shards.length && three.holds.size === 0);
    await one.stop();
    await three.stop();
    await store.close();
  });

  test('a store that is away: work goes on within the lease, ends after it, and comes back', async () => {
    const store = openEmbeddedStore();
    const one = start(store, 'one');
    await until('one has all', () => isSplit(one));
    one.vanish();
    await until('it has given up', () => one.holds.size === 0);
    await one.stop();
    await store.close();
  });
});
