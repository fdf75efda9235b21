import { echo, extension, fragment6, icmpError, ip4, ip6, tcp, udp, zeros } from './hex.mjs';
import { four, ports, six } from './flow-fields.mjs';
import { sent4 } from './icmp-error-cases.mjs';

const cut4 = { identification: 0x1234 };
/** Fragments: which have ports, and where they belong. */
export const fragmentCases = [
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
