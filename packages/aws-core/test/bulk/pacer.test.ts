import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { propertyOptions } from '@net/testing';

import { type Clock, createPacer, runPaced } from '../../src/index.js';
import { discreteClock } from '../discrete-clock.js';

const throttled = (): Error =>
  Object.assign(new Error('Request limit exceeded.'), { name: 'RequestLimitExceeded' });

/** AWS's side: a bucket that refills continuously; a refused call takes nothing. */
function bucket(clock: Clock, capacity: number, perSecond: number): { take(): boolean } {
  let tokens = capacity;
  let atMs = clock.now();
  return {
    take: () => {
      tokens = Math.min(capacity, tokens + ((clock.now() - atMs) * perSecond) / 1000);
      atMs = clock.now();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function simulate(setup: {
  calls: number;
  capacity: number;
  perSecond: number;
  latencyMs: number;
  seed: number;
}): Promise<{ ratio: number; wasted: number; done: number }> {
  const clock = discreteClock();
  const aws = bucket(clock, setup.capacity, setup.perSecond);
  const pacer = createPacer({ clock, random: seeded(setup.seed), totalMs: 1e9 });
  const outcomes = await runPaced(
    Array.from({ length: setup.calls }, (_, index) => index),
    pacer,
    async () => {
      await clock.sleep(setup.latencyMs);
      if (!aws.take()) throw throttled();
    },
  );
  const idealMs = (Math.max(0, setup.calls - setup.capacity) / setup.perSecond) * 1000;
  return {
    ratio: clock.now() / idealMs,
    wasted: pacer.counts.throttled / setup.calls,
    done: outcomes.filter((outcome) => outcome.status === 'done').length,
  };
}

describe('a pacer', () => {
  test.each([
    [50, 5],
    [100, 20],
    [50, 1],
    [200, 40],
  ])(
    'with a bucket of %i and %i a second needs at most 1.1 times what the bucket allows',
    async (capacity, perSecond) => {
      for (const seed of [1, 2, 3]) {
        const calls = capacity + perSecond * 120;
        const result = await simulate({ calls, capacity, perSecond, latencyMs: 80, seed });
        expect(result.done).toBe(calls);
        expect(result.ratio).toBeLessThan(1.1);
        expect(result.wasted).toBeLessThan(0.6);
      }
    },
  );

  test('follows a bucket that becomes larger and smaller', async () => {
    const clock = discreteClock();
    let aws = bucket(clock, 5, 5);
    const pacer = createPacer({ clock, random: seeded(7), concurrency: 16, totalMs: 1e9 });
    const call = async (): Promise<void> => {
      await clock.sleep(50);
      if (!aws.take()) throw throttled();
    };
    const items = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
    await runPaced(items(300), pacer, call, { concurrency: 16 });
    expect(pacer.perSecond).toBeGreaterThan(4.5);
    expect(pacer.perSecond).toBeLessThan(8);
    aws = bucket(clock, 5, 50);
    await runPaced(items(3000), pacer, call, { concurrency: 16 });
    expect(pacer.perSecond).toBeGreaterThan(40);
    aws = bucket(clock, 1, 2);
    await runPaced(items(200), pacer, call, { concurrency: 16 });
    expect(pacer.perSecond).toBeLessThan(5);
  });

  test('never has more calls in flight than allowed, and gives every result to its caller', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }),
        async (concurrency, latencies) => {
          const clock = discreteClock();
          const pacer = createPacer({ clock, concurrency, random: () => 0.5 });
          let inFlight = 0;
          let most = 0;
          const outcomes = await runPaced(
            latencies,
            pacer,
            async (latencyMs) => {
              most = Math.max(most, ++inFlight);
              await clock.sleep(latencyMs);
              inFlight -= 1;
              return latencyMs * 2;
            },
            { concurrency: 20 },
          );
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(outcomes.map((outcome) => (outcome.status === 'done' ? outcome.result : -1))).toEqual(
            latencies.map((latencyMs) => latencyMs * 2),
          );
        },
      ),
      propertyOptions(60),
    );
  });

  test('passes on other errors at once, and throttling when its time is over', async () => {
    const clock = discreteClock();
    const pacer = createPacer({ clock, totalMs: 10_000, random: () => 0.5 });
    await expect(pacer.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(pacer.run(() => Promise.reject(throttled()))).rejects.toThrow('Request limit exceeded.');
    expect(clock.now()).toBeGreaterThanOrEqual(10_000);
    expect(pacer.counts.throttled).toBeLessThan(100);
  });

  test('an abort lets what is in flight end and begins nothing', async () => {
    const clock = discreteClock();
    const pacer = createPacer({ clock, concurrency: 2 });
    const controller = new AbortController();
    const done: number[] = [];
    const outcomes = await runPaced(
      [1, 2, 3, 4, 5, 6],
      pacer,
      async (item) => {
        await clock.sleep(10);
        done.push(item);
        if (item === 2) controller.abort(new Error('stop'));
        return item;
      },
      { signal: controller.signal },
    );
    expect(outcomes.filter((outcome) => outcome.status === 'done').map((outcome) => outcome.item)).toEqual(
      done.sort(),
    );
    expect(outcomes.at(-1)?.status).toBe('not-started');
    expect(outcomes.some((outcome) => outcome.status === 'failed')).toBe(false);
  });

  test('a fatal failure stops the rest', async () => {
    const pacer = createPacer({ concurrency: 1 });
    const outcomes = await runPaced(
      [1, 2, 3],
      pacer,
      (item) => (item === 2 ? Promise.reject(new Error('denied')) : Promise.resolve(item)),
      { concurrency: 1, isFatal: () => true },
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['done', 'failed', 'not-started']);
  });
});
