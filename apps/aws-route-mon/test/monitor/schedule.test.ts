import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { watchConfig } from '../../src/config.js';
import type { Plan } from '../../src/decide/plan.js';
import { runDaemon } from '../../src/monitor/daemon.js';
import { createMonitor } from '../../src/monitor/monitor.js';
import { nextPollAtMs } from '../../src/monitor/schedule.js';
import { seededRandom } from '../../src/simulation/random.js';
import { SimulatedVpc, TABLE } from '../../src/simulation/simulated-api.js';
import { createVirtualTime } from '../../src/simulation/virtual-time.js';

const NOW = Date.UTC(2026, 0, 1);
const ids = Array.from({ length: 16 }, (_, index) => `eni-000000${(index + 16).toString(16)}`);

describe('the next poll', () => {
  const quiet: Plan = {
    takenAtMs: NOW,
    actions: [],
    decisions: [
      {
        tableId: TABLE,
        destination: { kind: 'ipv4', value: '0.0.0.0/0' },
        verdict: 'healthy',
        reason: '',
        target: { kind: 'interface', id: 'eni-0000ffff' },
        state: 'active',
        evidence: [],
        obstacles: [],
        untilMs: undefined,
      },
    ],
    isSuspicious: false,
    lookAgainAtMs: undefined,
    memory: { routes: {}, readySinceMs: undefined },
  };

  test('is never in the past, never later than an interval, and soon when something is suspicious', () => {
    fc.assert(
      fc.property(
        fc.record({
          isSuspicious: fc.boolean(),
          lookAgainAfterMs: fc.option(fc.integer({ min: -1_000, max: 600_000 })),
          peers: fc.integer({ min: 0, max: 15 }),
          afterMs: fc.integer({ min: 0, max: 100_000 }),
        }),
        ({ isSuspicious, lookAgainAfterMs, peers, afterMs }) => {
          const config = watchConfig({ interfaceId: ids[0]!, routeTables: [TABLE] });
          const nowMs = NOW + afterMs;
          const lookAgainAtMs = lookAgainAfterMs === null ? undefined : nowMs + lookAgainAfterMs;
          const others = ids
            .slice(1, peers + 1)
            .map((interfaceId) => ({ interfaceId, instanceId: undefined }));
          const next = nextPollAtMs({ ...quiet, isSuspicious, lookAgainAtMs }, others, config, 1_000, nowMs);
          expect(next).toBeGreaterThanOrEqual(nowMs);
          expect(next).toBeLessThanOrEqual(nowMs + (isSuspicious ? 1_000 : 5_334));
          if (lookAgainAtMs !== undefined) expect(next).toBeLessThanOrEqual(Math.max(nowMs, lookAgainAtMs));
        },
      ),
      propertyOptions(1_000),
    );
  });

  test('peers that know each other spread their quiet polls', () => {
    const polls = ids.map((interfaceId) => {
      const peers = ids
        .filter((id) => id !== interfaceId)
        .map((id) => ({ interfaceId: id, instanceId: undefined }));
      return nextPollAtMs(quiet, peers, watchConfig({ interfaceId, routeTables: [TABLE] }), 1_000, NOW);
    });
    const sorted = polls.sort((a, b) => a - b);
    const gaps = sorted.slice(1).map((at, index) => at - sorted[index]!);
    // Together they look each second, although none of them looks more often than every four.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000);
    expect(sorted.at(-1)! - sorted[0]!).toBeGreaterThanOrEqual(3_000);
  });

  test('a black hole that nobody may claim is not asked about each second for ever', async () => {
    const time = createVirtualTime(NOW);
    const random = seededRandom(1);
    const vpc = new SimulatedVpc(time, { latencyMs: 50, slowShare: 0, meanLagMs: 0, mostLagMs: 0 }, random, [
      ids[0]!,
    ]);
    vpc.fail();
    const stop = new AbortController();
    const monitor = createMonitor({
      api: vpc.api(ids[0]!),
      config: watchConfig({ interfaceId: ids[0]!, routeTables: [TABLE] }),
      clock: time.clock(0),
      random,
      probes: { own: () => Promise.resolve({ ok: false, detail: 'no way out' }) },
    });
    const done = runDaemon(monitor, {}, stop.signal);
    const polls = (): number => vpc.calls.get(`${ids[0]!} DescribeRouteTables`) ?? 0;
    await time.runUntil(NOW + 60_000);
    expect(polls()).toBeGreaterThan(40);
    const before = polls();
    await time.runUntil(NOW + 660_000);
    expect(polls() - before).toBeLessThanOrEqual(130);
    expect(vpc.writes).toEqual([]);
    stop.abort(new Error('over'));
    await time.runUntil(NOW + 700_000);
    await done;
  });
});
