import {
  authentication,
  bytesOf,
  echo,
  extension,
  ip4,
  ip6,
  sctp,
  tcp,
  u16,
  u32,
  u8,
  udp,
  zeros,
} from './hex.mjs';
import { A4, A6, back4, error, four, ports, six } from './flow-fields.mjs';
import { fragmentCases } from './fragment-cases.mjs';
import { icmpErrorCases } from './icmp-error-cases.mjs';

const transport = [
  {
    name: 'IPv4 TCP',
    // 192.0.2.1:49152 -> 198.51.100.2:443, written out whole.
    hex:
      '45000028123440004006000' + '0c0000201c6336402' + 'c00001bb' + '0000000100000000' + '5002ffff00000000',
    expect: four({ protocol: 6, ...ports(49152, 443) }),
  },
  {
    name: 'IPv4 TCP, the answer: source is the higher end',
    hex: ip4({ protocol: 6, ...back4, payload: tcp(443, 49152) }),
    expect: four({ protocol: 6, ...back4, ...ports(443, 49152), reversed: true }),
  },
  {
    name: 'IPv4 UDP',
    hex: ip4({ protocol: 17, payload: udp(1000, 53) }),
    expect: four({ protocol: 17, ...ports(1000, 53) }),
  },
  {
    name: 'IPv4 SCTP',
    hex: ip4({ protocol: 132, payload: sctp(36412, 36413) }),
    expect: four({ protocol: 132, ...ports(36412, 36413) }),
  },
  {
    name: 'IPv6 TCP',
    hex: ip6({ next: 6, payload: tcp(49152, 443) }),
    expect: six({ protocol: 6, ...ports(49152, 443) }),
  },
  {
    name: 'IPv6 UDP',
    hex: ip6({ next: 17, payload: udp(1000, 53) }),
    expect: six({ protocol: 17, ...ports(1000, 53) }),
  },
  {
    name: 'IPv6 SCTP',
    hex: ip6({ next: 132, payload: sctp(1, 2) }),
    expect: six({ protocol: 132, ...ports(1, 2) }),
  },
  {
    name: 'one host, ports decide the direction',
    hex: ip4({ protocol: 17, destination: A4, payload: udp(2000, 1000) }),
    expect: four({ protocol: 17, destination: A4, ...ports(2000, 1000), reversed: true }),
  },
  {
    name: 'one host, one port: not reversed',
    hex: ip4({ protocol: 17, destination: A4, payload: udp(1000, 1000) }),
    expect: four({ protocol: 17, destination: A4, ...ports(1000, 1000) }),
  },
  {
    name: 'addresses compare as bytes: 127.255.255.255 is below 128.0.0.0',
    hex: ip4({ protocol: 17, source: '80000000', destination: '7fffffff', payload: udp(1, 2) }),
    expect: four({
      protocol: 17,
      source: '80000000',
      destination: '7fffffff',
      ...ports(1, 2),
      reversed: true,
    }),
  },
  {
    name: 'unknown protocol 253',
    hex: ip4({ protocol: 253, payload: 'ffffffffffffffff' }),
    expect: four({ protocol: 253 }),
  },
  {
    name: 'ESP has no ports',
    hex: ip4({ protocol: 50, payload: 'ffffffffffffffff' }),
    expect: four({ protocol: 50 }),
  },
  {
    name: 'IPv4 AH is not looked through',
    hex: ip4({ protocol: 51, payload: authentication(6) + tcp(1, 2) }),
    expect: four({ protocol: 51 }),
  },
  { name: 'IPv4 of exactly 20 bytes', hex: ip4({ protocol: 253 }), expect: four({ protocol: 253 }) },
  { name: 'TCP without a byte', hex: ip4({ protocol: 6 }), expect: four({ protocol: 6, truncated: true }) },
  {
    name: 'UDP of 3 bytes',
    hex: ip4({ protocol: 17, payload: '03e800' }),
    expect: four({ protocol: 17, truncated: true }),
  },
  {
    name: 'UDP of 4 bytes: ports are enough',
    hex: ip4({ protocol: 17, payload: '03e80035' }),
    expect: four({ protocol: 17, ...ports(1000, 53) }),
  },
  {
    name: 'TCP of 8 bytes: ports are enough',
    hex: ip4({ protocol: 6, payload: '0001000200000000' }),
    expect: four({ protocol: 6, ...ports(1, 2) }),
  },
  {
    name: 'IPv4 options of 4 bytes: ports lie behind them',
    hex: ip4({ protocol: 17, options: '01010100', payload: udp(1000, 53) }),
    expect: four({ protocol: 17, ...ports(1000, 53) }),
  },
  {
    name: 'IPv4 options of 40 bytes',
    hex: ip4({ protocol: 6, options: '44280501' + zeros(36), payload: tcp(80, 81) }),
    expect: four({ protocol: 6, ...ports(80, 81) }),
  },
  {
    name: 'bytes behind the total length are not part of the packet',
    hex: ip4({ protocol: 17, total: 20, payload: udp(1000, 53) }),
    expect: four({ protocol: 17, truncated: true }),
  },
  {
    name: 'bytes behind the payload length are not part of the packet',
    hex: ip6({ next: 17, length: 2, payload: udp(1000, 53) }),
    expect: six({ protocol: 17, truncated: true }),
  },
];

