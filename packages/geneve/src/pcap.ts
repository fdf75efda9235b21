import { concatBytes } from './bytes.js';
import { type Decoded, decoded, refused } from './result.js';

/** Link types of capture files (tcpdump.org, LINKTYPE_ registry). */
export const LINKTYPE_ETHERNET = 1;
/** Packets begin with their IPv4 or IPv6 header. */
export const LINKTYPE_RAW = 101;

/** One captured packet. */
export interface PcapRecord {
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly timeNanoseconds: bigint;
  /** What was captured: a view of the file. */
  readonly data: Uint8Array;
  /** Length on the wire, at least `data.length` unless the file is odd. */
  readonly originalLength: number;
}

/** A classic capture file. */
export interface PcapFile {
  readonly linkType: number;
  readonly snapLength: number;
  readonly records: readonly PcapRecord[];
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;

/** Decodes a classic pcap file of either byte order, microseconds or nanoseconds; pcapng is refused. */
export function decodePcap(bytes: Uint8Array): Decoded<PcapFile> {
  if (bytes.length < HEADER_BYTES)
    return refused(
      'PCAP_TRUNCATED',
      bytes.length,
      `a capture file has ${HEADER_BYTES} bytes of header, not ${bytes.length}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = byteOrder(view);
  if (!order) return refused('PCAP_MAGIC', 0, 'not a classic pcap file');
  const { littleEndian, nanosecondsPerUnit } = order;
  const records: PcapRecord[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (at + RECORD_BYTES > bytes.length)
      return refused('PCAP_TRUNCATED', bytes.length, 'the file ends within a record header');
    const length = view.getUint32(at + 8, littleEndian);
    const end = at + RECORD_BYTES + length;
    if (end > bytes.length)
      return refused(
        'PCAP_RECORD_LENGTH',
        at + 8,
        `a record of ${length} bytes runs past the end of the file`,
      );
    records.push({
      timeNanoseconds:
        BigInt(view.getUint32(at, littleEndian)) * 1_000_000_000n +
        BigInt(view.getUint32(at + 4, littleEndian)) * nanosecondsPerUnit,
      data: bytes.subarray(at + RECORD_BYTES, end),
      originalLength: view.getUint32(at + 12, littleEndian),
    });
    at = end;
  }
  return decoded({
    linkType: view.getUint32(20, littleEndian) & 0x0fffffff,
    snapLength: view.getUint32(16, littleEndian),
    records,
  });
}

/** The header of a capture file: little-endian, nanoseconds. */
export function encodePcapHeader(
  linkType: number = LINKTYPE_RAW,
  snapLength = 262_144,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return bytes;
}

/** One record as `encodePcapHeader`'s file wants it. */
export function encodePcapRecord(record: PcapRecord): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(RECORD_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, Number(record.timeNanoseconds / 1_000_000_000n), true);
  view.setUint32(4, Number(record.timeNanoseconds % 1_000_000_000n), true);
  view.setUint32(8, record.data.length, true);
  view.setUint32(12, record.originalLength, true);
  return concatBytes(header, record.data);
}

/** A whole file. */
export function encodePcap(file: PcapFile): Uint8Array<ArrayBuffer> {
  return concatBytes(encodePcapHeader(file.linkType, file.snapLength), ...file.records.map(encodePcapRecord));
}

function byteOrder(view: DataView): { littleEndian: boolean; nanosecondsPerUnit: bigint } | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC_MICROSECONDS) return { littleEndian, nanosecondsPerUnit: 1000n };
    if (magic === MAGIC_NANOSECONDS) return { littleEndian, nanosecondsPerUnit: 1n };
  }
  return undefined;
}
