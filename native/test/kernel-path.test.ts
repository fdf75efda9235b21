import type { KernelProbe } from '../src/js/index.js';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { missingRequirements, runProcess, startProcess, suite, until } from '@net/testing';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type Cable, createCable, drops, type Host, routeHook, startHost } from './engine/appliance.js';
import { native } from './programs.js';

const needs = [
  'root',
  'netns',
  'tun',
  { command: 'cmake' },
  { command: 'g++' },
  { command: 'tc' },
  { command: 'ethtool', install: 'ethtool' },
  { command: 'prlimit', install: 'util-linux' },
] as const;
const clean = { lost: 0, duplicated: 0, crossed: 0, innerWrong: 0, outerWrong: 0, foreign: 0, examples: [] };
const modes = ['tcx', 'clsact', 'clsact-old-ipv6'] as const;
/** A captured packet as the host prints it: bytes in hex, numbers beyond a double in hex. */
interface CapturedPacket {
  readonly point: string;
  readonly length: number;
  readonly eniId: string;
  readonly timeNs: string;
  readonly data: string;
  readonly outer: object;
}
interface FlowVector {
  readonly name: string;
  readonly hex: string;
  readonly expect?: object;
}
/** What `exchange.mjs` prints of a round: places in the list. */
interface Exchanged {
  readonly right: readonly number[];
  readonly wrong: readonly number[];
  readonly lost: readonly number[];
}
const eni = '0123456789ab0000';
/** A whole IPv4 UDP packet with a right header checksum. */
function datagram(port: number, bytes: number): string {
  const packet = Buffer.alloc(bytes);
  packet.write('450000000000000040110000', 'hex');
  packet.write('0a400001c6120001', 12, 'hex');
  packet.writeUInt16BE(bytes, 2);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += packet.readUInt16BE(at);
  packet.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 10);
  packet.writeUInt16BE(port, 20);
  packet.writeUInt16BE(4660, 22);
  packet.writeUInt16BE(bytes - 20, 24);
  return packet.toString('hex');
}
/** An IPv4 UDP fragment; the eight bytes of the first one are its ports, those of the later one its data. */
function fragment(port: number, identification: number, offset: number): string {
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  const flags = offset === 0 ? 0x2000 : offset;
  return `4500001c${hex(identification)}${hex(flags)}401100000a400001c6120001${hex(port)}1234000c0000`;
}
const plain = (cookie: string) => `080008000000000001080102${eni}01080202aaaabbbbccccdddd01080301${cookie}`;

