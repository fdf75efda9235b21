import { afterEach, expect, test } from '@jest/globals';
import { suite, until } from '@net/testing';
import {
  buildIp,
  echo,
  encodeGeneve,
  fragmentPacket,
  fromHex,
  gwlbOptions,
  raw,
  tcp,
  toHex,
  udp,
} from '@net/geneve';
import { Bed, cookieOf, ENI, exampleScript, geneve, NOTHING_WRONG, type Peer } from './bed.js';
import { NETWORK } from './requirements.js';

const A = '192.0.2.1';
const B = '198.51.100.2';
const A6 = '2001:db8::1';
const B6 = '2001:db8::2';
const PASS = exampleScript('create-passthrough.sh');

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

async function startWithPeer(...args: string[]) {
  bed = new Bed();
  const handler = await bed.start('-c', PASS, '-p', '8080', '-j', ...args);
  const peer = await bed.peer();
  // The endpoint exists and its hook is done before the test's own packets.
  await firstPacket(peer);
  return { handler, peer };
}

async function firstPacket(peer: Peer): Promise<void> {
  peer.send(geneve(buildIp({ source: '203.0.113.1', destination: B, payload: udp(9, 9) }), 1));
  await peer.waitFor(1);
}

/** Sends packets with their cookies and gives the cookies that came back, by the inner packet. */
async function cookiesBack(
  peer: Peer,
  packets: readonly (readonly [inner: Uint8Array, cookie: number])[],
  rounds = 20,
) {
  for (let round = 0; round < rounds; round++)
    for (const [inner, cookie] of packets) peer.send(geneve(inner, cookie));
  const returned = (await peer.waitFor(1 + rounds * packets.length)).slice(1);
  return packets.map(([inner, cookie]) => {
    const own = returned.filter((item) => toHex(item.geneve.subarray(40)) === toHex(inner));
    return { cookie, count: own.length, back: [...new Set(own.map(cookieOf))] };
  });
}

function allRight(packets: readonly (readonly [Uint8Array, number])[], rounds = 20) {
  return packets.map(([, cookie]) => ({ cookie, count: rounds, back: [cookie] }));
}

suite('flows that the original mixes up', NETWORK, () => {
  test('two ICMP echo identifiers between the same hosts', async () => {
    const { peer } = await startWithPeer();
    const packets = [1, 2].map(
      (id) => [buildIp({ source: A, destination: B, payload: echo(4, 'request', id, 1) }), 100 + id] as const,
    );
    expect(await cookiesBack(peer, packets)).toEqual(allRight(packets));
  });

  test('two IPv6 flows behind a hop-by-hop header', async () => {
    const { peer } = await startWithPeer();
    const extensions = [{ protocol: 0, body: fromHex('00010400000000') }];
    const packets = [1, 2].map(
      (port) =>
        [buildIp({ source: A6, destination: B6, extensions, payload: udp(port, 53) }), 100 + port] as const,
    );
    expect(await cookiesBack(peer, packets)).toEqual(allRight(packets));
  });

  test('both directions of a connection with different cookies', async () => {
    const { peer } = await startWithPeer();
    const packets = [
      [buildIp({ source: A, destination: B, payload: tcp(1000, 443) }), 1] as const,
      [buildIp({ source: B, destination: A, payload: tcp(443, 1000) }), 2] as const,
    ];
    expect(await cookiesBack(peer, packets)).toEqual(allRight(packets));
  });

  test('both directions with different outer ports', async () => {
    const { peer } = await startWithPeer();
    const there = buildIp({ source: A, destination: B, payload: tcp(1000, 443) });
    const back = buildIp({ source: B, destination: A, payload: tcp(443, 1000) });
    for (let round = 0; round < 20; round++) {
      peer.send(geneve(there), 51_001);
      peer.send(geneve(back), 51_002);
    }
    const returned = (await peer.waitFor(41)).slice(1);
    for (const { port, geneve: bytes } of returned)
      expect(port).toBe(toHex(bytes.subarray(40)) === toHex(there) ? 51_001 : 51_002);
  });

  test('flows whose ports lie behind IPv4 options', async () => {
    const { peer } = await startWithPeer();
    const options = fromHex('01010100');
    const packets = [1, 2].map(
      (port) =>
        [buildIp({ source: A, destination: B, options, payload: udp(port, 53) }), 100 + port] as const,
    );
    expect(await cookiesBack(peer, packets)).toEqual(allRight(packets));
  });

  test('fragments: each goes with the header of its datagram and makes no flow of its own', async () => {
    const { peer } = await startWithPeer();
    const before = (await bed.report(8080)).flows.size;
    const packets = [1, 2].flatMap((port) =>
      fragmentPacket(
        buildIp({ source: A, destination: B, payload: udp(port, 53, new Uint8Array(4000).fill(port)) }),
        1400,
        port,
      ).map((fragment) => [fragment, 100 + port] as const),
    );
    expect(await cookiesBack(peer, packets, 5)).toEqual(allRight(packets, 5));
    expect((await bed.report(8080)).flows.size - before).toBe(2);
  });
});

