import { afterEach, expect, test } from '@jest/globals';
import { suite, until } from '@net/testing';
import { buildIp, udp } from '@net/geneve';
import { Bed, exampleScript, geneve, NAMES, NOTHING_WRONG } from './bed.js';
import { hookScript, traceFile } from '../hooks/hook-scripts.js';
import { NETWORK } from './requirements.js';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

const A = '192.0.2.1';
const B = '198.51.100.2';
const PASS = exampleScript('create-passthrough.sh');

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

suite('hooks that hold up the original', NETWORK, () => {
  test('a slow hook of one endpoint stops no packet of another', async () => {
    bed = new Bed();
    const gate = traceFile();
    const hook = hookScript(
      `[ "$GWLBTUN_ENI_HEX16" = 0000000000000002 ] && while [ ! -e ${gate} ]; do sleep 0.05; done`,
      `exec ${PASS} "$@"`,
    );
    await bed.start('-c', hook.file, '-p', '8080', '-j');
    const peer = await bed.peer();
    const inner = (port: number) => buildIp({ source: A, destination: B, payload: udp(port, 2) });
    peer.send(geneve(inner(1), 1, 1n));
    await peer.waitFor(1);
    for (let port = 1; port <= 10; port++) peer.send(geneve(inner(port), port, 2n));
    for (let port = 1; port <= 50; port++) peer.send(geneve(inner(port), port, 1n));
    // All of the first endpoint come back while the hook of the second still runs.
    await peer.waitFor(51);
    expect(peer.returned).toHaveLength(51);
    writeFileSync(gate, '');
    // What waited for the hook is delivered after it.
    await peer.waitFor(61);
  });
});

suite('the life of interfaces', NETWORK, () => {
  test('one-way traffic keeps a tunnel alive; router solicitations of the kernel do not', async () => {
    bed = new Bed();
    const trace = traceFile();
    const down = hookScript(`echo "$@" >> ${trace}`);
    await bed.start('-r', down.file, '-t', '3', '-p', '8080', '-j');
    const peer = await bed.peer();
    const inner = buildIp({ source: A, destination: B, payload: udp(1, 2) });
    // Nothing is configured to send these back.
    const end = Date.now() + 5_000;
    await until(
      'five seconds of one-way traffic',
      () => {
        peer.send(geneve(inner));
        return Date.now() > end;
      },
      10_000,
    );
    expect(existsSync(trace)).toBe(false);
    expect(bed.devices()).toContain(NAMES.ingress);
    // IPv6 is up on the interfaces, so the kernel solicits routers; the tunnel ends all the same.
    await until('the tunnel to end', () => !bed.devices().some((name) => name.startsWith('gw')), 20_000);
    expect(readFileSync(trace, 'utf8')).toBe(`DESTROY ${NAMES.ingress} ${NAMES.egress} ${NAMES.hex17}\n`);
  });

  test('a tunnel made again and again is as good as the first, and leaves no file open', async () => {
    bed = new Bed();
    const handler = await bed.start(
      '-c',
      PASS,
      '-t',
      '2',
      '-p',
      '8080',
      '-j',
      '--udpthreads',
      '2',
      '--tunthreads',
      '2',
    );
    const files = () =>
      readdirSync(`/proc/${handler.pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${handler.pid}/fd/${fd}`);
        } catch {
          return 'closed meanwhile';
        }
      });
    const counts: number[] = [];
    for (let round = 0; round < 3; round++) {
      const result = await bed.load('--count', '400', '--window', '32', '--flows', '20', '--hops', '0');
      expect(result).toMatchObject({ returned: 400, ...NOTHING_WRONG });
      await until('the tunnel to end', () => !bed.devices().includes(NAMES.ingress), 20_000);
      await until('its files to be closed', () => !files().includes('/dev/net/tun'));
      counts.push(files().length);
    }
    expect(new Set(counts).size).toBe(1);
  });

  test('packets return by gwi as well as by gwo', async () => {
    bed = new Bed();
    const hook = hookScript(
      '[ "$1" = CREATE ] || exit 0',
      'tc qdisc add dev "$2" clsact',
      'tc filter add dev "$2" ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev "$2"',
    );
    await bed.start('-c', hook.file, '-p', '8080', '-j', '--udpthreads', '2', '--tunthreads', '2');
    const result = await bed.load(
      '--count',
      '5000',
      '--window',
      '64',
      '--flows',
      '200',
      '--mix',
      'udp4,tcp6',
      '--hops',
      '0',
    );
    expect(result).toMatchObject({ returned: 5000, ...NOTHING_WRONG });
    const [eni] = (await bed.report(8080)).enis;
    expect(eni!.tunnelIn.threads.reduce((sum, { pktsIn }) => sum + pktsIn, 0)).toBeGreaterThanOrEqual(5000);
  });
});

