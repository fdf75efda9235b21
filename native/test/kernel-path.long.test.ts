import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { type Cable, createCable, type Host, startHost } from './engine/appliance.js';

const needs = [
  'root',
  'netns',
  'tun',
  { command: 'cmake' },
  { command: 'g++' },
  { command: 'tc' },
  { command: 'ethtool', install: 'ethtool' },
] as const;

suite('the kernel path over time', [...needs], () => {
  let cable: Cable;
  let host: Host | undefined;
  beforeAll(async () => {
    cable = await createCable();
  }, 240_000);
  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });
  afterAll(() => cable.remove());

  test('flows that only the kernel sees are not forgotten, idle ones are', async () => {
    host = await startHost(cable, { datapath: 'ebpf', flowIdleSeconds: 20 });
    const load = (seconds: number): Promise<unknown> =>
      cable.load(`--seconds ${seconds} --rate 400 --flows 40 --sizes 128`);
    await load(26);
    const { flows, lanes } = await host.stats();
    expect(flows).toMatchObject({ size: 40, timedOut: 0 });
    expect(lanes.at(-1)!.counters.returnedPackets).toBeGreaterThan(9_000);
  }, 60_000);
});
