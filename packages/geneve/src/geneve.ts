import { checkRange, read16, write16, write32 } from './bytes.js';
import { GeneveError } from './errors.js';
import { type Decoded, decoded, refused } from './result.js';

/** A Geneve header (RFC 8926, section 3.4). Byte fields are views of the packet, not copies. */
export interface GeneveHeader {
  /** O: a control packet, whose payload an endpoint must not forward. */
  readonly control: boolean;
  /** C: at least one option is critical. */
  readonly critical: boolean;
  /** The six reserved flag bits, 0 to 63; senders set 0, receivers ignore them. */
  readonly reservedFlags: number;
  /** EtherType of what follows: 0x0800 IPv4, 0x86dd IPv6, 0x6558 Ethernet. */
  readonly protocol: number;
  /** Virtual network identifier, 24 bits. */
  readonly vni: number;
  /** The reserved last octet; senders set 0, receivers ignore it. */
  readonly reserved: number;
  /** 8 to 260: where the inner packet begins. */
  readonly headerLength: number;
  /** In the order of the packet, unknown ones included. */
  readonly options: readonly GeneveOption[];
}

/** One option of the list (RFC 8926, section 3.5). */
export interface GeneveOption {
  readonly optionClass: number;
  /** The whole type octet, the critical bit (0x80) included. */
  readonly type: number;
  readonly critical: boolean;
  /** The three reserved bits in front of the length, 0 to 7. */
  readonly reserved: number;
  /** 0 to 124 bytes, a multiple of 4: a view of the packet. */
  readonly data: Uint8Array;
  /** Where the option's own header begins, counted from the first byte of the packet. */
  readonly offset: number;
}

/** EtherTypes that GWLB sends. */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;

/** UDP port of Geneve (RFC 8926, section 3.3). */
export const GENEVE_PORT = 6081;

/** Decodes the header at the start of a UDP payload; `bytes` is not copied and must not change while the result is used. */
export function decodeGeneve(bytes: Uint8Array): Decoded<GeneveHeader> {
  const fault = fixedHeaderFault(bytes);
  if (fault) return fault;
  const headerLength = headerLengthOf(bytes);
  const options: GeneveOption[] = [];
  for (let at = 8; at < headerLength; ) {
    const end = optionEnd(bytes, at);
    if (end > headerLength) return optionPastEnd(at, end, headerLength);
    const type = bytes[at + 2]!;
    options.push({
      optionClass: read16(bytes, at),
      type,
      critical: type >= 0x80,
      reserved: bytes[at + 3]! >> 5,
      data: bytes.subarray(at + 4, end),
      offset: at,
    });
    at = end;
  }
  const flags = bytes[1]!;
  return decoded({
    control: (flags & 0x80) !== 0,
    critical: (flags & 0x40) !== 0,
    reservedFlags: flags & 0x3f,
    protocol: read16(bytes, 2),
    vni: (read16(bytes, 4) << 8) | bytes[6]!,
    reserved: bytes[7]!,
    headerLength,
    options,
  });
}

/** What `encodeGeneve` needs; everything else is 0. */
export interface GeneveHeaderInput {
  readonly protocol: number;
  readonly vni?: number;
  readonly control?: boolean;
  /** Left out: set when an option is critical, as RFC 8926 demands. */
  readonly critical?: boolean;
  readonly reservedFlags?: number;
  readonly reserved?: number;
  readonly options?: readonly GeneveOptionInput[];
}

/** One option to encode; `data` is a multiple of 4 bytes, at most 124. */
export interface GeneveOptionInput {
  readonly optionClass: number;
  readonly type: number;
  readonly reserved?: number;
  readonly data: Uint8Array;
}

/**
 * Encodes a header. Encoding what `decodeGeneve` gave yields the same bytes.
 * @throws GeneveError `NET_GENEVE_RANGE` for a number or length outside its field.
 */
export function encodeGeneve(header: GeneveHeaderInput): Uint8Array<ArrayBuffer> {
  const options = header.options ?? [];
  const optionsLength = options.reduce((sum, option) => sum + 4 + option.data.length, 0);
  if (optionsLength > 252)
    throw new GeneveError('NET_GENEVE_RANGE', `options take ${optionsLength} bytes, the header holds 252`);
  const bytes = new Uint8Array(8 + optionsLength);
  const critical = header.critical ?? options.some((option) => option.type >= 0x80);
  bytes[0] = optionsLength / 4;
  bytes[1] =
    (header.control === true ? 0x80 : 0) |
    (critical ? 0x40 : 0) |
    checkRange('reserved flags', header.reservedFlags ?? 0, 0x3f);
  write16(bytes, 2, checkRange('protocol', header.protocol, 0xffff));
  write32(
    bytes,
    4,
    checkRange('VNI', header.vni ?? 0, 0xffffff) * 256 +
      checkRange('reserved octet', header.reserved ?? 0, 0xff),
  );
  let at = 8;
  for (const option of options) at = writeOption(bytes, at, option);
  return bytes;
}

function writeOption(bytes: Uint8Array, at: number, option: GeneveOptionInput): number {
  const length = option.data.length;
  if (length % 4 !== 0 || length > 124)
    throw new GeneveError(
      'NET_GENEVE_RANGE',
      `option data must be 0 to 124 bytes in words of 4, not ${length}`,
    );
  write16(bytes, at, checkRange('option class', option.optionClass, 0xffff));
  bytes[at + 2] = checkRange('option type', option.type, 0xff);
  bytes[at + 3] = (checkRange('reserved option bits', option.reserved ?? 0, 7) << 5) | (length / 4);
  bytes.set(option.data, at + 4);
  return at + 4 + length;
}

export function headerLengthOf(bytes: Uint8Array): number {
  return 8 + 4 * (bytes[0]! & 0x3f);
}

export function optionEnd(bytes: Uint8Array, at: number): number {
  return at + 4 + 4 * (bytes[at + 3]! & 0x1f);
}

export function optionPastEnd(at: number, end: number, headerLength: number): ReturnType<typeof refused> {
  return refused(
    'GENEVE_OPTION_PAST_END',
    at,
    `an option ends at ${end}, the option list at ${headerLength}`,
  );
}

export function fixedHeaderFault(bytes: Uint8Array): ReturnType<typeof refused> | undefined {
  if (bytes.length < 8)
    return refused('GENEVE_TOO_SHORT', bytes.length, `a Geneve header has 8 bytes, not ${bytes.length}`);
  if (bytes[0]! >= 0x40) return refused('GENEVE_VERSION', 0, `version ${bytes[0]! >> 6} is unknown`);
  if (headerLengthOf(bytes) > bytes.length)
    return refused(
      'GENEVE_OPTIONS_PAST_END',
      0,
      `the header claims ${headerLengthOf(bytes)} bytes, ${bytes.length} are there`,
    );
  return undefined;
}
