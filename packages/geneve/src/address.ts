import { read16, write16 } from './bytes.js';
import { GeneveError } from './errors.js';
import { isIPv4, isIPv6 } from 'node:net';

/**
 * The 4 or 16 bytes of an address in text.
 * @throws GeneveError `NET_GENEVE_ADDRESS` when it is neither IPv4 (dotted quad) nor IPv6 without a zone.
 */
export function parseAddress(text: string): Uint8Array<ArrayBuffer> {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%'))
    throw new GeneveError('NET_GENEVE_ADDRESS', `${JSON.stringify(text)} is not an IP address`);
  const bytes = new Uint8Array(16);
  const [head, tail] = text.split('::') as [string, string | undefined];
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  front.forEach((group, index) => write16(bytes, 2 * index, group));
  back.forEach((group, index) => write16(bytes, 16 - 2 * (back.length - index), group));
  return bytes;
}

/** An address in text: dotted quad, or IPv6 in the form of RFC 5952 (without embedded IPv4). */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16)
    throw new GeneveError('NET_GENEVE_ADDRESS', `an address has 4 or 16 bytes, not ${bytes.length}`);
  const groups = Array.from({ length: 8 }, (_, index) => read16(bytes, 2 * index));
  const { start, length } = longestZeroRun(groups);
  const text = groups.map((group) => group.toString(16));
  if (length < 2) return text.join(':');
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const quad = part.split('.').map(Number) as [number, number, number, number];
    return [quad[0] * 256 + quad[1], quad[2] * 256 + quad[3]];
  });
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
