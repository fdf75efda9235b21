import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runProcess, suite, temporaryDirectory, until } from '@net/testing';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Cable,
  createCable,
  drops,
  type Host,
  routeHook,
  startHost,
  usesKernel,
} from './engine/appliance.js';

const everyKind = 'udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,sctp6,gre4,gre6,fragment4,fragment6';
const everything = `--count 12000 --window 128 --flows 400 --endpoints 4 --mix ${everyKind} --sizes 128,512,1400 --same-tuples --odd-headers --both-directions`;
const clean = { lost: 0, duplicated: 0, crossed: 0, innerWrong: 0, outerWrong: 0, foreign: 0, examples: [] };
const eni = (index: number): string => (0x0123456789ab0000n + BigInt(index)).toString(16).padStart(16, '0');

suite(
  'the user-space engine',
  [
    'root',
    'netns',
    'tun',
    { command: 'cmake' },
    { command: 'g++' },
    { command: 'tc' },
    { command: 'ethtool', install: 'ethtool' },
  ],
  () => {
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

    test.each<[string, object, string | undefined, string]>([
      ['as it comes', {}, undefined, ''],
      ['without offload', { offload: false }, undefined, ''],
      ['over the raw socket', { returnPath: 'raw' }, undefined, ''],
      ['with computed outer checksums', { outerChecksum: 'computed' }, undefined, ''],
      [
        'over the raw socket with computed outer checksums',
        { outerChecksum: 'computed', offload: false },
        undefined,
        '',
      ],
      ['with outer checksums always 0', { outerChecksum: 'zero' }, undefined, ''],
      [
        'on two lanes',
        {
          lanes: [
            { udp: true, tun: true },
            { udp: true, tun: true },
          ],
        },
        undefined,
        '',
      ],
      [
        'on lanes of one role each',
        {
          lanes: [
            { udp: true, tun: false },
            { udp: false, tun: true },
          ],
        },
        undefined,
        '',
      ],
      ['routed by the kernel', {}, routeHook, ' --hops 1'],
      ['without waiting for the hook', { pending: { policy: 'pass', packets: 256 } }, undefined, ''],
    ])(
      'returns every kind of packet with its own header: %s',
      async (_name, config, hook, more) => {
        host = await startHost(cable, config, hook);
        const first = await cable.load(`--count 64 --window 4 --flows 400 --endpoints 4${more}`);
        if (!('pending' in config)) expect(first.lost).toBe(0);
        // Packets that do not wait may be on their way while the programs are attached, which clsact does not spare.
        await until('every hook', async () => {
          const created = host!.events.filter(({ type }) => type === 'endpoint-created');
          return created.length === (await host!.stats()).endpoints.length;
        });
        expect(await cable.load(everything + more)).toMatchObject(clean);
        const bulk = await cable.load(
          `--count 8000 --window 256 --mix udp4,udp6,tcp4,tcp6 --sizes 1400 --flows 8 --burst 32${more}`,
        );
        expect(bulk).toMatchObject(clean);
        const offloaded =
          !('offload' in config) &&
          !('returnPath' in config) &&
          !('outerChecksum' in config && config.outerChecksum === 'zero');
        if (offloaded && !usesKernel()) expect(bulk.large).toBeGreaterThan(0);
        else if (!offloaded) expect(bulk.large).toBe(0);
        const stats = await host.stats();
        const counters = stats.endpoints[0]!.counters;
        expect(counters.returnedPackets).toBe(counters.gwoPacketsIn);
        if (!('pending' in config)) expect(counters.gwiPacketsOut).toBe(counters.gwoPacketsIn);
        expect(stats.lanes.every((lane) => lane.healthy)).toBe(true);
      },
      60_000,
    );

    test('a packet that returns through gwi is sent back too', async () => {
      const hook = join(temporaryDirectory('hook'), 'hook.sh');
      writeFileSync(
        hook,
        '#!/bin/sh\nset -e\ntc qdisc add dev "$2" clsact\ntc filter add dev "$2" ingress protocol all u32 match u32 0 0 action mirred egress redirect dev "$2"\n',
        { mode: 0o755 },
      );
      host = await startHost(
        cable,
        {
          lanes: [
            { udp: true, tun: true },
            { udp: true, tun: true },
          ],
        },
        hook,
      );
      expect(await cable.load('--count 4000 --window 64 --flows 100 --sizes 128')).toMatchObject(clean);
      expect((await host.stats()).endpoints[0]!.counters.gwiPacketsIn).toBeGreaterThanOrEqual(4000);
    });

    test('bytes that are no packet create nothing and stop nothing', async () => {
      host = await startHost(cable, {});
      const script = `
      const socket = require('node:dgram').createSocket('udp4');
      let left = 3000;
      const head = Buffer.from('0800080000000000010801020123456789ab000001080202fedcba9876543210010803015eedc0de', 'hex');
      const next = () => {
        if (left-- === 0) return socket.close();
        const bytes = require('node:crypto').randomBytes(left % 900);
        if (left % 3 === 0) head.copy(bytes, 0, 0, left % 32);
        socket.send(bytes, 6081, '10.9.0.2', next);
      };
      next();`;
      const { command, args } = cable.gwlb.wrap(process.execPath, '-e', script);
      expect((await runProcess(command, args)).code).toBe(0);
      await until('all are counted', async () => {
        const [lane] = (await host!.stats()).lanes;
        const dropped = Object.values(lane!.drops).reduce((sum, count) => sum + count, 0);
        return dropped + lane!.counters.udpKernelDrops >= 3000;
      });
      expect((await host.stats()).endpoints).toEqual([]);
      expect(await cable.load('--count 500 --window 16 --flows 10')).toMatchObject(clean);
    });

    test('endpoints are limited in number and by list, sources by CIDR', async () => {
      host = await startHost(cable, { maxEndpoints: 2 });
      expect(
        (await cable.load('--count 100 --window 10 --flows 10 --endpoints 5 --warm-up-seconds 0')).lost,
      ).toBeGreaterThan(0);
      let stats = await host.stats();
      expect(stats.endpoints).toHaveLength(2);
      expect(drops(stats, 'endpointLimit')).toBeGreaterThan(0);
      expect(host.events.some((event) => event.type === 'endpoint-refused' && event.reason === 'limit')).toBe(
        true,
      );
      await host.stop();

      host = await startHost(cable, { endpoints: [eni(1)] });
      await cable.load('--count 30 --window 10 --flows 30 --endpoints 3 --warm-up-seconds 0');
      stats = await host.stats();
      expect(stats.endpoints.map((endpoint) => endpoint.eniId)).toEqual([eni(1)]);
      expect(drops(stats, 'endpointNotAllowed')).toBeGreaterThan(0);
      await host.stop();

      host = await startHost(cable, { allowFrom: ['10.9.0.2/31', '192.0.2.0/24'] });
      await cable.load('--count 10 --window 10 --flows 1 --warm-up-seconds 0');
      stats = await host.stats();
      expect(stats.endpoints).toEqual([]);
      expect(drops(stats, 'sourceNotAllowed')).toBeGreaterThanOrEqual(10);
    }, 60_000);

    test('a removed endpoint leaves nothing behind, and one made again is as good as the first', async () => {
      host = await startHost(cable, {
        lanes: [
          { udp: true, tun: true },
          { udp: true, tun: true },
        ],
      });
      const descriptors = (): number => readdirSync(`/proc/${host!.pid}/fd`).length;
      const before = descriptors();
      for (let round = 0; round < 3; round++) {
        expect(await cable.load('--count 1000 --window 32 --flows 50 --sizes 128')).toMatchObject(clean);
        expect(descriptors()).toBeGreaterThan(before);
        expect(await host.ask(`remove ${eni(0)}`)).toBe(true);
        const removed = round + 1;
        await until('the interfaces are gone', () =>
          Promise.resolve(
            host!.events.filter((event) => event.type === 'endpoint-removed').length === removed,
          ),
        );
        expect(cable.appliance.ip('-o link')).not.toContain('gwi-');
        expect(descriptors()).toBe(before);
      }
      expect(await host.ask(`remove ${eni(0)}`)).toBe(false);
      await until('its flows are gone', async () => (await host!.stats()).flows.size === 0);
    }, 60_000);

    test('an interface removed from outside is reported, other endpoints go on', async () => {
      host = await startHost(cable, {});
      expect(await cable.load('--count 200 --window 16 --flows 20 --endpoints 2')).toMatchObject(clean);
      const name = (await host.stats()).endpoints.find((each) => String(each.eniId) === eni(0))!.gwi;
      cable.appliance.ip(`link del ${name}`);
      await until('the loss is reported', () =>
        Promise.resolve(host!.events.some((event) => event.type === 'tun-lost')),
      );
      const after = await cable.load('--count 200 --window 16 --flows 20 --endpoints 2 --warm-up-seconds 0');
      expect(after).toMatchObject({ crossed: 0, innerWrong: 0, outerWrong: 0, duplicated: 0 });
      expect(after.returned).toBeGreaterThan(0);
      const stats = await host.stats();
      expect(stats.endpoints.map((endpoint) => endpoint.state).sort()).toEqual(['lost', 'ready']);
      expect(drops(stats, 'tunLost')).toBeGreaterThan(0);
      await host.ask(`remove ${eni(0)}`);
      await until('it is gone', async () => (await host!.stats()).endpoints.length === 1);
      expect(await cable.load('--count 200 --window 16 --flows 20 --endpoints 2')).toMatchObject(clean);
    }, 60_000);

    test('a blocked event loop stops no packet', async () => {
      host = await startHost(cable, {});
      expect(await cable.load('--count 100 --window 8 --flows 10')).toMatchObject(clean);
      const blocked = host.ask('block 2000');
      expect(await cable.load('--count 5000 --window 64 --flows 10')).toMatchObject(clean);
      await blocked;
    });

    test('packets of an endpoint that is not ready wait within their bound', async () => {
      host = await startHost(cable, { pending: { policy: 'queue', packets: 20 } }, 'none');
      expect((await cable.load('--count 50 --window 50 --flows 10 --warm-up-seconds 0')).returned).toBe(0);
      const before = await host.stats();
      expect(before.lanes[0]!.counters.pendingQueued).toBe(20);
      expect(drops(before, 'pendingOverflow')).toBeGreaterThanOrEqual(30);
      await host.ask(`ready ${eni(0)}`);
      await until(
        'they are delivered',
        async () => (await host!.stats()).lanes[0]!.counters.pendingDelivered === 20,
      );
      expect((await host.stats()).endpoints[0]!.counters.gwiPacketsOut).toBe(20);
    });

    test('idle endpoints are reported once, and the kernel talking to itself is no traffic', async () => {
      host = await startHost(cable, { endpointIdleSeconds: 1 });
      await cable.load('--count 20 --window 4 --flows 2');
      await until('it is reported', () =>
        Promise.resolve(host!.events.some((event) => event.type === 'endpoint-idle')),
      );
      const stats = await host.stats();
      expect(drops(stats, 'routerSolicitation')).toBeGreaterThan(0);
      expect(host.events.filter((event) => event.type === 'endpoint-idle')).toHaveLength(1);
    });

    test('decap-only delivers and returns nothing; capture takes samples; flows expire on request', async () => {
      host = await startHost(cable, { flowIdleSeconds: 1 });
      await cable.load('--count 20 --window 4 --flows 2');
      await host.ask('decap on');
      expect((await cable.load('--count 20 --window 20 --flows 2 --warm-up-seconds 0')).returned).toBe(0);
      expect(drops(await host.stats(), 'decapOnly')).toBeGreaterThanOrEqual(20);
      await host.ask('decap off');
      const all = JSON.stringify({
        points: ['outer-in', 'inner-in', 'inner-out', 'outer-out'],
        sampleEvery: 10,
        snapBytes: 60,
      });
      await host.ask(`capture ${all}`);
      await cable.load('--count 100 --window 10 --flows 2 --warm-up-seconds 0');
      const records =
        await host.ask<{ point: string; length: number; data: string; eniId: string }[]>('read');
      for (const point of ['outer-in', 'inner-in', 'inner-out', 'outer-out']) {
        const mine = records.filter((record) => record.point === point);
        // Merged packets are seen as what they are: one large packet.
        expect(mine.length).toBeGreaterThanOrEqual(point === 'inner-out' ? 1 : 10);
        expect(mine.every((record) => record.data.length === 2 * Math.min(60, record.length))).toBe(true);
        expect(mine.every((record) => record.eniId === eni(0))).toBe(true);
      }
      await until('the flows are idle', async () => {
        await host!.ask('expire');
        return (await host!.stats()).flows.size === 0;
      });
      expect((await host.stats()).flows.timedOut).toBeGreaterThan(0);
    }, 60_000);

    test('what does not fit the device is answered with the size that does', async () => {
      host = await startHost(cable, {});
      await cable.load('--count 20 --window 4 --flows 2 --mix udp4,udp6 --sizes 200');
      // Returned packets leave through a second cable with a smaller MTU.
      cable.appliance.ip(`link add va2 mtu 1500 type veth peer name vg2 mtu 1500 netns ${cable.gwlb.name}`);
      try {
        cable.gwlb.ip('link set vg2 up');
        cable.appliance.ip('link set va2 up');
        cable.appliance.ip('route add 10.9.0.1/32 dev va2 src 10.9.0.2');
        await until('the new size is known', async () => {
          await cable.load('--count 4 --window 4 --flows 2 --mix udp4,udp6 --sizes 1450 --warm-up-seconds 0');
          return (await host!.stats()).lanes[0]!.counters.icmpTooBigSent > 0;
        });
        expect(drops(await host.stats(), 'tooBig')).toBeGreaterThan(0);
      } finally {
        cable.appliance.ip('link del va2');
      }
      expect(
        await cable.load('--count 200 --window 16 --flows 2 --mix udp4,udp6 --sizes 1400'),
      ).toMatchObject(clean);
    }, 60_000);

    test('a second instance is refused by name, unless both share the port', async () => {
      host = await startHost(cable, {});
      const second = await startHost(cable, {});
      expect(second.failed).toMatchObject({ failed: 'NET_NATIVE_PORT_IN_USE', errno: 'EADDRINUSE' });
      await second.stop();
      await host.stop();
      host = await startHost(cable, { sharePort: true });
      const third = await startHost(cable, { sharePort: true });
      expect(third.failed).toBeUndefined();
      await third.stop();
    });

    test('an address that is not here and a value out of range are named', async () => {
      host = await startHost(cable, { listenAddress: '192.0.2.77' });
      expect(host.failed).toMatchObject({ failed: 'NET_NATIVE_ADDRESS' });
      await host.stop();
      host = await startHost(cable, { mtu: 100 });
      expect(host.failed).toMatchObject({
        failed: 'NET_NATIVE_CONFIG',
        message: 'mtu: must be a whole number from 1280 to 65535, not 100',
      });
    });
  },
);
