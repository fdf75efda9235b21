import { afterAll, beforeAll } from '@jest/globals';
import { type RedisServer, startRedisServer, suite } from '@net/testing';
import { createClient } from 'redis';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { contractSuite } from '../contract-suite.js';

suite('a single redis-server', ['redis-server'], () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  contractSuite('the Redis store', async () => {
    const client = createClient({ url: server.url });
    await client.connect();
    await client.flushAll();
    client.destroy();
    let store = await openRedisStore({ kind: 'redis', url: server.url });
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openRedisStore({ kind: 'redis', url: server.url });
        return store;
      },
      close: () => store.close(),
    };
  });
});
