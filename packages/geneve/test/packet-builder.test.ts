import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import {
  buildIp,
  buildOuter,
  canonicalFlowKey,
  crc32c,
  decodeFlow,
  echo,
  encodeGwlb,
  type Flow,
  formatAddress,
  fragmentPacket,
  fromHex,
  gre,
  icmp,
  internetChecksum,
  parseAddress,
  raw,
  scapyExpression,
  sctp,
  tcp,
  toHex,
  udp,
} from '../src/index.js';

const HOSTS = { 4: ['192.0.2.1', '198.51.100.2'], 6: ['2001:db8::1', '2001:db8::2'] } as const;

function flowOf(packet: Uint8Array): Flow {
  const result = decodeFlow(packet);
  if (!result.ok) throw new Error(`${result.error.code} at ${result.error.offset}`);
  return result.value;
}

/** Sum over a transport part with its pseudo-header; 0 when its checksum is right. */
function transportSum(packet: Uint8Array): number {
  const version = packet[0]! >> 4;
  const [addresses, protocol, body] =
    version === 4
      ? [packet.subarray(12, 20), packet[9]!, packet.subarray(20)]
      : [packet.subarray(8, 40), packet[6]!, packet.subarray(40)];
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, body.length);
  tail[7] = protocol;
  return internetChecksum(addresses, tail, body);
}

describe.each([4, 6] as const)('IPv%d', (version) => {
  const [source, destination] = HOSTS[version];
  const ports = fc.tuple(fc.nat(0xffff), fc.nat(0xffff));

  test('ports come back out, checksums are right', () => {
    fc.assert(
      fc.property(ports, fc.uint8Array({ maxLength: 64 }), ([a, b], data) => {
        for (const payload of [udp(a, b, data), tcp(a, b, data), sctp(a, b, data)]) {
          const packet = buildIp({ source, destination, payload });
          expect(flowOf(packet)).toMatchObject({
            protocol: payload.protocol,
            sourcePort: a,
            destinationPort: b,
            truncated: false,
          });
          if (payload.protocol !== 132) expect(transportSum(packet)).toBe(0);
          if (version === 4) expect(internetChecksum(packet.subarray(0, 20))).toBe(0);
        }
      }),
      propertyOptions(100),
    );
  });

  test('both directions have one key, another port another one', () => {
    fc.assert(
      fc.property(ports, ([a, b]) => {
        const there = flowOf(buildIp({ source, destination, payload: udp(a, b) }));
        const back = flowOf(buildIp({ source: destination, destination: source, payload: udp(b, a) }));
        const other = flowOf(buildIp({ source, destination, payload: udp(a, b ^ 1) }));
        expect(canonicalFlowKey(back)).toBe(canonicalFlowKey(there));
        expect(canonicalFlowKey(other)).not.toBe(canonicalFlowKey(there));
      }),
      propertyOptions(100),
    );
  });

  test('an ICMP error about any packet belongs to its flow, in the other direction', () => {
    fc.assert(
      fc.property(ports, fc.integer({ min: 28, max: 60 }), ([a, b], kept) => {
        const sent = buildIp({ source, destination, payload: udp(a, b, new Uint8Array(40)) });
        const quote = sent.subarray(0, version === 4 ? kept : kept + 20);
        const error = buildIp({
          source: destination,
          destination: source,
          payload: icmp(version, version === 4 ? 11 : 3, 0, 0, quote),
        });
        const flow = flowOf(error);
        expect(flow.quoted).toBe(true);
        expect(toHex(flow.source)).toBe(toHex(parseAddress(destination)));
        expect(canonicalFlowKey(flow)).toBe(canonicalFlowKey(flowOf(sent)));
      }),
      propertyOptions(100),
    );
  });

  test('echo and GRE identifiers', () => {
    expect(flowOf(buildIp({ source, destination, payload: echo(version, 'request', 7, 1) })).identifier).toBe(
      7,
    );
    expect(flowOf(buildIp({ source, destination, payload: echo(version, 'reply', 8, 1) })).identifier).toBe(
      8,
    );
    expect(
      flowOf(buildIp({ source, destination, payload: gre(0x0800, new Uint8Array(4), 9) })).identifier,
    ).toBe(9);
    expect(flowOf(buildIp({ source, destination, payload: gre(0x0800, new Uint8Array(4)) })).identifier).toBe(
      0,
    );
    expect(flowOf(buildIp({ source, destination, payload: raw(253, new Uint8Array(3)) })).protocol).toBe(253);
  });

  test('fragments put together give the packet, and only the first has ports', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 68, max: 1500 }), (size, mtu) => {
        const packet = buildIp({ source, destination, payload: udp(1, 2, new Uint8Array(size).fill(0x5a)) });
        const fragments = fragmentPacket(packet, mtu, 0xabcd);
        if (fragments.length === 1) {
          expect(toHex(fragments[0]!)).toBe(toHex(packet));
          return;
        }
        const header = version === 4 ? 20 : 40;
        const whole = new Uint8Array(packet.length - header);
        fragments.forEach((bytes, index) => {
          const flow = flowOf(bytes);
          expect(bytes.length).toBeLessThanOrEqual(mtu);
          expect(flow.fragment).toMatchObject({ identification: 0xabcd, more: index < fragments.length - 1 });
          expect(flow.destinationPort).toBe(index === 0 ? 2 : 0);
          whole.set(bytes.subarray(header + (version === 6 ? 8 : 0)), flow.fragment!.offset);
        });
        expect(toHex(whole)).toBe(toHex(packet.subarray(header)));
      }),
      propertyOptions(60),
    );
  });
});

