import { read16, read32, read64, write16, write32 } from './bytes.js';
import { GeneveError } from './errors.js';
import {
  encodeGeneve,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  fixedHeaderFault,
  type GeneveOptionInput,
  headerLengthOf,
  optionEnd,
  optionPastEnd,
} from './geneve.js';
import { type Decoded, decoded, refused } from './result.js';

/** Option class of AWS Gateway Load Balancer. */
export const GWLB_OPTION_CLASS = 0x0108;

/** The three options that every packet from a Gateway Load Balancer carries. */
export interface GwlbMetadata {
  /** Type 1: the 64-bit id of the endpoint that the packet came through. */
  readonly endpointId: bigint;
  /** Type 2: the 64-bit attachment id. */
  readonly attachmentId: bigint;
  /** Type 3: the 32-bit flow cookie, which must come back with every packet of the flow. */
  readonly flowCookie: number;
  /** Where the inner packet begins. */
  readonly headerLength: number;
}

/**
 * Decodes a UDP payload as a target of a Gateway Load Balancer must: refuses control packets, payloads other than
 * IPv4 and IPv6, critical options that are not known (RFC 8926, sections 3.4 and 3.5), and packets on which the three
 * options are not each there once and in their length. Structure is judged first, the whole option list included.
 */
export function decodeGwlb(bytes: Uint8Array): Decoded<GwlbMetadata> {
  const structural = fixedHeaderFault(bytes);
  if (structural) return structural;
  const headerLength = headerLengthOf(bytes);
  const at: [number, number, number] = [0, 0, 0];
  let fault: ReturnType<typeof refused> | undefined;
  for (let option = 8; option < headerLength; ) {
    const end = optionEnd(bytes, option);
    if (end > headerLength) return optionPastEnd(option, end, headerLength);
    fault ??= optionFault(bytes, option, end, at);
    option = end;
  }
  if (bytes[1]! >= 0x80) return refused('GENEVE_CONTROL', 1, 'a control packet is not forwarded');
  const protocol = read16(bytes, 2);
  if (protocol !== ETHERTYPE_IPV4 && protocol !== ETHERTYPE_IPV6)
    return refused('GENEVE_PROTOCOL', 2, `protocol type ${protocol} is neither IPv4 nor IPv6`);
  if (fault) return fault;
  if (at[0] === 0 || at[1] === 0 || at[2] === 0)
    return refused('GWLB_OPTIONS_MISSING', 8, 'endpoint id, attachment id and flow cookie must all be there');
  return decoded({
    endpointId: read64(bytes, at[0] + 4),
    attachmentId: read64(bytes, at[1] + 4),
    flowCookie: read32(bytes, at[2] + 4),
    headerLength,
  });
}

/** Notes where one of the three options is, or says what is wrong with the option. */
function optionFault(
  bytes: Uint8Array,
  option: number,
  end: number,
  at: [number, number, number],
): ReturnType<typeof refused> | undefined {
  const type = bytes[option + 2]!;
  if (read16(bytes, option) !== GWLB_OPTION_CLASS || type < 1 || type > 3) {
    if (type < 0x80) return undefined;
    return refused('GENEVE_OPTION_CRITICAL', option, `a critical option of type ${type} is not known`);
  }
  const expected = type === 3 ? 4 : 8;
  const length = end - option - 4;
  if (length !== expected)
    return refused('GWLB_OPTION_LENGTH', option, `GWLB option ${type} has ${length} bytes, not ${expected}`);
  const index = (type - 1) as 0 | 1 | 2;
  if (at[index] !== 0) return refused('GWLB_OPTION_DUPLICATE', option, `GWLB option ${type} comes twice`);
  at[index] = option;
  return undefined;
}

/** The three options, in the order in which a Gateway Load Balancer sends them. */
export function gwlbOptions(metadata: Omit<GwlbMetadata, 'headerLength'>): GeneveOptionInput[] {
  const cookie = new Uint8Array(4);
  write32(cookie, 0, metadata.flowCookie);
  return [
    { optionClass: GWLB_OPTION_CLASS, type: 1, data: bytes64('endpoint id', metadata.endpointId) },
    { optionClass: GWLB_OPTION_CLASS, type: 2, data: bytes64('attachment id', metadata.attachmentId) },
    { optionClass: GWLB_OPTION_CLASS, type: 3, data: cookie },
  ];
}

/** A whole Geneve header as a Gateway Load Balancer sends it: 40 bytes, VNI 0. */
export function encodeGwlb(
  metadata: Omit<GwlbMetadata, 'headerLength'>,
  ipVersion: 4 | 6,
): Uint8Array<ArrayBuffer> {
  return encodeGeneve({
    protocol: ipVersion === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
    options: gwlbOptions(metadata),
  });
}

function bytes64(what: string, value: bigint): Uint8Array {
  if (value < 0n || value >= 1n << 64n)
    throw new GeneveError('NET_GENEVE_RANGE', `${what} must be from 0 to 2^64 - 1, not ${value}`);
  const bytes = new Uint8Array(8);
  for (let word = 0; word < 4; word++)
    write16(bytes, 2 * word, Number((value >> BigInt(48 - 16 * word)) & 0xffffn));
  return bytes;
}
