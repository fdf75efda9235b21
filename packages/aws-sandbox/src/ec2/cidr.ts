import { isIPv4, isIPv6 } from 'node:net';

/** A block of addresses. */
export interface Cidr {
  readonly family: 4 | 6;
  /** The first address, host bits cleared. */
  readonly base: bigint;
  readonly prefix: number;
}

/** Parses `address/prefix`; undefined if it is none. Host bits are cleared, as EC2 does. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const [, address = '', length = ''] = match;
  const parsed = parseAddress(address);
  const prefix = Number(length);
  if (!parsed || prefix > (parsed.family === 4 ? 32 : 128)) return undefined;
  return { family: parsed.family, base: clearHost(parsed.value, parsed.family, prefix), prefix };
}

/** Parses an address of either family. */
export function parseAddress(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  if (isIPv4(text)) {
    return { family: 4, value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain = embedded ? `${embedded[1] ?? ''}${embeddedGroups(embedded[2] ?? '')}` : text;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const fill = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  const value = [...left, ...fill, ...right].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
  return { family: 6, value };
}

/** Canonical text: dotted quads, or RFC 5952. */
export function formatAddress(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 255n).toString()).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.family, cidr.base)}/${cidr.prefix}`;
}

/** Whether the first block holds all of the second. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return (
    outer.family === inner.family &&
    inner.prefix >= outer.prefix &&
    clearHost(inner.base, outer.family, outer.prefix) === outer.base
  );
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a);
}

/** Number of addresses. */
export function sizeOf(cidr: Cidr): bigint {
  return 1n << BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefix);
}

function clearHost(value: bigint, family: 4 | 6, prefix: number): bigint {
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefix);
  return (value >> hostBits) << hostBits;
}

function embeddedGroups(quads: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = quads.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function longestZeroRun(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
