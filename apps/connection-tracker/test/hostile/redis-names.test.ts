import { test } from '@jest/globals';
import { startRedisServer, suite } from '@net/testing';
import { openRedisStore } from '../../src/store/redis/index.js';
import { expectNamesOnce } from './names-once.js';

suite('hostile names in a Redis', ['redis-server'], () => {
  test('every list has each name once, with all its days, in pages of any size', async () => {
    const server = await startRedisServer();
    try {
      const store = await openRedisStore({ kind: 'redis', url: server.url });
      try {
        await expectNamesOnce(store);
      } finally {
        await store.close();
      }
    } finally {
      await server.stop();
    }
  });
});
