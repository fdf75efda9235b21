import { afterEach, expect, test } from '@jest/globals';
import { propertyOptions, runProcess, suite, until } from '@net/testing';
import { buildIp, udp } from '@net/geneve';
import fc from 'fast-check';
import { Bed, ENI, exampleScript, geneve, NAMES, NOTHING_WRONG } from './bed.js';
import { hookScript, traceFile } from '../hooks/hook-scripts.js';
import { NETWORK } from './requirements.js';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PASS = exampleScript('create-passthrough.sh');
const isLong = process.env['NET_TEST_LONG'] === '1';

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

const inner = (port: number) =>
  buildIp({ source: '192.0.2.1', destination: '198.51.100.2', payload: udp(port, 2) });

suite('hostile packets', NETWORK, () => {
  test('any bytes of any length end nothing, make no interface and grow no memory', async () => {
    bed = new Bed();
    const handler = await bed.start('-c', PASS, '-p', '8080', '-j');
    const peer = await bed.peer();
    const good = geneve(inner(1));
    const before = residentMegabytes(handler.pid);
    const mutated = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
      .map(([at, byte, length]) => {
        const bytes = good.slice(0, length);
        // The endpoint id stays, so that only this one can be made.
        if (at < 12 || at >= 20) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
        peer.send(bytes);
      }),
      propertyOptions(isLong ? 20_000 : 3_000),
    );
    for (const length of [0, 1, 7, 8, 39, 40, 41, 9000, 60_000]) peer.send(randomBytes(length));
    peer.send(geneve(inner(4242), 4242));
    await until(
      'the last packet to come back',
      () => peer.returned.some(({ geneve: bytes }) => bytes[38] === 16 && bytes[39] === 146),
      25_000,
    );
    expect(bed.devices().filter((name) => name.startsWith('gw'))).toEqual([NAMES.ingress, NAMES.egress]);
    expect(residentMegabytes(handler.pid) - before).toBeLessThan(40);
    expect((await bed.report(8080)).healthy).toBe(true);
  });

  test('a flood of endpoint ids makes interfaces at the rate and number allowed, and others go on', async () => {
    bed = new Bed();
    await bed.start('-c', PASS, '-p', '8080', '-j', '--max-endpoints', '3', '--create-rate', '2');
    const peer = await bed.peer();
    peer.send(geneve(inner(1), 1));
    await peer.waitFor(1);
    for (let id = 1n; id <= 500n; id++) peer.send(geneve(inner(1), 1, id));
    for (let port = 1; port <= 50; port++) peer.send(geneve(inner(port), port));
    await until(
      'the good ones',
      () => peer.returned.filter(({ geneve: bytes }) => bytes[12] === 0x01).length >= 51,
    );
    const { drops, endpointsCreated } = await bed.report(8080);
    expect(endpointsCreated).toBeLessThanOrEqual(3);
    expect((drops['endpointRate'] ?? 0) + (drops['endpointLimit'] ?? 0)).toBeGreaterThan(400);
    expect(bed.devices().filter((name) => name.startsWith('gwi-')).length).toBeLessThanOrEqual(3);
  });

  test('only the endpoints and sources on the lists are served', async () => {
    bed = new Bed();
    const start = ['-c', PASS, '-p', '8080', '-j', '--endpoint', NAMES.hex16];
    const first = await bed.start(...start, '--allow-from', '10.9.0.0/24');
    const peer = await bed.peer();
    peer.send(geneve(inner(1), 1, 5n));
    peer.send(geneve(inner(1), 1, ENI));
    await peer.waitFor(1);
    expect((await bed.report(8080)).drops['endpointNotAllowed']).toBe(1);
    expect(bed.devices()).not.toContain('gwi-5');
    await first.stop();
    await bed.start(...start, '--allow-from', '10.8.0.0/16,192.0.2.0/24');
    peer.send(geneve(inner(1), 1, ENI));
    await until('the drop', async () => (await bed.report(8080)).drops['sourceNotAllowed'] === 1);
    expect(bed.devices()).not.toContain(NAMES.ingress);
  });
});

