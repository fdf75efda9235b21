import { expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { embeddedPlace, redisPlace } from './places.js';
import { runScenario } from './scenario.js';

suite('chaos, in short', ['redis-server'], () => {
  test('a single Redis, three replicas: every count is the truth, in the right day', async () => {
    const place = await redisPlace();
    try {
      const { found, wanted, kills, mishaps, struck } = await runScenario({
        place,
        replicas: 3,
        steps: 9,
        seed: 3,
      });
      expect(found).toEqual(wanted);
      expect(new Set(Object.keys(wanted).map((key) => key.split(' ')[1])).size).toBe(2);
      expect(kills).toBeGreaterThan(0);
      expect(mishaps).toBeGreaterThan(0);
      expect(struck).toBeGreaterThan(0);
    } finally {
      await place.close();
    }
  }, 180_000);
});

test('the embedded store, one process that is killed again and again', async () => {
  const place = embeddedPlace();
  const { found, wanted, kills } = await runScenario({ place, replicas: 1, steps: 4, seed: 5, more: 0 });
  expect(found).toEqual(wanted);
  expect(kills).toBe(4);
}, 180_000);
