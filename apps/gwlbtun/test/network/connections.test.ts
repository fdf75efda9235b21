import { afterEach, expect, test } from '@jest/globals';
import { createNamespace, type Namespace, runProcess, suite, testSeed } from '@net/testing';
import { APPLIANCE_ADDRESS, Bed, exampleScript, GWLB_ADDRESS, loadTool } from './bed.js';
import { NETWORK } from './requirements.js';
import { execFileSync } from 'node:child_process';

let bed: Bed;
const others: Namespace[] = [];
afterEach(async () => {
  await bed.remove();
  for (const namespace of others.splice(0)) namespace.remove();
});

const CLIENT = { 4: '10.64.0.7', 6: '2001:db8:c::7' };
const SERVER = { 4: '198.51.100.2', 6: '2001:db8:5::2' };

/** A client and a server whose packets all pass through the appliance, by a load balancer between them. */
async function connect(mtu: number, options: { trouble?: readonly string[]; args?: readonly string[] } = {}) {
  bed = new Bed();
  const sides = [
    ['vc', CLIENT, ['10.64.0.1', '2001:db8:c::1']],
    ['vs', SERVER, ['198.51.100.1', '2001:db8:5::1']],
  ] as const;
  const [client, server] = sides.map(([device, own, gateways]) => {
    const namespace = createNamespace(device);
    others.push(namespace);
    bed.gwlb.ip(
      `link add ${device} mtu ${mtu} type veth peer name ${device}0 mtu ${mtu} netns ${namespace.name}`,
    );
    for (const [version, length] of [
      [4, 24],
      [6, 64],
    ] as const) {
      const gateway = gateways[version === 4 ? 0 : 1];
      bed.gwlb.ip(`addr add ${gateway}/${length} dev ${device} ${version === 6 ? 'nodad' : ''}`);
      namespace.ip(`addr add ${own[version]}/${length} dev ${device}0 ${version === 6 ? 'nodad' : ''}`);
    }
    bed.gwlb.ip(`link set ${device} up`);
    namespace.ip(`link set ${device}0 up`);
    namespace.ip(`route add default via ${gateways[0]}`);
    namespace.ip(`-6 route add default via ${gateways[1]}`);
    return namespace;
  }) as [Namespace, Namespace];
  bed.gwlb.exec(
    'sysctl',
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
  );
  const gateway = bed.track(
    bed.gwlb.wrap(
      loadTool('gateway_tun'),
      '--from',
      GWLB_ADDRESS,
      '--to',
      APPLIANCE_ADDRESS,
      '--mtu',
      String(mtu),
      ...(options.trouble ?? []),
    ),
  );
  await gateway.waitFor(/ready/);
  bed.gwlb.exec('sysctl', '-qw', 'net.ipv4.conf.gw0.rp_filter=0');
  for (const family of ['-4', '-6']) {
    bed.gwlb.ip(`${family} route add default dev gw0 table 77`);
    for (const [device] of sides) bed.gwlb.ip(`${family} rule add iif ${device} lookup 77 priority 77`);
  }
  const handler = await bed.start(
    '-c',
    exampleScript('create-route.sh'),
    '-p',
    '8080',
    '-j',
    ...(options.args ?? []),
  );
  return { client, server, gateway, handler };
}

/** Sends random bytes from client to server over TCP and gives both ends' digests. */
async function transfer(
  client: Namespace,
  server: Namespace,
  version: 4 | 6,
  bytes: number,
): Promise<[string, string]> {
  const receive = `
    const hash = require('node:crypto').createHash('sha256');
    const server = require('node:net').createServer((socket) => {
      socket.on('data', (chunk) => hash.update(chunk)).on('end', () => { socket.end(); console.log(hash.digest('hex')); server.close(); });
    }).listen(7000, '::', () => console.log('up'));`;
  const send = `
    const { createHash, randomBytes } = require('node:crypto');
    const hash = createHash('sha256');
    const socket = require('node:net').connect(7000, '${SERVER[version]}', async () => {
      for (let left = ${bytes}; left > 0; ) {
        const chunk = randomBytes(Math.min(left, 1 << 16));
        left -= chunk.length;
        hash.update(chunk);
        if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
      }
      socket.end();
    });
    socket.on('end', () => undefined).resume().on('close', () => console.log(hash.digest('hex')));`;
  const receiver = bed.track(server.wrap(process.execPath, '-e', receive));
  await receiver.waitFor(/up\n/);
  const wrapped = client.wrap(process.execPath, '-e', send);
  const sent = await runProcess(wrapped.command, wrapped.args);
  const received = await receiver.ended;
  return [sent.stdout.trim(), received.stdout.replace('up\n', '').trim()];
}

suite('real connections, one arm', NETWORK, () => {
  test.each([
    [1500, 4, []],
    [1500, 6, []],
    [8500, 4, []],
    [8500, 6, []],
    [1500, 4, ['--no-offload']],
  ] as const)('TCP at MTU %d, IPv%d %j: every byte arrives', async (mtu, version, args) => {
    const { client, server, gateway } = await connect(mtu, { args });
    const [sent, received] = await transfer(client, server, version, 20_000_000);
    expect(received).toBe(sent);
    expect(received).toMatch(/^[0-9a-f]{64}$/);
    const { stdout } = await gateway.stop();
    expect(JSON.parse(stdout.replace('ready\n', ''))).toMatchObject({ wrong: 0 });
  });

  test.each([
    [1500, 4],
    [8500, 6],
  ] as const)(
    'under loss, reordering and duplicates: MTU %d, IPv%d',
    async (mtu, version) => {
      const { client, server, gateway } = await connect(mtu, {
        trouble: ['--drop', '100', '--late', '20', '--double', '50', '--seed', String(testSeed())],
      });
      const [sent, received] = await transfer(client, server, version, 2_000_000);
      expect(received).toBe(sent);
      const { stdout } = await gateway.stop();
      expect(JSON.parse(stdout.replace('ready\n', ''))).toMatchObject({ wrong: 0 });
    },
    120_000,
  );

  test('path MTU discovery works through the appliance', async () => {
    const { client, server } = await connect(8500);
    // The server's side of the load balancer takes less: its ICMP errors pass through the appliance to the client.
    server.ip('link set vs0 mtu 1400');
    bed.gwlb.ip('link set vs mtu 1400');
    const [sent, received] = await transfer(client, server, 4, 1_000_000);
    expect(received).toBe(sent);
  });
});

suite('iperf3, one arm', [...NETWORK, { command: 'iperf3' }], () => {
  test.each([1500, 8500])('MTU %d, both ways', async (mtu) => {
    const { client, server, gateway } = await connect(mtu);
    const listener = bed.track(server.wrap('iperf3', '-s', '--forceflush'));
    await listener.waitFor(/listening/);
    for (const direction of [[], ['-R']]) {
      const wrapped = client.wrap('iperf3', '-c', SERVER[4], '-n', '30M', '-P', '2', '-J', ...direction);
      const report = JSON.parse(execFileSync(wrapped.command, wrapped.args, { encoding: 'utf8' })) as {
        error?: string;
        end: { sum_sent: { bytes: number }; sum_received: { bytes: number } };
      };
      expect(report.error).toBeUndefined();
      // The client stops when so much is sent; what is still on its way then does not count as received.
      expect(report.end.sum_sent.bytes).toBeGreaterThanOrEqual(30_000_000);
      expect(report.end.sum_received.bytes).toBeGreaterThan(20_000_000);
    }
    const { stdout } = await gateway.stop();
    expect(JSON.parse(stdout.replace('ready\n', ''))).toMatchObject({ wrong: 0 });
  });
});
