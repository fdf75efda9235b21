import { GeneveError } from './errors.js';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';

/** The names that belong to one endpoint. */
export interface EndpointNames {
  /** `gwi-X`: where packets from the endpoint appear. */
  readonly ingress: string;
  /** `gwo-X`: where packets to the endpoint go. */
  readonly egress: string;
  /** 17 hex digits, zero-padded, as hooks, logs and health output show the id. */
  readonly hex17: string;
  /** 16 hex digits, as AWS shows the id behind `vpce-0`. */
  readonly hex16: string;
}

/**
 * Interface and display names of an endpoint id.
 * @throws GeneveError `NET_GENEVE_RANGE` unless the id is from 0 to 2^64 - 1.
 */
export function endpointNames(endpointId: bigint): EndpointNames {
  const suffix = toBase60(endpointId);
  return {
    ingress: `gwi-${suffix}`,
    egress: `gwo-${suffix}`,
    hex17: endpointId.toString(16).padStart(17, '0'),
    hex16: endpointId.toString(16).padStart(16, '0'),
  };
}

/** Base 60 with the digits 0-9, a-z, A-X, most significant first: at most 11 characters, so that `gwi-X` fits into 15. */
export function toBase60(endpointId: bigint): string {
  if (endpointId < 0n || endpointId >= 1n << 64n)
    throw new GeneveError('NET_GENEVE_RANGE', `an endpoint id is from 0 to 2^64 - 1, not ${endpointId}`);
  let text = '';
  let rest = endpointId;
  do {
    text = DIGITS[Number(rest % 60n)]! + text;
    rest /= 60n;
  } while (rest > 0n);
  return text;
}

/** The endpoint id of a suffix, or `undefined` when it is not one that `toBase60` gives. */
export function fromBase60(suffix: string): bigint | undefined {
  if (suffix.length === 0 || suffix.length > 11) return undefined;
  if (suffix.length > 1 && suffix.startsWith('0')) return undefined;
  let value = 0n;
  for (const character of suffix) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return undefined;
    value = value * 60n + BigInt(digit);
  }
  return value < 1n << 64n ? value : undefined;
}
