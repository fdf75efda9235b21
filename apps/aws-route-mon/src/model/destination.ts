import { InputError } from '../errors.js';

/** What a route is for. `value` is in the form that the EC2 API shows it in. */
export interface Destination {
  readonly kind: 'ipv4' | 'ipv6' | 'prefix-list';
  readonly value: string;
}

/**
 * Reads an IPv4 CIDR, an IPv6 CIDR or a prefix list id. Host bits are cleared, as EC2 does ("100.68.0.18/18" is
 * "100.68.0.0/18"), and IPv6 is written as RFC 5952 asks for.
 *
 * @throws {InputError} for anything else
 */
export function parseDestination(text: string): Destination {
  if (/^pl-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(text)) return { kind: 'prefix-list', value: text };
  const [address = '', length = '', ...more] = text.split('/');
  if (more.length === 0 && /^(?:0|[1-9]\d{0,2})$/.test(length)) {
    const bits = Number(length);
    const ipv4 = bits <= 32 ? readIpv4(address) : undefined;
    if (ipv4 !== undefined) return { kind: 'ipv4', value: `${writeIpv4(masked(ipv4, 32, bits))}/${bits}` };
    const ipv6 = bits <= 128 ? readIpv6(address) : undefined;
    if (ipv6 !== undefined) return { kind: 'ipv6', value: `${writeIpv6(masked(ipv6, 128, bits))}/${bits}` };
  }
  throw new InputError(
    `${JSON.stringify(text.slice(0, 80))} is not a destination: expected an IPv4 or IPv6 CIDR such as 0.0.0.0/0 or ::/0, or pl-...`,
  );
}

/** `0.0.0.0/0` and `::/0`. */
export function isDefaultRoute(destination: Destination): boolean {
  return destination.value === '0.0.0.0/0' || destination.value === '::/0';
}

/** Default routes first, then shorter prefixes before longer ones, prefix lists last; for sorting. */
export function compareDestinations(a: Destination, b: Destination): number {
  return weight(a) - weight(b) || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}

/** Whether both are the same destination. */
export function sameDestination(a: Destination, b: Destination): boolean {
  return a.kind === b.kind && a.value === b.value;
}

function weight(destination: Destination): number {
  if (destination.kind === 'prefix-list') return 200;
  const bits = Number(destination.value.split('/')[1]);
  return destination.kind === 'ipv4' ? bits : bits === 0 ? 0.5 : bits + 0.5;
}

function masked(address: bigint, width: number, bits: number): bigint {
  const host = BigInt(width - bits);
  return (address >> host) << host;
}

function readIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  // Leading zeros are octal to some readers and decimal to others: neither is guessed.
  if (
    parts.length !== 4 ||
    !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  ) {
    return undefined;
  }
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function writeIpv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.');
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text === '') return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

function groupsOf(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? readIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function writeIpv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  );
  // RFC 5952, 4.2: the longest run of two or more zero groups, the first of equals.
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}