suite('packets that the original throws away or lets in', NETWORK, () => {
  test('last fragments below 8 bytes of UDP or 20 of TCP, and packets of 20 bytes, come back', async () => {
    const { peer } = await startWithPeer();
    const udpPieces = fragmentPacket(
      buildIp({ source: A, destination: B, payload: udp(1, 2, new Uint8Array(26)) }),
      52,
      7,
    );
    const tcpPieces = fragmentPacket(
      buildIp({ source: A, destination: B, payload: tcp(1, 2, new Uint8Array(18)) }),
      52,
      8,
    );
    const bare = buildIp({ source: A, destination: B, payload: raw(253, new Uint8Array(0)) });
    expect(udpPieces.at(-1)).toHaveLength(22);
    expect(bare).toHaveLength(20);
    const all = [...udpPieces, ...tcpPieces, bare];
    for (const inner of all) peer.send(geneve(inner));
    const returned = (await peer.waitFor(1 + all.length)).slice(1);
    expect(returned.map(({ geneve: bytes }) => toHex(bytes.subarray(40))).sort()).toEqual(
      all.map(toHex).sort(),
    );
  });

  test('a packet without the options, after a good one, never reaches the interface', async () => {
    const { peer } = await startWithPeer();
    const inner = buildIp({ source: A, destination: B, payload: udp(1, 2) });
    const before = (await bed.report(8080)).enis[0]!.tunnelIn.pktsOut;
    for (let count = 0; count < 50; count++) {
      peer.send(geneve(inner));
      peer.send(new Uint8Array([...encodeGeneve({ protocol: 0x0800 }), ...inner]));
    }
    await until(
      'the bad ones to be counted',
      async () => (await bed.report(8080)).drops['gwlbOptionsMissing'] === 50,
    );
    await peer.waitFor(51);
    expect((await bed.report(8080)).enis[0]!.tunnelIn.pktsOut - before).toBe(50);
    expect(peer.returned).toHaveLength(51);
  });

  test('other ethertypes, versions, control packets, critical options and wrong lengths are dropped and counted', async () => {
    const { peer } = await startWithPeer();
    const inner = buildIp({ source: A, destination: B, payload: udp(1, 2) });
    const options = gwlbOptions({ endpointId: ENI, attachmentId: 1n, flowCookie: 1 });
    const good = { protocol: 0x0800, options };
    const wrong: [string, Uint8Array, Uint8Array][] = [
      ['geneveProtocol', encodeGeneve({ ...good, protocol: 0x6558 }), inner],
      ['geneveControl', encodeGeneve({ ...good, control: true }), inner],
      [
        'geneveOptionCritical',
        encodeGeneve({
          ...good,
          options: [...options, { optionClass: 1, type: 0x80, data: new Uint8Array(0) }],
        }),
        inner,
      ],
      [
        'geneveVersion',
        Uint8Array.from(encodeGeneve(good), (byte, at) => (at === 0 ? byte | 0x40 : byte)),
        inner,
      ],
      ['ipTotalLength', encodeGeneve(good), inner.subarray(0, -1)],
      ['ipVersion', encodeGeneve(good), Uint8Array.from(inner, (byte, at) => (at === 0 ? 0x55 : byte))],
      ['ipTooShort', encodeGeneve(good), inner.subarray(0, 19)],
    ];
    for (const [, header, packet] of wrong) peer.send(new Uint8Array([...header, ...packet]));
    await until('all to be counted', async () => {
      const { drops } = await bed.report(8080);
      return wrong.every(([reason]) => drops[reason] === 1);
    });
    expect(peer.returned).toHaveLength(1);
  });

  test('further options, reserved bits and the VNI come back as they came', async () => {
    const { peer } = await startWithPeer();
    const inner = buildIp({ source: A, destination: B, payload: udp(1, 2) });
    const header = encodeGeneve({
      protocol: 0x0800,
      vni: 0xabcdef,
      reserved: 0x77,
      reservedFlags: 0x15,
      options: [
        { optionClass: 0x0101, type: 3, reserved: 5, data: fromHex('0011223344556677') },
        ...gwlbOptions({ endpointId: ENI, attachmentId: 2n ** 64n - 1n, flowCookie: 0xffffffff }),
      ],
    });
    peer.send(new Uint8Array([...header, ...inner]));
    const [, back] = await peer.waitFor(2);
    expect(toHex(back!.geneve)).toBe(toHex(header) + toHex(inner));
  });
});

