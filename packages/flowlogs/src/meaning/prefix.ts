import { type Address, formatAddress, parseAddress } from '../record/address.js';

/** An address prefix; bits behind the length are zero. */
export interface Prefix {
  readonly address: Address;
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
}

/**
 * Reads `ADDRESS/LENGTH`, or an address alone as a prefix of itself. Bits behind the length are cleared. An IPv4-mapped
 * IPv6 prefix of 96 bits or more is the IPv4 prefix. Undefined when the text is none.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const [addressText = '', lengthText, ...more] = text.trim().split('/');
  const address = parseAddress(addressText);
  if (address === undefined || more.length > 0) return undefined;
  const most = address.family === 4 ? 32 : 128;
  if (lengthText === undefined) return { address, length: most };
  if (!/^\d{1,3}$/.test(lengthText)) return undefined;
  const given = Number(lengthText);
  const length = address.family === 4 && addressText.includes(':') ? given - 96 : given;
  return length < 0 || length > most ? undefined : { address: masked(address, length), length };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

function masked(address: Address, length: number): Address {
  const word = (value: number, bits: number): number =>
    bits <= 0 ? 0 : bits >= 32 ? value : (value & (-1 << (32 - bits))) >>> 0;
  if (address.family === 4) return { family: 4, value: word(address.value, length) };
  const [a, b, c, d] = address.words;
  return {
    family: 6,
    words: [word(a, length), word(b, length - 32), word(c, length - 64), word(d, length - 96)],
  };
}
