import { read16, read32 } from './bytes.js';
import type { IpErrorCode } from './result.js';

/** Where a fragment belongs. */
export interface Fragment {
  /** 16 bits in IPv4, 32 in IPv6. */
  readonly identification: number;
  /** In bytes. */
  readonly offset: number;
  /** More fragments follow. */
  readonly more: boolean;
}

/** What the IP header and its extension headers say. */
export interface IpHeader {
  readonly version: 4 | 6;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** Position of the upper-layer header. */
  readonly transport: number;
  /** One past the last byte that belongs to the packet. */
  readonly end: number;
  readonly fragment: Fragment | undefined;
  /** The walk over the extension headers ended early. */
  readonly truncated: boolean;
}

export interface IpFault {
  readonly code: IpErrorCode;
  readonly offset: number;
  readonly message: string;
}

export type IpReading = IpHeader | IpFault;

/** Extension headers that are walked before the walk ends (RFC 8200 names seven that may come, one of them twice). */
export const MAX_EXTENSION_HEADERS = 8;

/**
 * Reads the IP header at `start`. `quoted`: the packet is quoted in an ICMP error and may be cut off, so that its
 * length field says nothing about the bytes that are there.
 */
export function readIp(packet: Uint8Array, start: number, kind: 'whole' | 'quoted'): IpReading {
  const available = packet.length - start;
  if (available < 1) return fault('IP_TOO_SHORT', packet.length, 'there is no byte of an IP packet');
  const version = packet[start]! >> 4;
  if (version === 4) return readIpv4(packet, start, available, kind);
  if (version === 6) return readIpv6(packet, start, available, kind);
  return fault('IP_VERSION', start, `IP version ${version} is neither 4 nor 6`);
}

function readIpv4(packet: Uint8Array, start: number, available: number, kind: 'whole' | 'quoted'): IpReading {
  if (available < 20)
    return fault('IP_TOO_SHORT', packet.length, `an IPv4 header has 20 bytes, ${available} are there`);
  const headerLength = 4 * (packet[start]! & 0x0f);
  if (headerLength < 20 || headerLength > available)
    return fault('IP_HEADER_LENGTH', start, `an IPv4 header of ${headerLength} bytes in ${available}`);
  const totalLength = read16(packet, start + 2);
  if (kind === 'whole' && (totalLength < headerLength || totalLength > available))
    return fault('IP_TOTAL_LENGTH', start + 2, `an IPv4 packet of ${totalLength} bytes in ${available}`);
  const flags = read16(packet, start + 6);
  const offset = 8 * (flags & 0x1fff);
  const more = (flags & 0x2000) !== 0;
  return {
    version: 4,
    source: packet.subarray(start + 12, start + 16),
    destination: packet.subarray(start + 16, start + 20),
    protocol: packet[start + 9]!,
    transport: start + headerLength,
    end: kind === 'whole' ? start + totalLength : packet.length,
    fragment: more || offset > 0 ? { identification: read16(packet, start + 4), offset, more } : undefined,
    truncated: false,
  };
}

function readIpv6(packet: Uint8Array, start: number, available: number, kind: 'whole' | 'quoted'): IpReading {
  if (available < 40)
    return fault('IP_TOO_SHORT', packet.length, `an IPv6 header has 40 bytes, ${available} are there`);
  const payloadLength = read16(packet, start + 4);
  if (kind === 'whole' && payloadLength > available - 40)
    return fault(
      'IP_PAYLOAD_LENGTH',
      start + 4,
      `an IPv6 payload of ${payloadLength} bytes in ${available - 40}`,
    );
  const end = kind === 'whole' ? start + 40 + payloadLength : packet.length;
  const chain = walkExtensions(packet, start + 40, end, packet[start + 6]!);
  return {
    version: 6,
    source: packet.subarray(start + 8, start + 24),
    destination: packet.subarray(start + 24, start + 40),
    end,
    ...chain,
  };
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
const HOST_IDENTITY = 139;
const SHIM6 = 140;

type Chain = Pick<IpHeader, 'protocol' | 'transport' | 'fragment' | 'truncated'>;

function walkExtensions(packet: Uint8Array, first: number, end: number, firstProtocol: number): Chain {
  let protocol = firstProtocol;
  let at = first;
  let fragment: Fragment | undefined;
  for (let walked = 0; isExtension(protocol); walked++) {
    if (walked === MAX_EXTENSION_HEADERS || at + 8 > end)
      return { protocol, transport: at, fragment, truncated: true };
    const next = packet[at]!;
    const length = extensionLength(protocol, packet[at + 1]!);
    if (at + length > end) return { protocol, transport: at, fragment, truncated: true };
    if (protocol === FRAGMENT) {
      const field = read16(packet, at + 2);
      const offset = field & 0xfff8;
      const more = (field & 1) !== 0;
      if (more || offset > 0) fragment = { identification: read32(packet, at + 4), offset, more };
      if (offset > 0) return { protocol: next, transport: at + length, fragment, truncated: false };
    }
    protocol = next;
    at += length;
  }
  return { protocol, transport: at, fragment, truncated: false };
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case DESTINATION:
    case MOBILITY:
    case HOST_IDENTITY:
    case SHIM6:
      return true;
    default:
      return false;
  }
}

/** In bytes. The authentication header counts words of 4 from its third (RFC 4302, 2.2), the fragment header is 8 long. */
function extensionLength(protocol: number, field: number): number {
  if (protocol === FRAGMENT) return 8;
  if (protocol === AUTHENTICATION) return 4 * (field + 2);
  return 8 * (field + 1);
}

function fault(code: IpErrorCode, offset: number, message: string): IpFault {
  return { code, offset, message };
}
