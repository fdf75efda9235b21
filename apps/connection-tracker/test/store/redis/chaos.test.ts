import { expect, test } from '@jest/globals';
import { suite, testSeed } from '@net/testing';
import { runChaos } from './chaos/run-chaos.js';

suite('a redis-server to which things happen', ['redis-server'], () => {
  test('counts, ids, checkpoints and evidence are those of the truth', async () => {
    const { writers } = await runChaos({ seed: testSeed(), disturbances: 12, batchesBetween: 30 });
    for (const { committed } of writers) expect(committed).toBeGreaterThan(0);
  }, 60_000);
});
