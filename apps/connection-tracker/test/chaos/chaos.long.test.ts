import { expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { clusterPlace, embeddedPlace, redisPlace } from './places.js';
import { runScenario } from './scenario.js';

const shape = { steps: 24, more: 4, connections: 300 };

suite('chaos, at length', ['redis-server'], () => {
  test.each([1, 2, 5, 8])(
    'a single Redis, %i replicas',
    async (replicas) => {
      const place = await redisPlace();
      try {
        const { found, wanted } = await runScenario({ ...shape, place, replicas, seed: 100 + replicas });
        expect(found).toEqual(wanted);
      } finally {
        await place.close();
      }
    },
    900_000,
  );

  test.each([1, 3])(
    'a Redis Cluster of three nodes, %i replicas',
    async (replicas) => {
      const place = await clusterPlace();
      try {
        const { found, wanted } = await runScenario({ ...shape, place, replicas, seed: 200 + replicas });
        expect(found).toEqual(wanted);
      } finally {
        await place.close();
      }
    },
    900_000,
  );
});

test.each([1, 2])(
  'the embedded store, %i processes',
  async (replicas) => {
    const place = embeddedPlace();
    const { found, wanted } = await runScenario({ ...shape, place, replicas, seed: 300 + replicas });
    expect(found).toEqual(wanted);
  },
  900_000,
);