suite('trouble around it', NETWORK, () => {
  test.each([
    ['hangs', hookScript('[ "$GWLBTUN_ENI_HEX16" = 0000000000000002 ] && sleep 600', `exec ${PASS} "$@"`)],
    ['fails', hookScript('[ "$GWLBTUN_ENI_HEX16" = 0000000000000002 ] && exit 3', `exec ${PASS} "$@"`)],
  ])('a hook that %s costs its own endpoint only, and the metrics say so', async (what, hook) => {
    bed = new Bed();
    await bed.start('-c', hook.file, '-p', '8080', '-j', '--hook-timeout', '1s');
    const peer = await bed.peer();
    peer.send(geneve(inner(1), 1, 1n));
    peer.send(geneve(inner(1), 1, 2n));
    for (let port = 2; port <= 20; port++) peer.send(geneve(inner(port), port, 1n));
    await peer.waitFor(20);
    const outcome = what === 'hangs' ? 'timed_out' : 'failed';
    await until('the metric', async () =>
      (await bed.health(8080, '/metrics')).body.includes(
        `gwlbtun_hooks_total{event="CREATE",outcome="${outcome}"} 1`,
      ),
    );
  });

  test('a hook that is deleted while it runs', async () => {
    bed = new Bed();
    const trace = traceFile();
    const hook = hookScript(`echo ran >> ${trace}`, 'rm -- "$0"', `exec ${PASS} "$@"`);
    await bed.start('-c', hook.file, '-p', '8080', '-j');
    const peer = await bed.peer();
    peer.send(geneve(inner(1), 1, 1n));
    await peer.waitFor(1);
    peer.send(geneve(inner(1), 1, 2n));
    await until('the metric', async () =>
      (await bed.health(8080, '/metrics')).body.includes(
        'gwlbtun_hooks_total{event="CREATE",outcome="not_started"} 1',
      ),
    );
    peer.send(geneve(inner(2), 1, 1n));
    await peer.waitFor(2);
  });

  test.each(['ingress', 'egress'] as const)(
    'an %s interface removed from outside comes back with its hook, and other endpoints do not notice',
    async (side) => {
      bed = new Bed();
      const handler = await bed.start('-c', PASS, '-p', '8080', '-j');
      const peer = await bed.peer();
      peer.send(geneve(inner(1), 1, ENI));
      peer.send(geneve(inner(1), 2, 2n));
      await peer.waitFor(2);
      bed.appliance.ip(`link del ${NAMES[side]}`);
      for (let port = 1; port <= 20; port++) peer.send(geneve(inner(port), 2, 2n));
      await peer.waitFor(22);
      await handler.waitFor(/lost its interface/);
      await until('the endpoint to work again', () => {
        peer.send(geneve(inner(9), 99, ENI));
        return peer.returned.some(({ geneve: bytes }) => bytes[39] === 99);
      });
      expect((await bed.report(8080)).healthy).toBe(true);
    },
  );

  test('the network interface going down and up again', async () => {
    bed = new Bed();
    await bed.start('-c', PASS, '-p', '8080', '-j');
    const peer = await bed.peer();
    peer.send(geneve(inner(1), 1));
    await peer.waitFor(1);
    bed.appliance.ip('link set va down');
    for (let port = 1; port <= 50; port++) peer.send(geneve(inner(port), 1));
    bed.appliance.ip('link set va up');
    await until(
      'packets to come back',
      () => {
        peer.send(geneve(inner(7), 77));
        return peer.returned.some(({ geneve: bytes }) => bytes[39] === 77);
      },
      20_000,
    );
    const result = await runProcess('ip', [
      'netns',
      'exec',
      bed.appliance.name,
      'ip',
      '-br',
      'link',
      'show',
      NAMES.ingress,
    ]);
    expect(result.code).toBe(0);
  });

  test('the address changing under it', async () => {
    bed = new Bed();
    await bed.start('-c', PASS);
    const result = await bed.load('--count', '200', '--window', '8', '--hops', '0');
    expect(result).toMatchObject({ returned: 200, ...NOTHING_WRONG });
    bed.appliance.ip('addr del 10.9.0.2/24 dev va');
    bed.appliance.ip('addr add 10.9.0.2/24 dev va');
    expect(await bed.load('--count', '200', '--window', '8', '--hops', '0')).toMatchObject({
      returned: 200,
      ...NOTHING_WRONG,
    });
  });
});

suite('an event loop that does not turn', NETWORK, () => {
  const seconds = isLong ? 10 : 3;
  test(`for ${seconds} seconds loses no packet`, async () => {
    bed = new Bed();
    const program = bed.track(
      bed.appliance.wrap(process.execPath, new URL('blocked-loop.mjs', import.meta.url).pathname, PASS),
    );
    await program.waitFor(/started/);
    expect(
      await bed.load('--count', '100', '--window', '8', '--endpoints', '2', '--flows', '8', '--hops', '0'),
    ).toMatchObject({ returned: 100 });
    program.child.stdin?.write(`${seconds}\n`);
    await program.waitFor(/blocked/);
    const result = await bed.load(
      '--seconds',
      String(seconds - 1),
      '--rate',
      '20000',
      '--endpoints',
      '2',
      '--flows',
      '800',
      '--hops',
      '0',
      '--warm-up-seconds',
      '0',
      '--window',
      '400',
    );
    expect(program.output().stdout).not.toMatch(/free again/);
    expect(result).toMatchObject({ returned: result.sent, ...NOTHING_WRONG });
    expect(result.sent).toBeGreaterThan(1000);
    await program.waitFor(/free again/);
  });
});

suite('more flows than there is room for', NETWORK, () => {
  const flows = isLong ? 1_000_000 : 150_000;
  test(`${flows} new flows through a table of 16,384: memory keeps its bound, new packets come back`, async () => {
    bed = new Bed();
    const handler = await bed.start('-c', PASS, '-p', '8080', '-j', '--max-flows', '16384');
    await bed.load('--count', '1000', '--window', '64', '--flows', '100', '--hops', '0');
    const before = residentMegabytes(handler.pid);
    const result = await bed.load(
      ...['--count', String(flows), '--flows', String(flows), '--flows-per-host', '16', '--sizes', '100'],
      ...['--rate', '50000', '--batch', '8', '--hops', '0'],
    );
    const { flows: table, drops } = await bed.report(8080);
    // A full table forgets flows; a packet whose flow was forgotten on its way is counted, never misdirected.
    expect(result).toMatchObject({ ...NOTHING_WRONG, lost: expect.any(Number) });
    expect(result.lost).toBeLessThan(flows / 20);
    expect((drops['noFlow'] ?? 0) + (drops['flowTableFull'] ?? 0)).toBeLessThanOrEqual(result.lost);
    expect(table.size).toBeLessThanOrEqual(table.capacity);
    expect(table.evicted).toBeGreaterThan(flows - 3 * table.capacity);
    expect(residentMegabytes(handler.pid) - before).toBeLessThan(48);
  });
});
