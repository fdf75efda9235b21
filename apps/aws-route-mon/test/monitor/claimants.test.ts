import { describe, expect, test } from '@jest/globals';
import { until } from '@net/testing';
import type { Ec2RouteApi } from '../../src/ec2/ec2-route-api.js';
import { runDaemon } from '../../src/monitor/daemon.js';
import type { PeerSource } from '../../src/observe/peers.js';
import { REGION, createSandboxVpc } from './sandbox-vpc.js';

const CLAIMANTS = 6;
const FAILURES = 2;

describe('several monitors and one API', () => {
  test.concurrent.each<[string, PeerSource, number]>([
    ['known to each other by a tag', { kind: 'tag', key: 'role', value: 'nat' }, 2],
    ['that do not know each other', { kind: 'none' }, 3],
  ])('monitors %s end with one owner after each failure', async (_, peerSource, mostWrites) => {
    const vpc = await createSandboxVpc({ claimants: CLAIMANTS, tags: { role: 'nat' } });
    const ec2 = vpc.sandbox.ec2(undefined, REGION);
    // One of each's own: a signal warns when many listen to it.
    const stops = Array.from({ length: CLAIMANTS }, () => new AbortController());
    const stop = (): void => stops.forEach((one) => one.abort(new Error('over')));
    const apis: Ec2RouteApi[] = [];
    const passes = new Map<string, number>();
    const believed = new Map<string, string | undefined>();
    try {
      const running = await Promise.all(
        Array.from({ length: CLAIMANTS }, async (__, index) => {
          const interfaceId = vpc.id(`nat-${index + 1}/eni`);
          const api = await vpc.openApi();
          apis.push(api);
          const monitor = vpc.monitor(
            api,
            { interfaceId, intervalMs: 900, leastTurnMs: 150, jitter: { leastMs: 0, mostMs: 1_500 } },
            {
              peerSource,
              onEvent: (event) => {
                if (event.kind === 'pass') passes.set(interfaceId, (passes.get(interfaceId) ?? 0) + 1);
                if (event.kind === 'decision') believed.set(interfaceId, event.decision.target?.id);
              },
            },
          );
          return { done: runDaemon(monitor, { suspiciousMs: 250 }, stops[index]!.signal), interfaceId };
        }),
      );
      const everybodyLooked = async (): Promise<void> => {
        const before = new Map(passes);
        await until('two passes of everybody', () =>
          running.every(
            ({ interfaceId }) => (passes.get(interfaceId) ?? 0) >= (before.get(interfaceId) ?? 0) + 2,
          ),
        );
      };
      await everybodyLooked();
      expect(vpc.count('ReplaceRoute')).toBe(0);
      let owner = vpc.id('old');
      const dead = new Set<string>();
      for (let failure = 1; failure <= FAILURES; failure++) {
        dead.add(owner);
        ec2.stopInstances({ InstanceIds: [owner] });
        const healed = await until('a healthy owner', () => {
          const [eni, state] = vpc.route()?.split(' ') ?? [];
          return state === 'active' ? eni : undefined;
        });
        await everybodyLooked();
        const claimant = Array.from({ length: CLAIMANTS }, (__, index) => `nat-${index + 1}`).find(
          (name) => vpc.route() === `${vpc.id(`${name}/eni`)} active`,
        );
        expect({ healed, claimant }).toEqual({ healed, claimant: expect.any(String) as unknown });
        owner = vpc.id(claimant!);
        expect(dead.has(owner)).toBe(false);
        // Everybody sees the same owner, and only that one takes itself for it.
        expect(new Set(believed.values())).toEqual(new Set([vpc.id(`${claimant}/eni`)]));
      }
      expect(vpc.count('ReplaceRoute')).toBeGreaterThanOrEqual(FAILURES);
      expect(vpc.count('ReplaceRoute')).toBeLessThanOrEqual(FAILURES * mostWrites);
      stop();
      await Promise.all(running.map(({ done }) => done));
    } finally {
      stop();
      for (const api of apis) api.close();
      await vpc.close();
    }
  });
});
