import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { Bed, exampleScript, NOTHING_WRONG } from './bed.js';
import { NETWORK } from './requirements.js';

const small = ['--mix', 'udp4,udp6,tcp4', '--sizes', '128', '--hops', '1'];

suite('the kernel path of a handler', [...NETWORK, { command: 'ethtool' }], () => {
  let bed: Bed;
  beforeEach(() => {
    bed = new Bed();
    // A cable needs to be told that inner checksums are to be filled in.
    bed.appliance.exec('ethtool', '-K', 'va', 'tx', 'off');
  });
  afterEach(() => bed.remove());

  const start = (...args: string[]) =>
    bed.start('-c', exampleScript('create-route.sh'), '--datapath', 'ebpf', '-p', '8080', '-j', ...args);

  test('flows that give way in a small cache are told in health and metrics, and lose nothing', async () => {
    await start('--kernel-flows', '4096');
    for (let rounds = 0; rounds < 2; rounds++)
      expect(
        await bed.load('--count', '30000', '--flows', '30000', '--window', '128', ...small),
      ).toMatchObject(NOTHING_WRONG);
    const { flows } = JSON.parse((await bed.health(8080)).body) as {
      flows: { evicted: number; kernelCapacity: number; kernelEvicted: number };
    };
    expect(flows).toMatchObject({ evicted: 0, kernelCapacity: 4096 });
    expect(flows.kernelEvicted).toBeGreaterThan(10_000);
    const { body } = await bed.health(8080, '/metrics');
    expect(body).toContain(`gwlbtun_kernel_flows_evicted_total ${flows.kernelEvicted}\n`);
  });
});
