/** Address family, in iproute2's words. */
export type Family = 'inet' | 'inet6';

/** An address block: `base` has no bit set below `length`. */
export interface Block {
  readonly family: Family;
  readonly base: bigint;
  readonly length: number;
}

/**
 * Parses `10.0.0.0/24`, `10.0.0.5`, `2001:db8::/64`; host bits are cleared. Undefined for anything else:
 * leading zeros, zone names, IPv4-mapped spellings of other lengths, white space.
 */
export function parseBlock(text: string): Block | undefined {
  return parsed(text).block;
}

// A host's addresses come up again and again, in routes, rules and plans.
const cache = new Map<string, { readonly block: Block | undefined; canonical?: string }>();
const mostCached = 20_000;

function parsed(text: string): { readonly block: Block | undefined; canonical?: string } {
  const found = cache.get(text);
  if (found !== undefined) return found;
  if (cache.size >= mostCached) cache.clear();
  const entry = { block: readBlock(text) };
  if (text.length <= 50) cache.set(text, entry);
  return entry;
}

function readBlock(text: string): Block | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const width = widthOf(address.family);
  let length = width;
  if (slash >= 0) {
    const digits = text.slice(slash + 1);
    if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
    length = Number(digits);
    if (length > width) return undefined;
  }
  return { family: address.family, base: clear(address.value, length, width), length };
}

/** Parses one address without a prefix length. */
export function parseAddress(text: string): { readonly family: Family; readonly value: bigint } | undefined {
  if (text.includes(':')) {
    const value = parseInet6(text);
    return value === undefined ? undefined : { family: 'inet6', value };
  }
  const value = parseInet(text);
  return value === undefined ? undefined : { family: 'inet', value };
}

/** The canonical text of a block (RFC 5952 for IPv6), always with its length. */
export function formatBlock(block: Block): string {
  return `${formatAddress(block.family, block.base)}/${block.length}`;
}

/** The canonical text of an address. */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 'inet') return formatInet(Number(value));
  return formatInet6(value);
}

function formatInet(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatInet6(value: bigint): string {
  const high = value >> 64n;
  const parts = [high >> 32n, high & 0xffffffffn, (value >> 32n) & 0xffffffffn, value & 0xffffffffn];
  const groups = parts.flatMap((part) => {
    const number = Number(part);
    return [number >>> 16, number & 0xffff];
  });
  let start = -1;
  let longest = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && groups[end] === 0) end++;
    if (end - index > longest) [start, longest] = [index, end - index];
    if (end > index) index = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + longest).join(':')}`;
}

/** Canonical `address/length` text, or undefined when `text` is no address or block. */
export function canonicalBlock(text: string): string | undefined {
  const entry = parsed(text);
  if (entry.block === undefined) return undefined;
  return (entry.canonical ??= formatBlock(entry.block));
}

/** True when `inner` lies wholly in `outer` (equal blocks included). */
export function contains(outer: Block, inner: Block): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  return clear(inner.base, outer.length, widthOf(outer.family)) === outer.base;
}

/** 32 or 128. */
export function widthOf(family: Family): number {
  return family === 'inet' ? 32 : 128;
}

function clear(value: bigint, length: number, width: number): bigint {
  const shift = BigInt(width - length);
  return (value >> shift) << shift;
}

function parseInet(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (const part of match.slice(1)) {
    if (part.length > 1 && part.startsWith('0')) return undefined;
    const number = Number(part);
    if (number > 255) return undefined;
    value = value * 256 + number;
  }
  return BigInt(value);
}

function parseInet6(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  let head = text;
  let tail4: bigint | undefined;
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    tail4 = parseInet(text.slice(lastColon + 1));
    if (tail4 === undefined) return undefined;
    head = `${text.slice(0, lastColon + 1)}${(tail4 >> 16n).toString(16)}:${(tail4 & 0xffffn).toString(16)}`;
  }
  const halves = head.split('::');
  if (halves.length > 2) return undefined;
  const left = groupsOf(halves[0]!);
  const right = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...left, ...Array<number>(missing).fill(0), ...right];
  let value = 0n;
  for (let index = 0; index < 8; index += 2)
    value = (value << 32n) | BigInt(groups[index]! * 0x10000 + groups[index + 1]!);
  return value;
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}