suite('the kernel path', [...needs], () => {
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

  const exchange = async (packets: readonly string[][], rounds: number): Promise<Exchanged[]> => {
    const { command, args } = cable.gwlb.wrap(
      process.execPath,
      `${native}test/engine/exchange.mjs`,
      String(rounds),
    );
    const result = await runProcess(command, args, { input: JSON.stringify(packets) });
    expect(result.stderr).toBe('');
    return JSON.parse(result.stdout) as Exchanged[];
  };
  const carried = async (): Promise<{ lanes: number; kernel: number }> => {
    const { lanes } = await host!.stats();
    const packets = lanes.map(({ counters }) => counters.returnedPackets);
    return { kernel: packets.pop()!, lanes: packets.reduce((a, b) => a + b, 0) };
  };

  test.each(modes)(
    'carries known flows alone and counts every packet once: %s',
    async (kernelAttach) => {
      host = await startHost(cable, { datapath: 'ebpf', kernelAttach });
      const kinds = 'udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,gre4,gre6,fragment4,fragment6';
      const load = `--window 64 --flows 600 --endpoints 4 --mix ${kinds} --sizes 128,1400 --both-directions`;
      expect(await cable.load(`--count 6000 ${load}`)).toMatchObject(clean);
      const before = await carried();
      const second = await cable.load(`--count 20000 ${load}`);
      expect(second).toMatchObject(clean);
      const after = await carried();
      expect(after.kernel - before.kernel).toBeGreaterThan(19_000);
      const { endpoints } = await host.stats();
      const sum = (name: 'gwiPacketsOut' | 'returnedPackets') =>
        endpoints.reduce((total, { counters }) => total + counters[name], 0);
      expect(sum('returnedPackets')).toBe(after.kernel + after.lanes);
      expect(sum('gwiPacketsOut')).toBe(sum('returnedPackets'));
    },
    60_000,
  );

  test.each(modes)(
    'a flow whose packets change between both paths has the header sent last: %s',
    async (kernelAttach) => {
      host = await startHost(cable, { datapath: 'ebpf', kernelAttach });
      const long = `0a000800000000000108010${`2${eni}`}01080202aaaabbbbccccdddd010803010000000301010501cafecafe`;
      const vni = plain('00000004').replace('0800080000000000', '0800080000000700');
      const headers = [plain('00000001'), plain('00000002'), long, vni];
      const { command, args } = cable.gwlb.wrap(
        process.execPath,
        `${native}test/engine/one-flow.mjs`,
        JSON.stringify(headers),
        '300',
      );
      const result = await runProcess(command, args);
      expect(result.stderr).toBe('');
      expect(JSON.parse(result.stdout)).toEqual({ right: 300, wrong: 0, lost: 0 });
      const { lanes, kernel } = await carried();
      expect(kernel).toBeGreaterThan(100);
      expect(lanes).toBeGreaterThan(50);
    },
    60_000,
  );

  test.each(modes)(
    'every packet of the shared vectors comes back with the header it came with, most by the kernel: %s',
    async (kernelAttach) => {
      host = await startHost(cable, { datapath: 'ebpf', kernelAttach });
      const vectors = (JSON.parse(readFileSync(`${native}vectors/flow.json`, 'utf8')) as FlowVector[]).filter(
        ({ expect: expected }) => expected !== undefined,
      );
      const withHeaders = (cookie: (index: number) => number) =>
        vectors.map(({ hex }, index) => {
          const header = plain(cookie(index).toString(16).padStart(8, '0'));
          return [hex.startsWith('6') ? header.replace('08000800', '080086dd') : header, hex];
        });
      // A header of its own for each, so that nothing is right by chance; then one for all.
      for (const packets of [withHeaders((index) => index), withHeaders(() => 7)])
        for (const { right, wrong, lost } of await exchange(packets, 2)) {
          expect({ wrong, lost }).toEqual({ wrong: [], lost: [] });
          expect(right).toHaveLength(vectors.length);
        }
      // All but what is cut off, padded or an ICMP error: those that the programs' parser takes (core/flow_key_test.cc).
      const before = await carried();
      await exchange(
        withHeaders(() => 7),
        1,
      );
      expect((await carried()).kernel - before.kernel).toBeGreaterThanOrEqual(72);
    },
    60_000,
  );

  test('a fragment goes back with the header that its datagram was received with last, by whichever path', async () => {
    host = await startHost(cable, { datapath: 'ebpf' });
    const [one, two, three] = [plain('00000001'), plain('00000002'), plain('00000003')];
    const foreign = `0a000800000000000108010${`2${eni}`}01080202aaaabbbbccccdddd010803010000000301010501cafecafe`;
    const fragments = (port: number, identification: number, first: string, later: string) => [
      [first, fragment(port, identification, 0)],
      [later, fragment(port, identification, 1)],
    ];
    const rounds = await exchange(
      [
        ...fragments(1000, 7, one, one),
        // The same identification, another flow; then fragments whose headers differ, and headers that only the lanes have.
        ...fragments(2000, 7, two, two),
        ...fragments(1000, 7, one, one),
        ...fragments(1000, 8, one, three),
        ...fragments(1000, 9, foreign, foreign),
        ...fragments(1000, 9, one, one),
        ...fragments(2000, 9, two, foreign),
        // The later one first.
        ...fragments(2000, 10, two, two).reverse(),
        ...fragments(2000, 11, two, two),
      ],
      5,
    );
    for (const { right, wrong, lost } of rounds)
      expect({ right: right.length, wrong, lost }).toEqual({ right: 18, wrong: [], lost: [] });
    expect((await carried()).kernel).toBeGreaterThan(20);
  }, 60_000);

  test('fragments that are made on the appliance find the header of their flow in the kernel', async () => {
    host = await startHost(cable, { datapath: 'ebpf' }, routeHook);
    const ports = Array.from({ length: 20 }, (_, index) => 1000 + index);
    const packets = (bytes: number) => ports.map((port) => [plain('00000005'), datagram(port, bytes)]);
    // The stack takes one from the TTL: what comes back is not what was sent, but there.
    const [small] = await exchange(packets(128), 1);
    expect(small).toMatchObject({ lost: [] });
    cable.appliance.ip(`link set ${(await host.stats()).endpoints[0]!.gwo} mtu 1000`);
    const before = await carried();
    await exchange(packets(1400), 10);
    const after = await carried();
    // Two for each packet, all of them in the kernel.
    expect(after.kernel - before.kernel).toBe(400);
    expect(after.lanes).toBe(before.lanes);
    const stats = await host.stats();
    expect(drops(stats, 'fragmentUnmatched') + drops(stats, 'noFlow')).toBe(0);
  }, 60_000);

  test('a cache much smaller than the flows costs time, never a header', async () => {
    host = await startHost(cable, { datapath: 'ebpf', maxFlows: 4096 }, routeHook);
    const load = '--window 128 --mix udp4,udp6,tcp4 --sizes 128 --hops 1';
    await cable.load(`--count 2000 --flows 500 ${load}`);
    const result = await cable.load(`--count 60000 --flows 30000 ${load}`);
    // The user-space engine's own table is as small: what it forgot on its way is lost and counted.
    expect(result).toMatchObject({ ...clean, lost: expect.any(Number) });
    expect(result.lost).toBeLessThan(600);
    expect((await host.stats()).flows.evicted).toBeGreaterThan(20_000);
  }, 60_000);

  test('flows that gave way in the cache while they lived are counted, and none has a wrong header', async () => {
    // More flows than the kernel's share of the table, all of them in the engine's own.
    host = await startHost(cable, { datapath: 'ebpf', maxFlows: 400_000 }, routeHook);
    const { flows } = await host.stats();
    expect(flows).toMatchObject({ kernelCapacity: 262_144, kernelEvicted: 0 });
    const load = '--window 128 --mix udp4 --sizes 128 --flows 290000';
    for (let rounds = 0; rounds < 2; rounds++)
      expect(await cable.load(`--count 290000 ${load}`)).toMatchObject(clean);
    const after = (await host.stats()).flows;
    expect(after.kernelEvicted).toBeGreaterThan(10_000);
    expect(after.evicted).toBeLessThan(1_000);
  }, 90_000);

  test('a cache of 4,096 under 30,000 flows that the engine knows: evictions are counted, nothing is lost', async () => {
    host = await startHost(cable, { datapath: 'ebpf', kernelFlows: 4096 }, routeHook);
    expect((await host.stats()).flows).toMatchObject({ kernelCapacity: 4096, kernelEvicted: 0 });
    const load = '--window 128 --mix udp4,udp6,tcp4 --sizes 128 --flows 30000';
    expect(await cable.load(`--count 30000 ${load}`)).toMatchObject(clean);
    // Each flow was new: its first packet is no eviction.
    expect((await host.stats()).flows.kernelEvicted).toBeLessThan(3_000);
    expect(await cable.load(`--count 60000 ${load}`)).toMatchObject(clean);
    const { flows } = await host.stats();
    expect(flows).toMatchObject({ size: 30_000, evicted: 0 });
    expect(flows.kernelEvicted).toBeGreaterThan(20_000);
  }, 60_000);

  test('the verifier is far from its limit', async () => {
    host = await startHost(cable, { datapath: 'ebpf' });
    const { programs } = await host.stats();
    expect(programs.map(({ name }) => name)).toEqual(['receive', 'send']);
    const probe = await host.ask<KernelProbe>('probe');
    expect(probe.reason).toBe('');
    expect(probe.programs).toMatchObject(programs.map(({ name, verified }) => ({ name, verified })));
    for (const { instructions, compiledBytes, verified } of programs) {
      expect(compiledBytes).toBeGreaterThan(0);
      expect(instructions).toBeLessThan(2_000);
      expect(verified).toBeGreaterThan(100);
      expect(verified).toBeLessThan(100_000);
    }
  });

  const capture = (config: object): Promise<boolean> => host!.ask(`capture ${JSON.stringify(config)}`);
  /** The generator sends one packet before it counts. */
  const captured = (packets: number): number => packets + 1;
  const everyPoint = ['outer-in', 'inner-in', 'inner-out', 'outer-out'];

  test('what the kernel carries is captured there, at all points, and goes on in the kernel', async () => {
    host = await startHost(cable, { datapath: 'ebpf' });
    const load = '--window 32 --flows 20 --mix udp4,udp6,tcp4 --sizes 128,1400';
    await cable.load(`--count 400 ${load}`);
    const before = await carried();
    await capture({ points: everyPoint, sampleEvery: 1, snapBytes: 200 });
    expect(await cable.load(`--count 300 ${load}`)).toMatchObject(clean);
    expect((await carried()).kernel).toBeGreaterThanOrEqual(before.kernel + 300);
    const records = await host.ask<CapturedPacket[]>('read');
    const at = (point: string) => records.filter((record) => record.point === point);
    for (const point of everyPoint) expect(at(point)).toHaveLength(captured(300));
    for (const [index, inner] of at('inner-in').entries()) {
      const outer = at('outer-in')[index]!;
      expect([128, 1400]).toContain(inner.length);
      expect(inner.data).toHaveLength(2 * Math.min(inner.length, 200));
      expect(outer).toMatchObject({ length: inner.length + 40, eniId: inner.eniId, timeNs: inner.timeNs });
      expect(outer.data).toHaveLength(2 * Math.min(outer.length, 200));
      expect(outer.data.slice(80)).toBe(inner.data.slice(0, outer.data.length - 80));
      expect(outer.outer).toMatchObject({
        source: '10.9.0.1',
        destination: '10.9.0.2',
        destinationPort: 6081,
      });
    }
    // One arm below the stack: what goes out is what came in, with its own header again.
    const bytes = (point: string) =>
      at(point)
        .map(({ data }) => data)
        .sort();
    expect(bytes('inner-out')).toEqual(bytes('inner-in'));
    expect(bytes('outer-out')).toEqual(bytes('outer-in'));
    expect(at('outer-out')[0]!.outer).toMatchObject({ source: '10.9.0.2', destination: '10.9.0.1' });
    const ageMs = Date.now() - Number(BigInt(`0x${records[0]!.timeNs}`)) / 1e6;
    expect(Math.abs(ageMs)).toBeLessThan(60_000);

    await capture({ points: [], sampleEvery: 1, snapBytes: 64 });
    await cable.load(`--count 300 ${load}`);
    expect(await host.ask('read')).toEqual([]);
  }, 60_000);

  test('one packet of N is captured, a full ring loses copies and counts them, never packets', async () => {
    host = await startHost(cable, { datapath: 'ebpf', captureRingBytes: 131_072 });
    const load = '--window 32 --flows 20 --sizes 1400';
    await cable.load(`--count 400 ${load}`);
    await capture({ points: ['inner-in'], sampleEvery: 10, snapBytes: 64 });
    expect(await cable.load(`--count 1000 ${load}`)).toMatchObject(clean);
    const sampled = (await host.ask<unknown[]>('read')).length;
    // One of ten on each core.
    expect(sampled).toBeGreaterThanOrEqual(100);
    expect(sampled).toBeLessThan(100 + cpus().length + 1);
    expect((await host.stats()).captureDropped).toBe(0);

    await capture({ points: ['inner-in', 'outer-out'], sampleEvery: 1, snapBytes: 1500 });
    expect(await cable.load(`--count 1000 ${load}`)).toMatchObject(clean);
    const { captureDropped } = await host.stats();
    const kept = (await host.ask<unknown[]>('read')).length;
    expect(kept).toBeGreaterThan(30);
    // Of each packet one copy on its way in and one on its way out.
    expect(kept + captureDropped).toBe(2 * captured(1000));
  }, 60_000);

  test('without a ring the captured packets take the long way, and this is said', async () => {
    host = await startHost(cable, { datapath: 'ebpf' });
    const load = '--window 32 --flows 20 --sizes 128';
    await cable.load(`--count 400 ${load}`);
    const before = await carried();
    // No further descriptor for this process: the kernel refuses the ring.
    await runProcess('prlimit', ['--pid', String(host.pid), '--nofile=3:4096']);
    await capture({ points: ['inner-in'], sampleEvery: 1, snapBytes: 64 });
    await cable.load(`--count 300 ${load}`);
    expect((await carried()).kernel).toBe(before.kernel);
    expect((await host.ask<unknown[]>('read')).length).toBe(captured(300));
    await until('the message', () =>
      host!.events.some(
        (event) => event.type === 'log' && event.message.includes('take the long way: no ring buffer'),
      ),
    );
    await runProcess('prlimit', ['--pid', String(host.pid), '--nofile=4096:4096']);
    await capture({ points: ['inner-in'], sampleEvery: 1, snapBytes: 64 });
    await cable.load(`--count 300 ${load}`);
    expect((await carried()).kernel).toBeGreaterThanOrEqual(before.kernel + 300);
    expect((await host.ask<unknown[]>('read')).length).toBe(captured(300));
  }, 60_000);
});