test('IPv4 options and IPv6 extension headers are carried', () => {
  const [s4, d4] = HOSTS[4];
  expect(
    flowOf(buildIp({ source: s4, destination: d4, options: fromHex('01010100'), payload: tcp(5, 6) })),
  ).toMatchObject({ sourcePort: 5 });
  const [s6, d6] = HOSTS[6];
  const pad = { protocol: 0, body: fromHex('00010400000000') };
  expect(
    flowOf(
      buildIp({
        source: s6,
        destination: d6,
        extensions: [pad, { ...pad, protocol: 60 }],
        payload: tcp(5, 6),
      }),
    ),
  ).toMatchObject({ protocol: 6, sourcePort: 5 });
});

test('outer packet', () => {
  const header = encodeGwlb({ endpointId: 1n, attachmentId: 2n, flowCookie: 3 }, 4);
  const inner = buildIp({ source: HOSTS[4][0], destination: HOSTS[4][1], payload: udp(1, 2) });
  const packet = buildOuter(
    { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 50_000 },
    header,
    inner,
  );
  expect(flowOf(packet)).toMatchObject({ protocol: 17, sourcePort: 50_000, destinationPort: 6081 });
  expect(packet.length).toBe(inner.length + 68);
  expect(toHex(packet.subarray(26, 28))).toBe('0000');
  expect(scapyExpression(inner)).toContain(toHex(inner));
});

test('checksum examples', () => {
  // RFC 1071, section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
  expect(internetChecksum(fromHex('0001f203f4f5f6f7'))).toBe(~0xddf2 & 0xffff);
  expect(internetChecksum(fromHex('01'))).toBe(~0x0100 & 0xffff);
  // RFC 3720, appendix B.4: 32 bytes of zero.
  expect(toHex(crc32c(new Uint8Array(32)))).toBe('aa36918a');
});

describe('addresses in text', () => {
  test.each([
    ['192.0.2.1', 'c0000201'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['::ffff:c000:201', '00000000000000000000ffffc0000201'],
    ['1::', '00010000000000000000000000000000'],
    ['1:0:2:3:4:5:6:7', '00010000000200030004000500060007'],
    ['1:0:0:2::3', '00010000000000020000000000000003'],
  ])('%s', (text, hex) => {
    expect(toHex(parseAddress(text))).toBe(hex);
    expect(toHex(parseAddress(formatAddress(fromHex(hex))))).toBe(hex);
    if (text !== '1:0:0:2::3') expect(formatAddress(fromHex(hex))).toBe(text);
  });

  test('any 16 bytes survive the way to text and back', () => {
    const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(sparse, (octets) => {
        const bytes = Uint8Array.from(octets);
        expect(toHex(parseAddress(formatAddress(bytes)))).toBe(toHex(bytes));
      }),
      propertyOptions(),
    );
  });

  test.each(['', '1.2.3', '::1%eth0', 'example', '1.2.3.256'])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow('is not an IP address');
  });
});
