import { afterAll, beforeAll } from '@jest/globals';
import { type RedisCluster, startRedisCluster, suite } from '@net/testing';
import { createClient } from 'redis';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { contractSuite } from '../contract-suite.js';

suite('a Redis Cluster', ['redis-server', { command: 'redis-cli', install: 'redis-tools' }], () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  contractSuite('the Redis store on a Cluster', async () => {
    for (const url of cluster.urls) {
      const client = createClient({ url });
      await client.connect();
      await client.flushAll();
      client.destroy();
    }
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
});