suite('returns that do not fit', NETWORK, () => {
  test('are counted and told to the sender; a payload of printf directives is nothing special', async () => {
    bed = new Bed();
    const handler = await bed.start('-c', exampleScript('create-route.sh'), '-p', '8080', '-j');
    const peer = await bed.peer();
    await firstPacket(peer);
    // The way in carries 9001 bytes, the way back 1500.
    bed.gwlb.ip(`link add vg2 mtu 1500 type veth peer name va2 mtu 1500 netns ${bed.appliance.name}`);
    bed.gwlb.ip('link set vg2 up');
    bed.appliance.ip('link set va2 up');
    // From here on nothing fits: the hardware address of the next hop must be asked for all the same.
    bed.appliance.ip('route add 10.9.0.1/32 dev va2 src 10.9.0.2');
    const payload = new TextEncoder().encode('%s%n%x%p'.repeat(200));
    const errorFor = async (packet: Uint8Array, cookie: number, isError: (inner: Uint8Array) => boolean) =>
      await until('the error', () => {
        peer.send(geneve(packet, cookie));
        return peer.returned.find((item) => cookieOf(item) === cookie && isError(item.geneve.subarray(40)));
      });
    const large = buildIp({ source: A, destination: B, dontFragment: true, payload: udp(7, 8, payload) });
    const error = (await errorFor(large, 77, (inner) => inner[9] === 1)).geneve.subarray(40);
    expect([error[20], error[21]]).toEqual([3, 4]);
    // Next-hop MTU: what fits into 1500 with 68 bytes around it.
    expect((error[26]! << 8) | error[27]!).toBe(1432);
    const large6 = buildIp({ source: A6, destination: B6, payload: udp(7, 8, payload) });
    const error6 = (await errorFor(large6, 78, (inner) => inner[6] === 58)).geneve.subarray(40);
    expect(error6[40]).toBe(2);
    expect((await bed.report(8080)).drops['tooBig']).toBeGreaterThanOrEqual(2);
    expect(handler.output().stderr).not.toContain('%s%n');
    await firstPacketAgain(peer);
  });

  test('packets of 40,000 bytes are carried where the network carries them', async () => {
    bed = new Bed(65_535);
    await bed.start('-c', PASS, '--mtu', '60000');
    const result = await bed.load(
      '--count',
      '500',
      '--window',
      '4',
      '--sizes',
      '40000',
      '--mix',
      'udp4,tcp6',
      '--flows',
      '8',
      '--hops',
      '0',
    );
    expect(result).toMatchObject({ returned: 500, ...NOTHING_WRONG });
  });
});

async function firstPacketAgain(peer: Peer): Promise<void> {
  const before = peer.returned.length;
  peer.send(geneve(buildIp({ source: '203.0.113.1', destination: B, payload: udp(9, 9) }), 1));
  await peer.waitFor(before + 1);
}