suite('without the right to load programs', [...needs, { command: 'setpriv', install: 'util-linux' }], () => {
  test('auto says why it does without, ebpf says what is needed', async () => {
    const cable = await createCable();
    try {
      const start = (datapath: string) => {
        const limited = ['setpriv', '--bounding-set', '-sys_admin,-bpf,-perfmon', process.execPath];
        const config = JSON.stringify({ lanes: [{ udp: true, tun: true }], datapath });
        const { command, args } = cable.appliance.wrap(
          limited[0]!,
          ...limited.slice(1),
          `${native}test/engine/host.mjs`,
          config,
          '',
        );
        return startProcess(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
      };
      const auto = start('auto');
      await auto.waitFor(/kernel path not used: bpf map: Operation not permitted/);
      await auto.stop();
      const forced = await start('ebpf').ended;
      expect(forced.stdout).toContain('NET_NATIVE_PRIVILEGE');
      expect(forced.code).toBe(3);
    } finally {
      cable.remove();
    }
  }, 60_000);
});

// A compiler that only this needs is not asked of every machine: where it is missing, the reason stands in the title.
const [missing] = missingRequirements([{ command: 'clang', install: 'clang' }]);
const comparison = missing === undefined ? test : test.skip;

comparison(
  `the committed programs are what their source compiles to${missing === undefined ? '' : ` [skipped: ${missing}]`}`,
  async () => {
    const { code, stdout } = await runProcess(process.execPath, [`${native}scripts/bpf.mjs`, '--check']);
    // 2: made by another clang, which cannot be compared.
    expect([0, 2]).toContain(code);
    if (code === 2) expect(stdout).toMatch(/made by clang/);
  },
);
