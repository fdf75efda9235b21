import { parseAddress } from './address.js';
import { checkRange, concatBytes, toHex, write16, write32 } from './bytes.js';
import { crc32c, internetChecksum } from './checksum.js';
import { GeneveError } from './errors.js';

/** A part of a packet above IP: bytes that may need the addresses of the IP header for their checksum. */
export interface TransportPart {
  readonly protocol: number;
  encode(addresses: Addresses): Uint8Array;
}

/** The addresses that a pseudo-header covers; both of one version. */
export interface Addresses {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** An IP packet to build. Text addresses decide the version. */
export interface IpPacketInput {
  readonly source: string;
  readonly destination: string;
  readonly payload: TransportPart;
  /** TTL or hop limit, 0 to 255; 64 when left out. */
  readonly hops?: number;
  /** DSCP and ECN octet. */
  readonly trafficClass?: number;
  /** IPv4 identification. */
  readonly identification?: number;
  /** IPv4: don't fragment. */
  readonly dontFragment?: boolean;
  /** IPv4 options, a multiple of 4 bytes, at most 40. */
  readonly options?: Uint8Array;
  /** IPv6 extension headers in front of the payload, outermost first. */
  readonly extensions?: readonly Ipv6Extension[];
}

/** One IPv6 extension header: `body` follows the Next Header octet; its length octet is part of it. */
export interface Ipv6Extension {
  readonly protocol: number;
  readonly body: Uint8Array;
}

/**
 * A whole IPv4 or IPv6 packet with right lengths and checksums.
 * @throws GeneveError for addresses of two versions, or a field out of range.
 */
export function buildIp(input: IpPacketInput): Uint8Array<ArrayBuffer> {
  const addresses = { source: parseAddress(input.source), destination: parseAddress(input.destination) };
  if (addresses.source.length !== addresses.destination.length)
    throw new GeneveError('NET_GENEVE_ADDRESS', 'source and destination are of two IP versions');
  const payload = input.payload.encode(addresses);
  return addresses.source.length === 4 ? ipv4(input, addresses, payload) : ipv6(input, addresses, payload);
}

/** A UDP datagram (RFC 768). */
export function udp(sourcePort: number, destinationPort: number, data: Uint8Array = EMPTY): TransportPart {
  return {
    protocol: 17,
    encode: (addresses) => {
      const bytes = ported(sourcePort, destinationPort, 8, data);
      write16(bytes, 4, checkRange('UDP length', bytes.length, 0xffff));
      const checksum = withPseudoHeader(17, addresses, bytes);
      write16(bytes, 6, checksum === 0 ? 0xffff : checksum);
      return bytes;
    },
  };
}

/** What a TCP segment carries beside ports and data. */
export interface TcpFields {
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** Lower octet of the flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. ACK when left out. */
  readonly flags?: number;
  readonly window?: number;
  /** A multiple of 4 bytes, at most 40. */
  readonly options?: Uint8Array;
}

/** A TCP segment (RFC 9293). */
export function tcp(
  sourcePort: number,
  destinationPort: number,
  data: Uint8Array = EMPTY,
  fields: TcpFields = {},
): TransportPart {
  const options = words('TCP options', fields.options ?? EMPTY, 40);
  return {
    protocol: 6,
    encode: (addresses) => {
      const bytes = ported(sourcePort, destinationPort, 20, options, data);
      write32(bytes, 4, fields.sequence ?? 1);
      write32(bytes, 8, fields.acknowledgement ?? 0);
      bytes[12] = (5 + options.length / 4) << 4;
      bytes[13] = fields.flags ?? 0x10;
      write16(bytes, 14, fields.window ?? 0xffff);
      write16(bytes, 16, withPseudoHeader(6, addresses, bytes));
      return bytes;
    },
  };
}

/** An SCTP packet with one DATA chunk (RFC 9260). */
export function sctp(sourcePort: number, destinationPort: number, data: Uint8Array = EMPTY): TransportPart {
  return {
    protocol: 132,
    encode: () => {
      const padding = new Uint8Array((4 - (data.length % 4)) % 4);
      const bytes = ported(sourcePort, destinationPort, 12, new Uint8Array(16), data, padding);
      bytes[13] = 3;
      write16(bytes, 14, 16 + data.length);
      bytes.set(crc32c(bytes), 8);
      return bytes;
    },
  };
}

/** An ICMP message (RFC 792), or ICMPv6 (RFC 4443) when `version` is 6; `rest` is the second word. */
export function icmp(
  version: 4 | 6,
  type: number,
  code: number,
  rest: number,
  data: Uint8Array = EMPTY,
): TransportPart {
  return {
    protocol: version === 4 ? 1 : 58,
    encode: (addresses) => {
      const bytes = concatBytes(new Uint8Array(8), data);
      bytes[0] = checkRange('ICMP type', type, 0xff);
      bytes[1] = checkRange('ICMP code', code, 0xff);
      write32(bytes, 4, rest);
      write16(bytes, 2, version === 4 ? internetChecksum(bytes) : withPseudoHeader(58, addresses, bytes));
      return bytes;
    },
  };
}

/** Echo request or reply of the version's ICMP. */
export function echo(
  version: 4 | 6,
  kind: 'request' | 'reply',
  identifier: number,
  sequence: number,
  data: Uint8Array = EMPTY,
): TransportPart {
  const type = version === 4 ? { request: 8, reply: 0 }[kind] : { request: 128, reply: 129 }[kind];
  const rest =
    checkRange('echo identifier', identifier, 0xffff) * 0x10000 + checkRange('sequence', sequence, 0xffff);
  return icmp(version, type, 0, rest, data);
}

/** GRE, with a key when one is given (RFC 2890). */
export function gre(protocolType: number, data: Uint8Array, key?: number): TransportPart {
  return {
    protocol: 47,
    encode: () => {
      const bytes = concatBytes(new Uint8Array(key === undefined ? 4 : 8), data);
      write16(bytes, 0, key === undefined ? 0 : 0x2000);
      write16(bytes, 2, checkRange('GRE protocol type', protocolType, 0xffff));
      if (key !== undefined) write32(bytes, 4, key);
      return bytes;
    },
  };
}

/** Any protocol, bytes as they are. */
export function raw(protocol: number, data: Uint8Array): TransportPart {
  return { protocol: checkRange('protocol', protocol, 0xff), encode: () => data };
}

/** A scapy expression for a packet, to look at a case by hand. */
export function scapyExpression(packet: Uint8Array): string {
  return `${packet[0]! >> 4 === 6 ? 'IPv6' : 'IP'}(bytes.fromhex("${toHex(packet)}"))`;
}

const EMPTY = new Uint8Array(0);

function ipv4(input: IpPacketInput, addresses: Addresses, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const options = words('IPv4 options', input.options ?? EMPTY, 40);
  const bytes = concatBytes(new Uint8Array(20), options, payload);
  const headerLength = 20 + options.length;
  bytes[0] = 0x40 | (headerLength / 4);
  bytes[1] = checkRange('traffic class', input.trafficClass ?? 0, 0xff);
  write16(bytes, 2, checkRange('total length', bytes.length, 0xffff));
  write16(bytes, 4, checkRange('identification', input.identification ?? 0, 0xffff));
  write16(bytes, 6, input.dontFragment === true ? 0x4000 : 0);
  bytes[8] = checkRange('TTL', input.hops ?? 64, 0xff);
  bytes[9] = input.payload.protocol;
  bytes.set(addresses.source, 12);
  bytes.set(addresses.destination, 16);
  write16(bytes, 10, internetChecksum(bytes.subarray(0, headerLength)));
  return bytes;
}

function ipv6(input: IpPacketInput, addresses: Addresses, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const extensions = input.extensions ?? [];
  const protocols = [...extensions.map((extension) => extension.protocol), input.payload.protocol];
  const parts = extensions.map((extension, index) =>
    concatBytes(Uint8Array.of(protocols[index + 1]!), extension.body),
  );
  const bytes = concatBytes(new Uint8Array(40), ...parts, payload);
  write32(
    bytes,
    0,
    (6 * 0x10000000 + checkRange('traffic class', input.trafficClass ?? 0, 0xff) * 0x100000) >>> 0,
  );
  write16(bytes, 4, checkRange('payload length', bytes.length - 40, 0xffff));
  bytes[6] = protocols[0]!;
  bytes[7] = checkRange('hop limit', input.hops ?? 64, 0xff);
  bytes.set(addresses.source, 8);
  bytes.set(addresses.destination, 24);
  return bytes;
}

function ported(
  source: number,
  destination: number,
  headerLength: number,
  ...rest: Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const bytes = concatBytes(new Uint8Array(headerLength), ...rest);
  write16(bytes, 0, checkRange('source port', source, 0xffff));
  write16(bytes, 2, checkRange('destination port', destination, 0xffff));
  return bytes;
}

/** Checksum with the pseudo-header of RFC 9293 (IPv4) or RFC 8200, section 8.1. */
function withPseudoHeader(protocol: number, addresses: Addresses, bytes: Uint8Array): number {
  const tail = new Uint8Array(8);
  write32(tail, 0, bytes.length);
  tail[7] = protocol;
  return internetChecksum(addresses.source, addresses.destination, tail, bytes);
}

function words(what: string, bytes: Uint8Array, maximum: number): Uint8Array {
  if (bytes.length % 4 !== 0 || bytes.length > maximum)
    throw new GeneveError('NET_GENEVE_RANGE', `${what} must be up to ${maximum} bytes in words of 4`);
  return bytes;
}