const gre = [
  {
    name: 'GRE without key',
    hex: ip4({ protocol: 47, payload: '00000800' + zeros(20) }),
    expect: four({ protocol: 47 }),
  },
  {
    name: 'GRE with key',
    hex: ip4({ protocol: 47, payload: '20000800' + '0badcafe' + zeros(20) }),
    expect: four({ protocol: 47, identifier: 0x0badcafe }),
  },
  {
    name: 'GRE with key of all ones',
    hex: ip4({ protocol: 47, payload: '20000800' + 'ffffffff' }),
    expect: four({ protocol: 47, identifier: 0xffffffff }),
  },
  {
    name: 'GRE with checksum and key',
    hex: ip4({ protocol: 47, payload: 'a0000800' + '11110000' + '0badcafe' }),
    expect: four({ protocol: 47, identifier: 0x0badcafe }),
  },
  {
    name: 'GRE with routing bit and key (RFC 1701): the checksum word is there too',
    hex: ip4({ protocol: 47, payload: '60000800' + '11110000' + '0badcafe' }),
    expect: four({ protocol: 47, identifier: 0x0badcafe }),
  },
  {
    name: 'GRE with sequence number and no key',
    hex: ip4({ protocol: 47, payload: '10000800' + '0badcafe' }),
    expect: four({ protocol: 47 }),
  },
  {
    name: 'GRE version 1 (PPTP): call ids differ by direction',
    hex: ip4({ protocol: 47, payload: '3001880b' + '00080001' + u32(1) }),
    expect: four({ protocol: 47 }),
  },
  {
    name: 'GRE key cut off',
    hex: ip4({ protocol: 47, payload: '20000800' + '0badca' }),
    expect: four({ protocol: 47, truncated: true }),
  },
  {
    name: 'GRE of one byte',
    hex: ip4({ protocol: 47, payload: '20' }),
    expect: four({ protocol: 47, truncated: true }),
  },
  {
    name: 'GRE of two bytes without key bit',
    hex: ip4({ protocol: 47, payload: '0000' }),
    expect: four({ protocol: 47 }),
  },
  {
    name: 'GRE over IPv6 with key',
    hex: ip6({ next: 47, payload: '200086dd' + '00000007' }),
    expect: six({ protocol: 47, identifier: 7 }),
  },
];

