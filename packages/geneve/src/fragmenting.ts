import { concatBytes, read16, write16, write32 } from './bytes.js';
import { internetChecksum } from './checksum.js';
import { GeneveError } from './errors.js';

/**
 * Cuts a packet without IPv4 options or IPv6 extension headers into fragments of at most `mtu` bytes each, as a
 * sender would (RFC 791; RFC 8200, section 4.5). A packet that fits comes back alone.
 * @throws GeneveError `NET_GENEVE_RANGE` when the MTU leaves no room for 8 bytes of payload.
 */
export function fragmentPacket(
  packet: Uint8Array,
  mtu: number,
  identification: number,
): Uint8Array<ArrayBuffer>[] {
  if (packet.length <= mtu) return [packet.slice()];
  const version = packet[0]! >> 4;
  const headerLength = version === 4 ? 20 : 40;
  const room = (mtu - headerLength - (version === 4 ? 0 : 8)) & ~7;
  if (room < 8) throw new GeneveError('NET_GENEVE_RANGE', `an MTU of ${mtu} leaves no room for a fragment`);
  const payload = packet.subarray(headerLength);
  const fragments: Uint8Array<ArrayBuffer>[] = [];
  for (let offset = 0; offset < payload.length; offset += room) {
    const data = payload.subarray(offset, offset + room);
    const more = offset + room < payload.length;
    fragments.push(
      version === 4
        ? ipv4Fragment(packet, data, offset, more, identification)
        : ipv6Fragment(packet, data, offset, more, identification),
    );
  }
  return fragments;
}

function ipv4Fragment(
  packet: Uint8Array,
  data: Uint8Array,
  offset: number,
  more: boolean,
  identification: number,
): Uint8Array<ArrayBuffer> {
  const bytes = concatBytes(packet.subarray(0, 20), data);
  write16(bytes, 2, bytes.length);
  write16(bytes, 4, identification);
  write16(bytes, 6, (more ? 0x2000 : 0) | (offset / 8));
  write16(bytes, 10, 0);
  write16(bytes, 10, internetChecksum(bytes.subarray(0, 20)));
  return bytes;
}

function ipv6Fragment(
  packet: Uint8Array,
  data: Uint8Array,
  offset: number,
  more: boolean,
  identification: number,
): Uint8Array<ArrayBuffer> {
  const extension = new Uint8Array(8);
  extension[0] = packet[6]!;
  write16(extension, 2, offset | (more ? 1 : 0));
  write32(extension, 4, identification);
  const bytes = concatBytes(packet.subarray(0, 40), extension, data);
  bytes[6] = 44;
  write16(bytes, 4, read16(packet, 4) - (packet.length - 40) + 8 + data.length);
  return bytes;
}
