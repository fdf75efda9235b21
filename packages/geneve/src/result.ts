/** What a decoder gives: a value, or where and why the bytes are not one. Decoders never throw on packet bytes. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DecodeError };

/** Why bytes were refused. */
export interface DecodeError {
  readonly code: DecodeErrorCode;
  /** Position of the offending byte, counted from the first byte given to the decoder. */
  readonly offset: number;
  /** One sentence for people; holds numbers only, never packet bytes. */
  readonly message: string;
}

/** Every code a decoder of this package gives. */
export type DecodeErrorCode = GeneveErrorCode | GwlbErrorCode | IpErrorCode | PcapErrorCode;

/** The Geneve header or its option list does not hold together (RFC 8926, section 3). */
export type GeneveErrorCode =
  | 'GENEVE_TOO_SHORT'
  | 'GENEVE_VERSION'
  | 'GENEVE_OPTIONS_PAST_END'
  | 'GENEVE_OPTION_PAST_END';

/** The header holds together, but a Gateway Load Balancer target must not handle the packet. */
export type GwlbErrorCode =
  | 'GENEVE_CONTROL'
  | 'GENEVE_PROTOCOL'
  | 'GENEVE_OPTION_CRITICAL'
  | 'GWLB_OPTION_LENGTH'
  | 'GWLB_OPTION_DUPLICATE'
  | 'GWLB_OPTIONS_MISSING';

/** The inner packet is not an IPv4 or IPv6 packet (RFC 791, RFC 8200). */
export type IpErrorCode =
  | 'IP_TOO_SHORT'
  | 'IP_VERSION'
  | 'IP_HEADER_LENGTH'
  | 'IP_TOTAL_LENGTH'
  | 'IP_PAYLOAD_LENGTH';

/** A capture file is damaged. */
export type PcapErrorCode = 'PCAP_MAGIC' | 'PCAP_TRUNCATED' | 'PCAP_RECORD_LENGTH';

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

export function refused(
  code: DecodeErrorCode,
  offset: number,
  message: string,
): { ok: false; error: DecodeError } {
  return { ok: false, error: { code, offset, message } };
}