const icmp = [
  ...[8, 0, 13, 14, 15, 16, 17, 18, 42, 43].map((type) => ({
    name: `ICMP query type ${type}`,
    hex: ip4({ protocol: 1, payload: echo(type, 0xbeef) }),
    expect: four({ protocol: 1, identifier: 0xbeef }),
  })),
  ...[128, 129, 160, 161].map((type) => ({
    name: `ICMPv6 query type ${type}`,
    hex: ip6({ next: 58, payload: echo(type, 0xbeef) }),
    expect: six({ protocol: 58, identifier: 0xbeef }),
  })),
  {
    name: 'two echo ids are two flows',
    hex: ip4({ protocol: 1, payload: echo(8, 0xbef0) }),
    expect: four({ protocol: 1, identifier: 0xbef0 }),
  },
  {
    name: 'the echo reply',
    hex: ip4({ protocol: 1, ...back4, payload: echo(0, 0xbeef) }),
    expect: four({ protocol: 1, ...back4, identifier: 0xbeef, reversed: true }),
  },
  {
    name: 'ICMP router advertisement has no identifier',
    hex: ip4({ protocol: 1, payload: '0900' + '0000' + '01020708' }),
    expect: four({ protocol: 1 }),
  },
  {
    name: 'ICMPv6 neighbour solicitation has no identifier',
    hex: ip6({ next: 58, payload: '8700' + '0000' + '12345678' + A6 }),
    expect: six({ protocol: 58 }),
  },
  {
    name: 'echo cut before its identifier',
    hex: ip4({ protocol: 1, payload: '08000000be' }),
    expect: four({ protocol: 1, truncated: true }),
  },
  {
    name: 'echo of 6 bytes',
    hex: ip4({ protocol: 1, payload: '08000000beef' }),
    expect: four({ protocol: 1, identifier: 0xbeef }),
  },
  { name: 'ICMP without a byte', hex: ip4({ protocol: 1 }), expect: four({ protocol: 1, truncated: true }) },
  {
    name: 'ICMPv6 type 129 in IPv4 ICMP is not an echo',
    hex: ip4({ protocol: 1, payload: echo(129, 0xbeef) }),
    expect: four({ protocol: 1 }),
  },
];

const extensions = [
  {
    name: 'hop-by-hop',
    hex: ip6({ next: 0, payload: extension(17) + udp(1, 2) }),
    expect: six({ protocol: 17, ...ports(1, 2) }),
  },
  {
    name: 'destination options of 16 bytes',
    hex: ip6({ next: 60, payload: extension(6, 1) + tcp(1, 2) }),
    expect: six({ protocol: 6, ...ports(1, 2) }),
  },
  {
    name: 'routing header',
    hex: ip6({ next: 43, payload: extension(17, 2) + udp(1, 2) }),
    expect: six({ protocol: 17, ...ports(1, 2) }),
  },
  { name: 'mobility header', hex: ip6({ next: 135, payload: extension(59) }), expect: six({ protocol: 59 }) },
  { name: 'HIP', hex: ip6({ next: 139, payload: extension(59, 4) }), expect: six({ protocol: 59 }) },
  {
    name: 'Shim6',
    hex: ip6({ next: 140, payload: extension(6) + tcp(1, 2) }),
    expect: six({ protocol: 6, ...ports(1, 2) }),
  },
  {
    name: 'authentication header counts in words of 4 bytes',
    hex: ip6({ next: 51, payload: authentication(6, 4) + tcp(1, 2) }),
    expect: six({ protocol: 6, ...ports(1, 2) }),
  },
  {
    name: 'the usual chain: hop-by-hop, destination, routing, authentication, destination, TCP',
    hex: ip6({
      next: 0,
      payload: extension(60) + extension(43) + extension(51) + authentication(60) + extension(6) + tcp(1, 2),
    }),
    expect: six({ protocol: 6, ...ports(1, 2) }),
  },
  { name: 'no next header', hex: ip6({ next: 59, payload: 'ffffffff' }), expect: six({ protocol: 59 }) },
  { name: 'ESP ends the walk', hex: ip6({ next: 50, payload: zeros(16) }), expect: six({ protocol: 50 }) },
  {
    name: 'eight extension headers',
    hex: ip6({ next: 60, payload: extension(60).repeat(7) + extension(17) + udp(1, 2) }),
    expect: six({ protocol: 17, ...ports(1, 2) }),
  },
  {
    name: 'nine extension headers: the ninth ends the walk',
    hex: ip6({ next: 60, payload: extension(60).repeat(8) + extension(17) + udp(1, 2) }),
    expect: six({ protocol: 60, truncated: true }),
  },
  {
    name: 'extension header of 1 byte',
    hex: ip6({ next: 0, payload: '11' }),
    expect: six({ protocol: 0, truncated: true }),
  },
  {
    name: 'extension header longer than the packet',
    hex: ip6({ next: 0, payload: extension(17, 9).slice(0, 32) }),
    expect: six({ protocol: 0, truncated: true }),
  },
  {
    name: 'extension header that fills the packet',
    hex: ip6({ next: 0, payload: extension(17) }),
    expect: six({ protocol: 17, truncated: true }),
  },
  {
    name: 'authentication header cut off',
    hex: ip6({ next: 51, payload: authentication(6, 4).slice(0, 40) }),
    expect: six({ protocol: 51, truncated: true }),
  },
  {
    name: 'hop-by-hop missing altogether',
    hex: ip6({ next: 0 }),
    expect: six({ protocol: 0, truncated: true }),
  },
  { name: 'IPv6 of exactly 40 bytes', hex: ip6({ next: 59 }), expect: six({ protocol: 59 }) },
  {
    name: 'IPv4 with protocol 60 is not an extension chain',
    hex: ip4({ protocol: 60, payload: extension(17) + udp(1, 2) }),
    expect: four({ protocol: 60 }),
  },
];

