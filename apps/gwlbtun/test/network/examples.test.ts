import { afterEach, expect, test } from '@jest/globals';
import { type Namespace, createNamespace, startProcess, suite, until } from '@net/testing';
import { buildIp, decodeFlow, echo, formatAddress, tcp, udp } from '@net/geneve';
import { Bed, cookieOf, exampleScript, geneve, NOTHING_WRONG } from './bed.js';
import { NETWORK } from './requirements.js';

const CLIENT = '10.64.0.7';
const SERVER = '198.51.100.2';

let bed: Bed;
let outside: Namespace | undefined;
afterEach(async () => {
  await bed.remove();
  outside?.remove();
  outside = undefined;
});

/** A network behind the appliance with a server in it, by the default route. */
function addOutside(): Namespace {
  outside = createNamespace('outside');
  outside.ip(`link add vo type veth peer name vu netns ${bed.appliance.name}`);
  for (const address of [`${SERVER}/24`, '2001:db8:5::2/64']) outside.ip(`addr add ${address} dev vo nodad`);
  for (const address of ['198.51.100.1/24', '2001:db8:5::1/64'])
    bed.appliance.ip(`addr add ${address} dev vu nodad`);
  outside.ip('link set vo up');
  bed.appliance.ip('link set vu up');
  bed.appliance.ip('route add default via 198.51.100.2 dev vu');
  return outside;
}

function rulesOf(namespace: Namespace): string {
  return [namespace.ip('rule'), namespace.ip('-6 rule'), namespace.exec('nft', 'list', 'ruleset')].join('');
}

