/**
 * Reads an IPv6 address from bytes at `start` into four words. Returns where it ends, or -1 when there is none. The
 * byte after the end is not looked at beyond being no part of an address.
 */
export function readIpv6(bytes: Uint8Array, start: number, words: Uint32Array): number {
  groups.fill(0);
  let at = start;
  let count = 0;
  let gap = -1;
  if (bytes[at] === colon) {
    if (bytes[at + 1] !== colon) return -1;
    gap = 0;
    at += 2;
  }
  for (;;) {
    const groupStart = at;
    let value = 0;
    for (let digit = hexDigit(bytes[at]!); digit >= 0; digit = hexDigit(bytes[++at]!)) {
      if (at - groupStart >= 4) return -1;
      value = value * 16 + digit;
    }
    if (at === groupStart) break;
    if (bytes[at] === dot) {
      if (count > 6) return -1;
      at = readDotted(bytes, groupStart, count);
      if (at < 0) return -1;
      count += 2;
      break;
    }
    if (count === 8) return -1;
    groups[count++] = value;
    if (bytes[at] !== colon) break;
    at++;
    if (bytes[at] === colon) {
      if (gap >= 0) return -1;
      gap = count;
      at++;
    } else if (hexDigit(bytes[at]!) < 0) return -1;
  }
  if (gap < 0 ? count !== 8 : count > 7) return -1;
  if (gap >= 0) {
    groups.copyWithin(8 - (count - gap), gap, count);
    groups.fill(0, gap, 8 - (count - gap));
  }
  for (let i = 0; i < 4; i++) words[i] = groups[i * 2]! * 65_536 + groups[i * 2 + 1]!;
  return at;
}

const groups = new Uint16Array(16);
const colon = 58;
const dot = 46;

/** Dotted decimal at the end of an IPv6 address, into two groups. */
function readDotted(bytes: Uint8Array, start: number, group: number): number {
  let at = start;
  for (let i = 0; i < 4; i++) {
    if (i > 0 && bytes[at++] !== dot) return -1;
    const octetStart = at;
    let octet = 0;
    for (let digit = bytes[at]! - 48; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) {
      if (at - octetStart >= 3) return -1;
      octet = octet * 10 + digit;
    }
    if (at === octetStart || octet > 255 || (at - octetStart > 1 && bytes[octetStart] === 48)) return -1;
    const index = group + (i >> 1);
    groups[index] = (groups[index]! << 8) | octet;
  }
  return at;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