const faults = [
  { name: 'no byte', hex: '', ...error('IP_TOO_SHORT', 0) },
  { name: 'version 0', hex: zeros(40), ...error('IP_VERSION', 0) },
  { name: 'version 5', hex: '55' + zeros(39), ...error('IP_VERSION', 0) },
  { name: 'one byte of version 15', hex: 'ff', ...error('IP_VERSION', 0) },
  { name: 'IPv4 of 19 bytes', hex: ip4({ protocol: 17 }).slice(0, 38), ...error('IP_TOO_SHORT', 19) },
  { name: 'IPv4 of one byte', hex: '45', ...error('IP_TOO_SHORT', 1) },
  { name: 'IPv6 of 39 bytes', hex: ip6({ next: 59 }).slice(0, 78), ...error('IP_TOO_SHORT', 39) },
  {
    name: 'IPv4 header length 0',
    hex: ip4({ protocol: 17, ihl: 0, payload: udp(1, 2) }),
    ...error('IP_HEADER_LENGTH', 0),
  },
  {
    name: 'IPv4 header length 16',
    hex: ip4({ protocol: 17, ihl: 4, payload: udp(1, 2) }),
    ...error('IP_HEADER_LENGTH', 0),
  },
  {
    name: 'IPv4 header length beyond the data',
    hex: ip4({ protocol: 17, ihl: 6, total: 20 }),
    ...error('IP_HEADER_LENGTH', 0),
  },
  {
    name: 'IPv4 total length 0',
    hex: ip4({ protocol: 17, total: 0, payload: udp(1, 2) }),
    ...error('IP_TOTAL_LENGTH', 2),
  },
  {
    name: 'IPv4 total length below the header',
    hex: ip4({ protocol: 17, total: 19, payload: udp(1, 2) }),
    ...error('IP_TOTAL_LENGTH', 2),
  },
  {
    name: 'IPv4 total length below a header with options',
    hex: ip4({ protocol: 17, options: '01010100', total: 20, payload: udp(1, 2) }),
    ...error('IP_TOTAL_LENGTH', 2),
  },
  {
    name: 'IPv4 total length one beyond the data',
    hex: ip4({ protocol: 17, total: 29, payload: udp(1, 2) }),
    ...error('IP_TOTAL_LENGTH', 2),
  },
  {
    name: 'IPv6 payload length one beyond the data',
    hex: ip6({ next: 17, length: 9, payload: udp(1, 2) }),
    ...error('IP_PAYLOAD_LENGTH', 4),
  },
  {
    name: 'IPv6 payload length 65535',
    hex: ip6({ next: 17, length: 65535, payload: udp(1, 2) }),
    ...error('IP_PAYLOAD_LENGTH', 4),
  },
];

export const flowCases = [
  ...transport,
  ...gre,
  ...icmp,
  ...icmpErrorCases,
  ...fragmentCases,
  ...extensions,
  ...faults,
];

if (bytesOf(transport[0].hex) !== 40 || u16(1) + u8(1) !== '000101')
  throw new Error('the hand-written packet');
