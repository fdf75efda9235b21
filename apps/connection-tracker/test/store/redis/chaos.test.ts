import { expect, test } from '@jest/globals';
import { startRedisServer, suite, testSeed } from '@net/testing';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { shard } from '../contract-suite.js';
import { runChaos } from './chaos/run-chaos.js';
import { expectTruth } from './chaos/truth.js';
import { writeAll } from './chaos/writer.js';

suite(
  'a redis-server to which things happen',
  ['redis-server', { command: 'redis-check-aof', install: 'redis-tools' }],
  () => {
    test('counts, ids, checkpoints and evidence are those of the truth', async () => {
      const { writers } = await runChaos({ seed: testSeed(), disturbances: 12, batchesBetween: 30 });
      for (const { committed } of writers) expect(committed).toBeGreaterThan(0);
    }, 60_000);

    test('owners that lose their lease again and again count everything once', async () => {
      const server = await startRedisServer();
      const seed = testSeed();
      const stores = await Promise.all(
        ['one', 'two', 'three'].map(() => openRedisStore({ kind: 'redis', url: server.url })),
      );
      try {
        const all = await Promise.all(
          stores.map((store, index) =>
            writeAll(store, shard, { seed, batches: 150, owner: `owner-${index}`, ttlMs: 3 + 4 * index }),
          ),
        );
        const sum = (of: (counts: (typeof all)[number]) => number): number =>
          all.reduce((total, counts) => total + of(counts), 0);
        expect(sum(({ committed }) => committed)).toBe(150);
        expect(sum(({ fenced }) => fenced)).toBeGreaterThan(0);
        await expectTruth(stores[0]!, shard, seed, 150);
      } finally {
        for (const store of stores) await store.close();
        await server.stop();
      }
    }, 60_000);
  },
);
