import { afterAll, beforeAll } from '@jest/globals';
import { type RedisSentinel, startRedisSentinel, suite } from '@net/testing';
import { createClient } from 'redis';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { contractSuite } from '../contract-suite.js';

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
});
