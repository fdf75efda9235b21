/**
 * Reads `count` numbers of `width` bits (0 to 32) in Parquet's hybrid of run lengths and bit packing.
 * Source: Apache Parquet, "Encodings", RLE = 3.
 * @throws RangeError when the bytes end too early
 */
export function readHybrid(bytes: Uint8Array, start: number, count: number, width: number): Int32Array {
  const values = new Int32Array(count);
  if (width > 32) throw new RangeError(`${width} bits a number`);
  if (width === 0) return values;
  const valueBytes = (width + 7) >> 3;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  let at = start;
  for (let done = 0; done < count; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new RangeError('cut off');
      header |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((header & 1) === 0) {
      const length = Math.min(header >>> 1, count - done);
      if (length === 0 || at + valueBytes > bytes.length) throw new RangeError('cut off');
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value |= bytes[at++]! << (i * 8);
      values.fill(value & mask, done, done + length);
      done += length;
      continue;
    }
    const groups = header >>> 1;
    const length = Math.min(groups * 8, count - done);
    if (length === 0 || at + ((length * width + 7) >> 3) > bytes.length) throw new RangeError('cut off');
    unpack(bytes, at, values, done, length, width, mask);
    at += groups * width;
    done += length;
  }
  return values;
}

function unpack(
  bytes: Uint8Array,
  start: number,
  values: Int32Array,
  first: number,
  length: number,
  width: number,
  mask: number,
): void {
  let at = start;
  if (width <= 24) {
    let held = 0;
    let bits = 0;
    for (let i = first; i < first + length; i++) {
      while (bits < width) {
        held |= bytes[at++]! << bits;
        bits += 8;
      }
      values[i] = held & mask;
      held >>>= width;
      bits -= width;
    }
    return;
  }
  for (let i = 0; i < length; i++) {
    let value = 0;
    for (let bit = 0; bit < width; bit++) {
      const place = i * width + bit;
      value |= ((bytes[start + (place >> 3)]! >> (place & 7)) & 1) << bit;
    }
    values[first + i] = value;
  }
}