suite('start and end', NETWORK, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s runs the DESTROY hooks, removes everything and ends with 0',
    async (signal) => {
      bed = new Bed();
      const trace = traceFile();
      const down = hookScript(`ip link show "$2" >/dev/null && echo "$1 while $2 is there" >> ${trace}`);
      const handler = await bed.start('-r', down.file);
      const peer = await bed.peer();
      for (const eni of [1n, 2n, 3n])
        peer.send(geneve(buildIp({ source: A, destination: B, payload: udp(1, 2) }), 1, eni));
      await until('three tunnels', () => handler.output().stderr.match(/New interface/g)?.length === 3);
      // ip netns exec replaces itself, so this is the handler.
      process.kill(handler.pid, signal);
      expect((await handler.ended).code).toBe(0);
      expect(readFileSync(trace, 'utf8').split('\n').sort()).toEqual([
        '',
        ...['gwi-1', 'gwi-2', 'gwi-3'].map((name) => `DESTROY while ${name} is there`),
      ]);
      expect(bed.devices().filter((name) => name.startsWith('gw'))).toEqual([]);
      expect(handler.output().stderr).toContain('Shutdown complete.');
    },
  );

  test('a health port in use is told and ends with 3', async () => {
    bed = new Bed();
    await bed.start('-p', '8080', '--share-port');
    const second = await bed.launch('-p', '8080', '--share-port').ended;
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('8080');
  });

  test('a second instance on the port is refused with 3, and the first one goes on', async () => {
    bed = new Bed();
    await bed.start('-c', PASS);
    const second = await bed.launch().ended;
    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(/6081/);
    const result = await bed.load('--count', '1000', '--window', '64', '--flows', '50', '--hops', '0');
    expect(result).toMatchObject({ returned: 1000, ...NOTHING_WRONG });
  });

  test('two instances that both say --share-port do share it', async () => {
    bed = new Bed();
    await bed.start('--share-port');
    await bed.start('--share-port');
    expect(bed.appliance.exec('cat', '/proc/net/udp').match(/:17C1 /g)!.length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ['CAP_NET_ADMIN', '-net_admin'],
    ['CAP_NET_RAW', '-net_raw'],
  ])('without %s it ends at the start with 3 and says so', async (capability, change) => {
    bed = new Bed();
    const wrapped = bed.appliance.wrap(
      'setpriv',
      `--bounding-set=${change}`,
      `--inh-caps=${change}`,
      process.execPath,
      new URL('../../bin/gwlbtun.js', import.meta.url).pathname,
    );
    const result = await bed.track(wrapped).ended;
    expect(result.code).toBe(3);
    expect(result.stderr).toContain(capability);
  });

  test('those two capabilities are enough, for the handler and a hook that routes', async () => {
    bed = new Bed();
    const handler = bed.track(
      bed.appliance.wrap(
        'setpriv',
        '--bounding-set=-all,+net_admin,+net_raw',
        '--inh-caps=-all',
        '--no-new-privs',
        process.execPath,
        new URL('../../bin/gwlbtun.js', import.meta.url).pathname,
        '-c',
        exampleScript('create-route.sh'),
      ),
    );
    await handler.waitFor(/gwlbtun \S+ started/);
    const result = await bed.load('--count', '1000', '--window', '64', '--flows', '50', '--hops', '1');
    expect(result).toMatchObject({ returned: 1000, ...NOTHING_WRONG });
  });

  test('an address that is not ours ends with 2', async () => {
    bed = new Bed();
    const result = await bed.launch('--listen', '203.0.113.77').ended;
    expect(result.code).toBe(2);
  });
});
