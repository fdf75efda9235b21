import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type RedisSentinel,
  startRedisSentinel,
  startRedisServer,
  suite,
  testSeed,
  until,
} from '@net/testing';
import { createClient } from 'redis';
import { openRedisStore } from '../../../src/store/redis/index.js';
import type { StoreEvent } from '../../../src/store/index.js';
import { contractSuite, shard } from '../contract-suite.js';
import { expectTruth } from './chaos/truth.js';
import { writeAll } from './chaos/writer.js';

suite('Redis behind a sentinel', ['redis-server', { command: 'redis-cli', install: 'redis-tools' }], () => {
  let setUp: RedisSentinel;
  beforeAll(async () => {
    setUp = await startRedisSentinel();
  }, 60_000);
  afterAll(() => setUp.stop());

  contractSuite('the Redis store behind a sentinel', async () => {
    const client = createClient({ url: setUp.master.url });
    await client.connect();
    await client.flushAll();
    client.destroy();
    const options = { kind: 'redis-sentinel', urls: [setUp.url], name: setUp.name } as const;
    let store = await openRedisStore(options);
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openRedisStore(options);
        return store;
      },
      close: () => store.close(),
    };
  });

  test('the servers may have a user that the sentinels do not know', async () => {
    for (const { url } of [setUp.master, setUp.replica]) {
      const client = createClient({ url });
      await client.connect();
      const keys = ['~accounts:*', '~connections:inbound:*', '~tracker:*'];
      const commands = [
        '+@read',
        '+@write',
        '+@scripting',
        '+@connection',
        '-@dangerous',
        '+info',
        '+time',
        '+role',
      ];
      await client.sendCommand(['ACL', 'SETUSER', 'someone', 'on', '>hunter2', ...keys, ...commands]);
      client.destroy();
    }
    const options = { kind: 'redis-sentinel', urls: [setUp.url], name: setUp.name } as const;
    const store = await openRedisStore({ ...options, username: 'someone', password: 'hunter2' });
    expect(await store.acquireLease(shard, 'one', 1)).toBeDefined();
    await store.close();
    await expect(
      openRedisStore({ ...options, username: 'someone', password: 'hunter3', timeoutMs: 500 }),
    ).rejects.toMatchObject({ code: 'NET_TRACKER_STORE', message: expect.stringContaining('WRONGPASS') });
  });

  test('a master that dies is replaced: the writer goes on with its replica, and the counts are the truth', async () => {
    const client = createClient({ url: setUp.master.url });
    await client.connect();
    await client.flushAll();
    client.destroy();
    const options = { kind: 'redis-sentinel', urls: [setUp.url], name: setUp.name } as const;
    const store = await openRedisStore({ ...options, timeoutMs: 1_000 });
    const abort = new AbortController();
    const seen: StoreEvent[] = [];
    const watching = (async () => {
      for await (const event of store.events({ signal: abort.signal })) seen.push(event);
    })();
    const seed = testSeed();
    try {
      await writeAll(store, shard, { seed, batches: 20 });
      setUp.master.process.child.kill('SIGKILL');
      const counts = await writeAll(store, shard, { seed, batches: 60 });
      expect(counts.committed + counts.repeated).toBeGreaterThanOrEqual(40);
      expect(await setUp.masterPort()).toBe(setUp.replica.port);
      await expectTruth(store, shard, seed, 60);
      // The event reader has followed as well.
      const before = seen.length;
      await until('an event from the new master', async () => {
        const { checkpoint } = await store.loadShard(shard);
        await writeAll(store, shard, { seed, batches: Number(checkpoint!.cursor) + 1 });
        return seen.length > before;
      });
      // The old master comes back, and is made a replica of the new one: nobody counts there.
      const { port, folder } = setUp.master;
      const old = await startRedisServer({ port, folder });
      try {
        const written = Number((await store.loadShard(shard)).checkpoint!.cursor);
        await writeAll(store, shard, { seed, batches: written + 20 });
        await expectTruth(store, shard, seed, written + 20);
      } finally {
        await old.stop();
      }
    } finally {
      abort.abort();
      await store.close();
      await watching;
    }
  }, 60_000);

  test('a name that no sentinel knows, and sentinels that are not there, are told', async () => {
    const timeoutMs = 500;
    await expect(
      openRedisStore({ kind: 'redis-sentinel', urls: [setUp.url], name: 'nobody', timeoutMs }),
    ).rejects.toMatchObject({ code: 'NET_TRACKER_STORE', message: expect.stringContaining('nobody') });
    await expect(
      openRedisStore({ kind: 'redis-sentinel', urls: ['redis://127.0.0.1:1'], name: 'x', timeoutMs }),
    ).rejects.toMatchObject({ code: 'NET_TRACKER_STORE', message: expect.stringContaining('127.0.0.1:1') });
  });
});
