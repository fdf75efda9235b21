import { expect, test } from '@jest/globals';
import { suite, testSeed } from '@net/testing';
import { runChaos } from './chaos/run-chaos.js';

suite(
  'a redis-server to which many things happen',
  ['redis-server', { command: 'redis-check-aof', install: 'redis-tools' }],
  () => {
    test.each([0, 1, 2, 3, 4])('counts are those of the truth (%i)', async (round) => {
      const report = await runChaos({ seed: testSeed() + round, disturbances: 120, batchesBetween: 50 });
      process.stderr.write(`${JSON.stringify(report)}\n`);
      expect(Object.keys(report.things).length).toBeGreaterThan(5);
    });
  },
);
