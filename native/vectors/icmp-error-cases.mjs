import { echo, extension, icmpError, ip4, ip6, tcp, udp, zeros } from './hex.mjs';
import { A4, A6, back4, back6, four, ports, six } from './flow-fields.mjs';

// A router at 203.0.113.9 (or the far host) answers a packet that went A -> B; the error travels to A.
const R4 = 'cb007109';
const R6 = '20010db800000000000000000000ffff';
export const sent4 = ip4({ protocol: 17, payload: udp(1000, 53, zeros(16)) });
const flowOfSent4 = four({ protocol: 17, ...back4, ...ports(53, 1000), reversed: true, quoted: true });
const toA4 = (payload) => ip4({ protocol: 1, source: R4, destination: A4, payload });
const own4 = (fields = {}) => four({ protocol: 1, source: R4, destination: A4, reversed: true, ...fields });
const sent6 = ip6({ next: 6, payload: tcp(49152, 443) });
const flowOfSent6 = six({ protocol: 6, ...back6, ...ports(443, 49152), reversed: true, quoted: true });
const toA6 = (payload) => ip6({ next: 58, source: R6, destination: A6, payload });
const own6 = (fields = {}) => six({ protocol: 58, source: R6, destination: A6, reversed: true, ...fields });

/** ICMP errors and the flows that they belong to. */
export const icmpErrorCases = [
  ...[3, 4, 5, 11, 12].map((type) => ({
    name: `ICMP error type ${type} belongs to the quoted flow`,
    hex: toA4(icmpError(type, 1, sent4)),
    expect: flowOfSent4,
  })),
  ...[1, 2, 3, 4, 100, 127].map((type) => ({
    name: `ICMPv6 error type ${type} belongs to the quoted flow`,
    hex: toA6(icmpError(type, 0, sent6)),
    expect: flowOfSent6,
  })),
  {
    name: 'the classic quote: IP header and 8 bytes',
    hex: toA4(icmpError(11, 0, sent4.slice(0, 2 * 28))),
    expect: flowOfSent4,
  },
  {
    name: 'a quote of IP header and 4 bytes still has ports',
    hex: toA4(icmpError(11, 0, sent4.slice(0, 2 * 24))),
    expect: flowOfSent4,
  },
  {
    name: 'a quote that ends before the ports',
    hex: toA4(icmpError(11, 0, sent4.slice(0, 2 * 23))),
    expect: { ...flowOfSent4, ...ports(0, 0), truncated: true },
  },
  {
    name: 'a quote with IPv4 options',
    hex: toA4(icmpError(3, 4, ip4({ protocol: 6, options: '01010100', payload: tcp(5, 6) }), '000005dc')),
    expect: four({ protocol: 6, ...back4, ...ports(6, 5), reversed: true, quoted: true }),
  },
  {
    name: 'a quoted echo request belongs to the echo flow',
    hex: toA4(icmpError(3, 1, ip4({ protocol: 1, payload: echo(8, 77) }))),
    expect: four({ protocol: 1, ...back4, identifier: 77, reversed: true, quoted: true }),
  },
  {
    name: 'a quoted GRE packet belongs to its key',
    hex: toA4(icmpError(3, 2, ip4({ protocol: 47, payload: '20000800' + '00000009' }))),
    expect: four({ protocol: 47, ...back4, identifier: 9, reversed: true, quoted: true }),
  },
  {
    name: 'packet too big that quotes behind extension headers',
    hex: toA6(
      icmpError(2, 0, ip6({ next: 0, payload: extension(60) + extension(17) + udp(7, 8) }), '00000500'),
    ),
    expect: six({ protocol: 17, ...back6, ...ports(8, 7), reversed: true, quoted: true }),
  },
  {
    name: 'a quote cut in its IPv4 header',
    hex: toA4(icmpError(3, 0, sent4.slice(0, 2 * 19))),
    expect: own4(),
  },
  { name: 'an error of 8 bytes without a quote', hex: toA4(icmpError(3, 0, '')), expect: own4() },
  { name: 'an error of 7 bytes', hex: toA4('03010000000000'), expect: own4({ truncated: true }) },
  { name: 'an error of one byte', hex: toA4('03'), expect: own4({ truncated: true }) },
  {
    name: 'an error about an error is not followed',
    hex: toA4(icmpError(3, 0, toA4(icmpError(11, 0, sent4)))),
    expect: own4(),
  },
  {
    name: 'an ICMPv6 error about an error is not followed',
    hex: toA6(icmpError(1, 0, toA6(icmpError(3, 0, sent6)))),
    expect: own6(),
  },
  { name: 'ICMP that quotes IPv6', hex: toA4(icmpError(3, 0, sent6)), expect: own4() },
  { name: 'ICMPv6 that quotes IPv4', hex: toA6(icmpError(1, 0, sent4)), expect: own6() },
  {
    name: 'a quoted later fragment: ports unknown, its identification given',
    hex: toA4(
      icmpError(11, 1, ip4({ protocol: 17, identification: 0x4242, offset: 1480, payload: zeros(8) })),
    ),
    expect: four({
      protocol: 17,
      ...back4,
      reversed: true,
      quoted: true,
      fragment: { identification: 0x4242, offset: 1480, more: false },
    }),
  },
  {
    name: 'a quote whose total length was rewritten beyond the quote',
    hex: toA4(icmpError(3, 3, ip4({ protocol: 17, total: 9000, payload: udp(1000, 53) }))),
    expect: flowOfSent4,
  },
  {
    name: 'a quote whose header length runs past the quote',
    hex: toA4(icmpError(3, 3, ip4({ protocol: 17, ihl: 15, payload: udp(1000, 53) }))),
    expect: own4(),
  },
];
