/**
 * Internet checksum (RFC 1071) over the parts, each but the last of even length; 0 to 65535. Placed in a header whose
 * checksum field was 0 it makes the whole sum to 0.
 */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at + 1 < part.length; at += 2) sum += (part[at]! << 8) | part[at + 1]!;
    if (part.length % 2 === 1) sum += part[part.length - 1]! << 8;
    sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** CRC-32C (RFC 9260, appendix A), as SCTP carries it: the four bytes in the order in which they are sent. */
export function crc32c(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  const result = new Uint8Array(4);
  new DataView(result.buffer).setUint32(0, ~crc >>> 0, true);
  return result;
}

const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});
