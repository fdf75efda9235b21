/** An IPv4 address as an unsigned 32-bit number. */
export interface Address4 {
  readonly family: 4;
  readonly value: number;
}

/** An IPv6 address as four unsigned 32-bit numbers, most significant first. */
export interface Address6 {
  readonly family: 6;
  readonly words: readonly [number, number, number, number];
}

export type Address = Address4 | Address6;

/**
 * Reads an IPv4 address (four decimal numbers without leading zeros) or an IPv6 address (RFC 4291, section 2.2). An
 * IPv4-mapped IPv6 address is the IPv4 address it stands for. Undefined when the text is neither.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { family: 4, value };
  }
  return parseIpv6(text);
}

/** The text of an address: dotted decimal, or RFC 5952's canonical form. */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatIpv4(address.value) : formatIpv6(...address.words);
}

/** An IPv4 address as a number; undefined when the text is not one. */
export function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const part = match[i]!;
    const octet = Number(part);
    if (octet > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups (of two or more) as `::`. */
export function formatIpv6(a: number, b: number, c: number, d: number): string {
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  let from = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) {
      from = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (from < 0) return hex.join(':');
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`;
}

function parseIpv6(text: string): Address | undefined {
  let source = text;
  const groups: number[] = [];
  let tail: number[] = [];
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const embedded = parseIpv4(text.slice(lastColon + 1));
    if (embedded === undefined) return undefined;
    tail = [Math.floor(embedded / 65536), embedded % 65536];
    source = text.slice(0, lastColon + 1);
    // `::` directly before the dotted part keeps both colons; otherwise the last one only separates.
    if (!source.endsWith('::')) source = source.slice(0, -1);
  }
  const halves = source.split('::');
  if (halves.length > 2) return undefined;
  const left = readGroups(halves[0]!);
  const right = halves.length === 2 ? readGroups(halves[1]!) : [];
  if (left === undefined || right === undefined) return undefined;
  const given = left.length + right.length + tail.length;
  if (halves.length === 2 ? given > 7 : given !== 8) return undefined;
  groups.push(...left, ...new Array<number>(8 - given).fill(0), ...right, ...tail);
  const word = (i: number): number => ((groups[i]! << 16) | groups[i + 1]!) >>> 0;
  return ofWords(word(0), word(2), word(4), word(6));
}

/** Of four words: the IPv4 address when it is IPv4-mapped (`::ffff:0:0/96`), else IPv6. */
export function ofWords(a: number, b: number, c: number, d: number): Address {
  if (a === 0 && b === 0 && c === 0xffff) return { family: 4, value: d };
  return { family: 6, words: [a, b, c, d] };
}

function readGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    groups.push(Number.parseInt(part, 16));
  }
  return groups;
}
