import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RedisCluster, startRedisCluster, startRedisServer, suite, until } from '@net/testing';
import fc from 'fast-check';
import { propertyOptions } from '@net/testing';
import { createClient } from 'redis';
import { hashSlot } from '../../../src/store/redis/connection/hash-slot.js';
import { openRedisStore } from '../../../src/store/redis/index.js';
import type { StoreEvent } from '../../../src/store/index.js';
import type { Shard } from '../../../src/model/index.js';
import { batch, contractSuite, DAY, delta, shard } from '../contract-suite.js';

suite('a Redis Cluster', ['redis-server', { command: 'redis-cli', install: 'redis-tools' }], () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  async function tell(url: string, command: readonly string[]): Promise<unknown> {
    const client = createClient({ url, RESP: 2 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }
  const empty = async (): Promise<void> => {
    for (const url of cluster.urls) await tell(url, ['FLUSHALL']);
  };

  contractSuite('the Redis store on a Cluster', async () => {
    await empty();
    const urls = cluster.urls.slice(0, 1);
    let store = await openRedisStore({ kind: 'redis-cluster', urls });
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openRedisStore({ kind: 'redis-cluster', urls });
        return store;
      },
      close: () => store.close(),
    };
  });

  test('slots are those of the server', async () => {
    const client = createClient({ url: cluster.urls[0]! });
    await client.connect();
    try {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', 'ü', '{', '}', ':', '7') }), async (key) => {
          expect(hashSlot(key)).toBe(await client.sendCommand(['CLUSTER', 'KEYSLOT', key]));
        }),
        propertyOptions(100),
      );
    } finally {
      client.destroy();
    }
  });

  test('a single server and a node of a Cluster are not taken for each other', async () => {
    await expect(openRedisStore({ kind: 'redis', url: cluster.urls[0]! })).rejects.toMatchObject({
      code: 'NET_TRACKER_STORE',
      hint: 'Name it as a Cluster.',
    });
    const single = await startRedisServer();
    try {
      await expect(
        openRedisStore({ kind: 'redis-cluster', urls: [single.url], timeoutMs: 500 }),
      ).rejects.toMatchObject({ code: 'NET_TRACKER_STORE' });
    } finally {
      await single.stop();
    }
  });

  test('a slot that moves takes its shard along, and the store follows', async () => {
    await empty();
    const store = await openRedisStore({ kind: 'redis-cluster', urls: cluster.urls, timeoutMs: 1_500 });
    try {
      const first = batch('', [delta('a')]);
      await store.commit(first);
      const tag = `{${shard.accountId}:${shard.region}}`;
      const slot = String(hashSlot(tag));
      const ids = await Promise.all(
        cluster.urls.map(async (url) => String(await tell(url, ['CLUSTER', 'MYID']))),
      );
      const counts = await Promise.all(
        cluster.urls.map((url) => tell(url, ['CLUSTER', 'COUNTKEYSINSLOT', slot])),
      );
      const from = counts.findIndex((count) => Number(count) > 0);
      const to = (from + 1) % cluster.urls.length;
      await tell(cluster.urls[to]!, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from]!]);
      await tell(cluster.urls[from]!, ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to]!]);
      // Redis does not run what needs several keys while they move. The lease is one, and new: the other node has it.
      const during = batch(first.batchId, [delta('a')]);
      await expect(store.commit(during)).rejects.toMatchObject({
        code: 'NET_TRACKER_STORE',
        message: expect.stringContaining('TRYAGAIN'),
      });
      const lease = await store.acquireLease(shard, 'one', 60_000);
      expect(lease).toBeDefined();
      expect(await tell(cluster.urls[from]!, ['CLUSTER', 'COUNTKEYSINSLOT', slot])).toBe(counts[from]);
      const keys = (await tell(cluster.urls[from]!, ['CLUSTER', 'GETKEYSINSLOT', slot, '1000'])) as string[];
      const { port } = cluster.nodes[to]!;
      await tell(cluster.urls[from]!, [
        ...['MIGRATE', '127.0.0.1', String(port), '', '0', '5000', 'REPLACE', 'KEYS'],
        ...keys,
      ]);
      for (const url of [cluster.urls[to]!, cluster.urls[from]!])
        await tell(url, ['CLUSTER', 'SETSLOT', slot, 'NODE', ids[to]!]);
      expect((await store.commit({ ...during, fence: lease!.fence })).status).toBe('committed');
      expect(await store.days(shard)).toEqual([{ day: DAY, connections: 1, records: 2 }]);
      expect((await store.shards())[0]).toMatchObject({ owner: 'one' });
    } finally {
      await store.close();
    }
  }, 30_000);

  test('shards on all nodes: each is counted, and their events come together', async () => {
    await empty();
    const store = await openRedisStore({ kind: 'redis-cluster', urls: cluster.urls });
    const abort = new AbortController();
    try {
      const shards = Array.from(
        { length: 12 },
        (_, index): Shard => ({
          accountId: String(100_000_000_000 + index),
          region: 'eu-west-1',
        }),
      );
      const seen = new Map<string, StoreEvent>();
      const watching = (async () => {
        for await (const event of store.events({ signal: abort.signal }))
          seen.set(event.shard.accountId, event);
      })();
      await until('the reader to look once', async () => {
        await store.commit({ ...batch((await store.loadShard(shard)).version, [delta('x')]) });
        return seen.size > 0;
      });
      await Promise.all(shards.map((each) => store.commit({ ...batch('', [delta('a')]), shard: each })));
      await until('all events', () => shards.every(({ accountId }) => seen.has(accountId)));
      expect((await store.shards()).length).toBe(13);
      for (const each of shards) expect((await store.days(each))[0]).toMatchObject({ records: 1 });
      abort.abort();
      await watching;
    } finally {
      abort.abort();
      await store.close();
    }
  }, 30_000);
});
