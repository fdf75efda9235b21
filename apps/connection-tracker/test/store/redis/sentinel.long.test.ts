import { expect, test } from '@jest/globals';
import { type RedisServer, startRedisSentinel, suite, testSeed, until } from '@net/testing';
import { createClient } from 'redis';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { shard } from '../contract-suite.js';
import { expectTruth } from './chaos/truth.js';
import { writeAll } from './chaos/writer.js';

suite(
  'masters that stop and wake up again',
  ['redis-server', { command: 'redis-cli', install: 'redis-tools' }],
  () => {
    test('the writer goes on with whom the sentinel names, and the counts are the truth', async () => {
      const setUp = await startRedisSentinel();
      const seed = testSeed();
      const store = await openRedisStore({
        kind: 'redis-sentinel',
        urls: [setUp.url],
        name: setUp.name,
        timeoutMs: 1_000,
      });
      try {
        let batches = 30;
        await writeAll(store, shard, { seed, batches });
        const servers = [setUp.master, setUp.replica];
        for (let round = 0; round < 4; round++) {
          const port = await setUp.masterPort();
          const master = servers.find((server) => server.port === port)!;
          master.process.child.kill('SIGSTOP');
          try {
            batches += 30;
            const counts = await writeAll(store, shard, { seed, batches });
            expect(counts.committed + counts.repeated).toBeGreaterThanOrEqual(30);
          } finally {
            master.process.child.kill('SIGCONT');
          }
          // While it wakes up it still takes itself for the master.
          batches += 30;
          await writeAll(store, shard, { seed, batches });
          expect(await setUp.masterPort()).not.toBe(port);
          await until(
            'the old master to follow',
            async () => (await linkOf(master)).includes('master_link_status:up'),
            40_000,
          );
        }
        await expectTruth(store, shard, seed, batches);
      } finally {
        await store.close();
        await setUp.stop();
      }
    });
  },
);

async function linkOf({ url }: RedisServer): Promise<string> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.info('replication');
  } finally {
    client.destroy();
  }
}