suite('example scripts', NETWORK, () => {
  test.each([
    ['create-passthrough.sh', '0'],
    ['create-route.sh', '1'],
  ])(
    '%s returns everything, endpoints with equal addresses included, and leaves nothing behind',
    async (script, hops) => {
      bed = new Bed();
      const before = rulesOf(bed.appliance);
      const hook = exampleScript(script);
      const handler = await bed.start('-c', hook, '-r', hook);
      const result = await bed.load(
        ...['--count', '5000', '--window', '64', '--flows', '200', '--endpoints', '4', '--same-tuples'],
        ...['--mix', 'udp4,udp6,tcp4,tcp6,icmp4,icmp6', '--hops', hops],
      );
      expect(result).toMatchObject({ returned: 5000, ...NOTHING_WRONG });
      await handler.stop();
      expect(rulesOf(bed.appliance)).toBe(before);
    },
  );

  test('create-route.sh lets the forward chain drop one flow and no other', async () => {
    bed = new Bed();
    await bed.start('-c', exampleScript('create-route.sh'));
    bed.appliance.exec(
      'nft',
      'add table inet filter; add chain inet filter forward { type filter hook forward priority 0; }; add rule inet filter forward udp dport 666 drop',
    );
    const peer = await bed.peer();
    for (let round = 0; round < 10; round++)
      for (const port of [666, 53])
        peer.send(geneve(buildIp({ source: CLIENT, destination: SERVER, payload: udp(1000, port) }), port));
    await peer.waitFor(10);
    expect(new Set(peer.returned.map(cookieOf))).toEqual(new Set([53]));
  });

  test('create-nat.sh: a server outside sees the appliance, the client gets its answer', async () => {
    bed = new Bed();
    const server = addOutside();
    const hook = exampleScript('create-nat.sh');
    const handler = await bed.start('-c', hook, '-r', hook);
    const before = rulesOf(bed.appliance);
    const peer = await bed.peer();
    peer.send(
      geneve(buildIp({ source: CLIENT, destination: SERVER, payload: echo(4, 'request', 77, 1) }), 1),
    );
    peer.send(
      geneve(
        buildIp({
          source: '2001:db8:c::7',
          destination: '2001:db8:5::2',
          payload: echo(6, 'request', 78, 1),
        }),
        2,
      ),
    );
    const returned = await peer.waitFor(2);
    const flows = returned.map(({ geneve: bytes }) => {
      const flow = decodeFlow(bytes.subarray(40));
      if (!flow.ok) throw new Error(flow.error.code);
      return `${formatAddress(flow.value.source)} ${formatAddress(flow.value.destination)} ${flow.value.identifier}`;
    });
    expect(flows.sort()).toEqual([`${SERVER} ${CLIENT} 77`, '2001:db8:5::2 2001:db8:c::7 78']);
    expect(server.ip('route')).not.toContain('10.64');
    await handler.stop();
    expect(rulesOf(bed.appliance)).toBe(before);
  });

  test('create-nat-overlapping.sh: two endpoints with the same connection each get their own answer', async () => {
    bed = new Bed();
    const server = addOutside();
    const hook = exampleScript('create-nat-overlapping.sh');
    await bed.start('-c', hook, '-r', hook);
    const echoServer = startProcess(
      ...startArguments(
        server.wrap(
          process.execPath,
          '-e',
          `const s = require('node:dgram').createSocket('udp4'); s.on('message', (m, f) => s.send(m, f.port, f.address)); s.bind(53, () => console.log('up'))`,
        ),
      ),
    );
    try {
      await echoServer.waitFor(/up/);
      const peer = await bed.peer();
      const inner = (text: string) =>
        buildIp({
          source: CLIENT,
          destination: SERVER,
          payload: udp(1000, 53, new TextEncoder().encode(text)),
        });
      for (let round = 0; round < 5; round++) {
        peer.send(geneve(inner('from one'), 1, 1n));
        peer.send(geneve(inner('from two'), 2, 2n));
      }
      const returned = await peer.waitFor(10);
      const answers = returned.map(
        (item) => `${cookieOf(item)} ${new TextDecoder().decode(item.geneve.subarray(40 + 28))}`,
      );
      expect(answers.filter((text) => text === '1 from one')).toHaveLength(5);
      expect(answers.filter((text) => text === '2 from two')).toHaveLength(5);
    } finally {
      await echoServer.stop();
    }
  });

  test('create-local.sh: a service on the appliance answers through the tunnel', async () => {
    bed = new Bed();
    bed.appliance.ip(`addr add ${SERVER}/32 dev lo`);
    bed.appliance.ip('addr add 2001:db8:5::2/128 dev lo');
    // As on every real instance; without one the kernel gives up before the script's rules see the answer.
    bed.appliance.ip('route add default via 10.9.0.1');
    bed.appliance.ip('-6 route add default dev va');
    const hook = exampleScript('create-local.sh');
    await bed.start('-c', hook, '-r', hook);
    const service = bed.track(
      bed.appliance.wrap(
        process.execPath,
        '-e',
        `require('node:net').createServer((s) => s.end('hello')).listen(80, '::', () => console.log('up'))`,
      ),
    );
    await service.waitFor(/up/);
    const peer = await bed.peer();
    for (const [source, destination, version, cookie] of [
      [CLIENT, SERVER, 4, 1],
      ['2001:db8:c::7', '2001:db8:5::2', 6, 2],
    ] as const) {
      peer.send(geneve(buildIp({ source, destination, payload: echo(version, 'request', 9, 1) }), cookie));
      peer.send(
        geneve(
          buildIp({ source, destination, payload: tcp(1234, 80, undefined, { flags: 2 }) }),
          cookie + 10,
        ),
      );
    }
    // Two echo replies, and the SYN-ACKs of two connections.
    await until('all answers', () => {
      const cookies = new Set(peer.returned.map(cookieOf));
      return [1, 2, 11, 12].every((cookie) => cookies.has(cookie));
    });
    const synAck = peer.returned.find((item) => cookieOf(item) === 11)!.geneve.subarray(40);
    expect(synAck[20 + 13]).toBe(0x12);
  });
});

function startArguments(wrapped: { command: string; args: string[] }): [string, string[]] {
  return [wrapped.command, wrapped.args];
}
