import { loadNative } from './load.js';

/** Numbers that `decodeBatch` writes for each packet. */
export const decodeBatchStride = 8;

/**
 * Decodes many Geneve packets in one call. Packet `i` is `data[offsets[i] .. offsets[i + 1])`. For each, eight numbers
 * are written to `out`: status (0 accepted, else 1 + the index of the drop reason), header length, protocol, VNI,
 * ENI id (high, low), cookie, offset of the fault.
 *
 * One call per packet costs more than decoding in JavaScript; see the benchmark in the README.
 *
 * @returns how many packets were accepted.
 * @throws RangeError when `out` is too small or the offsets are not ascending within `data`.
 */
export function decodeBatch(data: Uint8Array, offsets: Uint32Array, out: Uint32Array): number {
  return loadNative().decodeBatch(data, offsets, out);
}
