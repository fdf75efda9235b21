import { describe, expect, test } from '@jest/globals';
import { simulateRace } from '../../src/simulation/race.js';
import { createVirtualTime } from '../../src/simulation/virtual-time.js';

describe('simulated races', () => {
  test('16 claimants end with one owner, soon, and with few writes', async () => {
    const results = [];
    for (let seed = 1; seed <= 40; seed++) results.push(await simulateRace({ seed }));
    expect(results.every(({ isHealed, believers }) => isHealed && believers === 1)).toBe(true);
    const times = results.map(({ healedAfterMs }) => healedAfterMs ?? Infinity).sort((a, b) => a - b);
    // The time is virtual and the seeds are fixed: these do not depend on the machine.
    expect(times[20]).toBeLessThan(2_000);
    expect(times.at(-1)).toBeLessThan(5_000);
    const calls = results.reduce((sum, { replaceCalls }) => sum + replaceCalls, 0) / results.length;
    expect(calls).toBeLessThanOrEqual(1.1);
  });

  test('claimants that do not know each other end with one owner, too', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(await simulateRace({ seed, knowsPeers: false, claimants: 8 })).toMatchObject({
        isHealed: true,
        believers: 1,
      });
    }
  });

  test('the same seed gives the same race', async () => {
    expect(await simulateRace({ seed: 7, claimants: 4 })).toEqual(
      await simulateRace({ seed: 7, claimants: 4 }),
    );
  });

  test('sleepers wake in the order of their times, and an aborted one rejects', async () => {
    const time = createVirtualTime(0);
    const woken: number[] = [];
    const stop = new AbortController();
    const sleeps = [30, 10, 20].map(async (ms) => {
      await time.sleep(ms);
      woken.push(time.nowMs);
    });
    const aborted = time.sleep(15, stop.signal);
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await time.runUntil(25);
    expect([woken, time.nowMs]).toEqual([[10, 20], 25]);
    await time.runUntil(100);
    await Promise.all(sleeps);
    expect(woken).toEqual([10, 20, 30]);
  });
});
