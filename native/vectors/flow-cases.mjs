import {
  authentication,
  bytesOf,
  echo,
  extension,
  fragment6,
  icmpError,
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

// 192.0.2.1 -> 198.51.100.2 and 2001:db8::1 -> 2001:db8::2: the source is the lower end.
const A4 = 'c0000201';
const B4 = 'c6336402';
const A6 = '20010db8000000000000000000000001';
const B6 = '20010db8000000000000000000000002';

const four = (fields) => ({
  version: 4,
  protocol: 0,
  source: A4,
  destination: B4,
  sourcePort: 0,
  destinationPort: 0,
  identifier: 0,
  reversed: false,
  quoted: false,
  truncated: false,
  fragment: null,
  ...fields,
});
const six = (fields) => four({ version: 6, source: A6, destination: B6, ...fields });
const back4 = { source: B4, destination: A4 };
const back6 = { source: B6, destination: A6 };
const error = (code, offset) => ({ error: { code, offset } });
const ports = (sourcePort, destinationPort) => ({ sourcePort, destinationPort });

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

// A router at 203.0.113.9 (or the far host) answers a packet that went A -> B; the error travels to A.
const R4 = 'cb007109';
const R6 = '20010db800000000000000000000ffff';
const sent4 = ip4({ protocol: 17, payload: udp(1000, 53, zeros(16)) });
const flowOfSent4 = four({ protocol: 17, ...back4, ...ports(53, 1000), reversed: true, quoted: true });
const toA4 = (payload) => ip4({ protocol: 1, source: R4, destination: A4, payload });
const own4 = (fields = {}) => four({ protocol: 1, source: R4, destination: A4, reversed: true, ...fields });
const sent6 = ip6({ next: 6, payload: tcp(49152, 443) });
const flowOfSent6 = six({ protocol: 6, ...back6, ...ports(443, 49152), reversed: true, quoted: true });
const toA6 = (payload) => ip6({ next: 58, source: R6, destination: A6, payload });
const own6 = (fields = {}) => six({ protocol: 58, source: R6, destination: A6, reversed: true, ...fields });

const errors = [
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

const cut4 = { identification: 0x1234 };
const fragments = [
  {
    name: 'IPv4 first fragment has ports',
    hex: ip4({ protocol: 17, more: true, payload: udp(1000, 53, zeros(8)) }),
    expect: four({ protocol: 17, ...ports(1000, 53), fragment: { ...cut4, offset: 0, more: true } }),
  },
  {
    name: 'IPv4 middle fragment: its payload is no port',
    hex: ip4({ protocol: 17, more: true, offset: 1480, payload: 'ffffffffffffffff' }),
    expect: four({ protocol: 17, fragment: { ...cut4, offset: 1480, more: true } }),
  },
  {
    name: 'IPv4 last fragment of one byte',
    hex: ip4({ protocol: 17, offset: 2960, payload: 'ff' }),
    expect: four({ protocol: 17, fragment: { ...cut4, offset: 2960, more: false } }),
  },
  {
    name: 'IPv4 last fragment of TCP below 20 bytes',
    hex: ip4({ protocol: 6, offset: 8, payload: zeros(8) }),
    expect: four({ protocol: 6, fragment: { ...cut4, offset: 8, more: false } }),
  },
  {
    name: 'the highest fragment offset',
    hex: ip4({ protocol: 17, offset: 65528, identification: 0xffff, payload: 'ff' }),
    expect: four({ protocol: 17, fragment: { identification: 0xffff, offset: 65528, more: false } }),
  },
  {
    name: "don't fragment is no fragment",
    hex: ip4({ protocol: 17, df: true, payload: udp(1, 2) }),
    expect: four({ protocol: 17, ...ports(1, 2) }),
  },
  {
    name: 'a later fragment of ICMP is not read as an error',
    hex: ip4({ protocol: 1, offset: 8, payload: icmpError(3, 0, sent4) }),
    expect: four({ protocol: 1, fragment: { ...cut4, offset: 8, more: false } }),
  },
  {
    name: 'first fragment of an echo has its identifier',
    hex: ip4({ protocol: 1, more: true, payload: echo(8, 5) }),
    expect: four({ protocol: 1, identifier: 5, fragment: { ...cut4, offset: 0, more: true } }),
  },
  {
    name: 'first fragment without a payload byte',
    hex: ip4({ protocol: 17, more: true }),
    expect: four({ protocol: 17, truncated: true, fragment: { ...cut4, offset: 0, more: true } }),
  },
  {
    name: 'IPv6 first fragment has ports',
    hex: ip6({ next: 44, payload: fragment6(17, 0, true, 0xcafebabe) + udp(1000, 53, zeros(8)) }),
    expect: six({
      protocol: 17,
      ...ports(1000, 53),
      fragment: { identification: 0xcafebabe, offset: 0, more: true },
    }),
  },
  {
    name: 'IPv6 later fragment',
    hex: ip6({ next: 44, payload: fragment6(17, 1448, false, 0xcafebabe) + 'ffffffffff' }),
    expect: six({ protocol: 17, fragment: { identification: 0xcafebabe, offset: 1448, more: false } }),
  },
  {
    name: 'IPv6 later fragment behind hop-by-hop, next header an extension that is not walked',
    hex: ip6({ next: 0, payload: extension(44) + fragment6(60, 8, true, 9) + zeros(8) }),
    expect: six({ protocol: 60, fragment: { identification: 9, offset: 8, more: true } }),
  },
  {
    name: 'IPv6 first fragment with destination options behind the fragment header',
    hex: ip6({ next: 44, payload: fragment6(60, 0, true, 9) + extension(6) + tcp(1, 2) }),
    expect: six({ protocol: 6, ...ports(1, 2), fragment: { identification: 9, offset: 0, more: true } }),
  },
  {
    name: 'IPv6 atomic fragment is a whole packet',
    hex: ip6({ next: 44, payload: fragment6(17, 0, false, 9) + udp(1000, 53) }),
    expect: six({ protocol: 17, ...ports(1000, 53) }),
  },
  {
    name: 'IPv6 first fragment without its transport header',
    hex: ip6({ next: 44, payload: fragment6(17, 0, true, 9) }),
    expect: six({ protocol: 17, truncated: true, fragment: { identification: 9, offset: 0, more: true } }),
  },
  {
    name: 'IPv6 fragment header cut off',
    hex: ip6({ next: 44, payload: fragment6(17, 0, true, 9).slice(0, 14) }),
    expect: six({ protocol: 44, truncated: true }),
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

export const flowCases = [...transport, ...gre, ...icmp, ...errors, ...fragments, ...extensions, ...faults];

if (bytesOf(transport[0].hex) !== 40 || u16(1) + u8(1) !== '000101')
  throw new Error('the hand-written packet');
