import { GeneveError } from './errors.js';

/** Lower-case hex without blanks. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * Bytes of hex text; blanks and line breaks between digits are allowed.
 * @throws GeneveError `NET_GENEVE_HEX` for anything else.
 */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s+/g, '');
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits))
    throw new GeneveError('NET_GENEVE_HEX', 'hex text must be pairs of hex digits');
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** One array of all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** -1, 0 or 1, as memcmp of two arrays of one length. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length; index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

/** Big-endian 16 bits; the caller has checked that they are there. */
export function read16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

/** Big-endian 32 bits, unsigned; the caller has checked that they are there. */
export function read32(bytes: Uint8Array, offset: number): number {
  return ((read16(bytes, offset) << 16) | read16(bytes, offset + 2)) >>> 0;
}

/** Big-endian 64 bits, unsigned; the caller has checked that they are there. */
export function read64(bytes: Uint8Array, offset: number): bigint {
  return (BigInt(read32(bytes, offset)) << 32n) | BigInt(read32(bytes, offset + 4));
}

export function write16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function write32(bytes: Uint8Array, offset: number, value: number): void {
  write16(bytes, offset, value >>> 16);
  write16(bytes, offset + 2, value & 0xffff);
}

/** @throws GeneveError `NET_GENEVE_RANGE` unless `value` is an integer from 0 to `maximum`. */
export function checkRange(what: string, value: number, maximum: number): number {
  if (!Number.isInteger(value) || value < 0 || value > maximum)
    throw new GeneveError(
      'NET_GENEVE_RANGE',
      `${what} must be an integer from 0 to ${maximum}, not ${value}`,
    );
  return value;
}
