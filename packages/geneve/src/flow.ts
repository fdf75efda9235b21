import { compareBytes, read16, read32 } from './bytes.js';
import { type Fragment, type IpHeader, type IpReading, readIp } from './ip.js';
import { type Decoded, decoded, refused } from './result.js';

/** The flow of an inner packet, in the direction in which the packet travels. Addresses are views of the packet. */
export interface Flow {
  readonly version: 4 | 6;
  /** Upper-layer protocol, behind IPv6 extension headers. */
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** TCP, UDP and SCTP; else 0. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** ICMP and ICMPv6 query identifier, GRE key; else 0. */
  readonly identifier: number;
  /** An ICMP error: the flow is the quoted packet's with its ends swapped. */
  readonly quoted: boolean;
  /** Ports, identifier or an extension header are cut off; the fields are 0. */
  readonly truncated: boolean;
  /** Set for every fragment but atomic ones; of an ICMP error, that of the quoted packet. */
  readonly fragment: Fragment | undefined;
}

/**
 * Finds the flow of an inner packet. Refuses only what is no IP packet: a transport header that is cut off makes a
 * flow without ports, since the packet can still be delivered and returned.
 */
export function decodeFlow(packet: Uint8Array): Decoded<Flow> {
  const ip = readIp(packet, 0, 'whole');
  if ('code' in ip) return refused(ip.code, ip.offset, ip.message);
  return decoded(flowOf(packet, ip));
}

/** Which end is the lower one in the canonical key: true when (source, source port) is above (destination, destination port). */
export function isReversed(
  flow: Pick<Flow, 'source' | 'destination' | 'sourcePort' | 'destinationPort'>,
): boolean {
  const order = compareBytes(flow.source, flow.destination);
  return order > 0 || (order === 0 && flow.sourcePort > flow.destinationPort);
}

/** A text that is equal for both directions of a connection and different for any two connections. */
export function canonicalFlowKey(flow: Flow): string {
  const ends = [
    `${Buffer.from(flow.source).toString('hex')}.${flow.sourcePort}`,
    `${Buffer.from(flow.destination).toString('hex')}.${flow.destinationPort}`,
  ];
  if (isReversed(flow)) ends.reverse();
  return `${flow.version}/${flow.protocol}/${ends.join('-')}/${flow.identifier}`;
}

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const GRE = 47;
const ICMPV6 = 58;
const SCTP = 132;

const ICMP_QUERIES: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18, 42, 43]);
const ICMPV6_QUERIES: ReadonlySet<number> = new Set([128, 129, 160, 161]);
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

interface Selectors {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly identifier: number;
  readonly truncated: boolean;
}

const NONE: Selectors = { sourcePort: 0, destinationPort: 0, identifier: 0, truncated: false };
const CUT: Selectors = { ...NONE, truncated: true };

function flowOf(packet: Uint8Array, ip: IpHeader): Flow {
  if (carriesTransport(ip) && isIcmpError(packet, ip)) {
    const quoted = quotedFlow(packet, ip);
    if (quoted) return quoted;
    return ownFlow(ip, ip.end - ip.transport < 8 ? CUT : NONE);
  }
  return ownFlow(ip, selectorsOf(packet, ip));
}

function ownFlow(ip: IpHeader, selectors: Selectors): Flow {
  return {
    version: ip.version,
    protocol: ip.protocol,
    source: ip.source,
    destination: ip.destination,
    sourcePort: selectors.sourcePort,
    destinationPort: selectors.destinationPort,
    identifier: selectors.identifier,
    quoted: false,
    truncated: selectors.truncated,
    fragment: ip.fragment,
  };
}

/** The flow that an ICMP error is about, or nothing when its quote cannot be read or is an ICMP error itself. */
function quotedFlow(packet: Uint8Array, ip: IpHeader): Flow | undefined {
  const start = ip.transport + 8;
  const quote: IpReading = readIp(packet.subarray(0, ip.end), start, 'quoted');
  if ('code' in quote || quote.version !== ip.version) return undefined;
  if (carriesTransport(quote) && isIcmpError(packet, quote)) return undefined;
  const flow = ownFlow(quote, selectorsOf(packet, quote));
  return {
    ...flow,
    source: flow.destination,
    destination: flow.source,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
    quoted: true,
  };
}

/** False where the transport header is not in this packet: a later fragment, or a cut chain of extension headers. */
function carriesTransport(ip: IpHeader): boolean {
  return !ip.truncated && (ip.fragment === undefined || ip.fragment.offset === 0);
}

function isIcmpError(packet: Uint8Array, ip: IpHeader): boolean {
  if (ip.end <= ip.transport) return false;
  const type = packet[ip.transport]!;
  if (ip.version === 4) return ip.protocol === ICMP && ICMP_ERRORS.has(type);
  return ip.protocol === ICMPV6 && type < 128;
}

function selectorsOf(packet: Uint8Array, ip: IpHeader): Selectors {
  if (ip.truncated) return CUT;
  if (!carriesTransport(ip)) return NONE;
  const length = ip.end - ip.transport;
  switch (ip.protocol) {
    case TCP:
    case UDP:
    case SCTP:
      if (length < 4) return CUT;
      return {
        ...NONE,
        sourcePort: read16(packet, ip.transport),
        destinationPort: read16(packet, ip.transport + 2),
      };
    case GRE:
      return greSelectors(packet, ip.transport, length);
    case ICMP:
      return ip.version === 4 ? icmpSelectors(packet, ip.transport, length, ICMP_QUERIES) : NONE;
    case ICMPV6:
      return ip.version === 6 ? icmpSelectors(packet, ip.transport, length, ICMPV6_QUERIES) : NONE;
    default:
      return NONE;
  }
}

function icmpSelectors(
  packet: Uint8Array,
  at: number,
  length: number,
  queries: ReadonlySet<number>,
): Selectors {
  if (length < 1) return CUT;
  if (!queries.has(packet[at]!)) return NONE;
  return length < 6 ? CUT : { ...NONE, identifier: read16(packet, at + 4) };
}

/** GRE key (RFC 2890), behind the checksum word when the checksum or the routing bit of RFC 1701 is set. */
function greSelectors(packet: Uint8Array, at: number, length: number): Selectors {
  if (length < 2) return CUT;
  const flags = read16(packet, at);
  if ((flags & 0x2000) === 0 || (flags & 7) !== 0) return NONE;
  const key = 4 + ((flags & 0xc000) !== 0 ? 4 : 0);
  return length < key + 4 ? CUT : { ...NONE, identifier: read32(packet, at + key) };
}
