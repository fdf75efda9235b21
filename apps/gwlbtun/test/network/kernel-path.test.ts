import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { decodeGeneve, decodePcap } from '@net/geneve';
import { suite, temporaryDirectory } from '@net/testing';
import { Bed, exampleScript, NOTHING_WRONG } from './bed.js';
import { NETWORK } from './requirements.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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

  test('--pcap has what the kernel carried, both ways, and the kernel goes on carrying it', async () => {
    const file = join(temporaryDirectory('kernel-capture'), 'trace.pcap');
    const handler = await start('--pcap', file, '--snap', '200', '--capture', 'outer');
    // Without TCP: what the threads merged of it leaves, and is captured, as one.
    const load = ['--flows', '50', '--window', '16', '--mix', 'udp4,udp6', '--sizes', '128', '--hops', '1'];
    for (let rounds = 0; rounds < 2; rounds++)
      expect(await bed.load('--count', '500', ...load)).toMatchObject(NOTHING_WRONG);
    const { body } = await bed.health(8080, '/metrics');
    const ofThreads = (name: string) =>
      [...body.matchAll(new RegExp(`^gwlbtun_${name}_total\\{.*\\} (\\d+)$`, 'gm'))].map(([, count]) =>
        Number(count),
      );
    const [received, returned] = [ofThreads('received_packets'), ofThreads('returned_packets')];
    const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    // The last thread is the kernel: it had all but the first packets of the flows.
    expect(returned.at(-1)).toBeGreaterThan(800);
    expect(sum(returned)).toBeGreaterThanOrEqual(1000);
    expect(body).toContain('gwlbtun_capture_dropped_total 0\n');
    await handler.stop();
    const decoded = decodePcap(readFileSync(file));
    if (!decoded.ok) throw new Error('not a capture file');
    const { records } = decoded.value;
    const from = (address: string) =>
      records.filter(({ data }) => data.subarray(12, 16).join('.') === address);
    expect(from('10.9.0.1')).toHaveLength(sum(received));
    expect(from('10.9.0.2')).toHaveLength(sum(returned));
    for (const { data, originalLength } of records) {
      expect(data.length).toBeLessThanOrEqual(228);
      expect(originalLength).toBeGreaterThan(68);
      expect(decodeGeneve(data.subarray(28)).ok).toBe(true);
    }
  });
});
