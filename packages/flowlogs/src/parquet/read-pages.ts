import type { Field } from '../format/fields.js';
import type { Dictionary } from '../scan/dictionary.js';
import { Cells } from './cells.js';
import { readHybrid } from './hybrid.js';
import { type ThriftStruct, type ThriftValue, readThrift } from './thrift.js';

/** A column chunk of one row group. */
export interface ColumnChunk {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly rows: number;
  /** Whether values may be null. */
  readonly isOptional: boolean;
  inflate(bytes: Uint8Array, length: number): Promise<Uint8Array>;
}

/** A page that this reader leaves to the general one: an encoding that flow logs do not have. */
export class OtherEncodingError extends Error {}

/**
 * Decodes a flat column chunk straight into cells: values of the dictionary are read once, rows only copy them.
 * Source: Apache Parquet, "Data Pages" and "Encodings"; PLAIN, PLAIN_DICTIONARY and RLE_DICTIONARY.
 * @throws OtherEncodingError; RangeError for damaged pages
 */
export async function readColumnChunk(
  chunk: ColumnChunk,
  field: Field,
  dictionary: Dictionary,
): Promise<Cells> {
  const cells = new Cells(field, chunk.rows, dictionary);
  let known: Cells | undefined;
  let at = 0;
  for (let row = 0; row < chunk.rows; ) {
    const { struct, end } = readThrift(chunk.bytes, at);
    const length = numberOf(struct.get(3));
    const plainLength = numberOf(struct.get(2));
    const body = chunk.bytes.subarray(end, end + length);
    if (body.length !== length) throw new RangeError('cut off');
    at = end + length;
    const type = struct.get(1);
    if (type === pageTypes.dictionary) {
      const count = numberOf(structOf(struct.get(7)).get(1));
      const values = await chunk.inflate(body, plainLength);
      if (count > values.length + 1) throw new RangeError('cut off');
      known = new Cells(field, count, dictionary);
      readPlain(values, 0, chunk.type, known, 0, count, undefined);
    } else if (type === pageTypes.data) {
      const head = structOf(struct.get(5));
      const values = await chunk.inflate(body, plainLength);
      row += readData(chunk, cells, known, row, head, values);
    } else if (type === pageTypes.dataV2) {
      row += await readDataV2(chunk, cells, known, row, structOf(struct.get(8)), body, plainLength);
    }
  }
  return cells;
}

const pageTypes = { data: 0, dictionary: 2, dataV2: 3 } as const;
const encodings = { plain: 0, plainDictionary: 2, rleDictionary: 8 } as const;

function readData(
  chunk: ColumnChunk,
  cells: Cells,
  known: Cells | undefined,
  row: number,
  head: ThriftStruct,
  values: Uint8Array,
): number {
  const count = countIn(chunk, row, head);
  let at = 0;
  let levels: Int32Array | undefined;
  if (chunk.isOptional) {
    const length = viewOf(values).getUint32(0, true);
    levels = readHybrid(values.subarray(0, 4 + length), 4, count, 1);
    at = 4 + length;
  }
  readValues(chunk, cells, known, row, count, numberOf(head.get(2)), values, at, levels);
  return count;
}

async function readDataV2(
  chunk: ColumnChunk,
  cells: Cells,
  known: Cells | undefined,
  row: number,
  head: ThriftStruct,
  body: Uint8Array,
  plainLength: number,
): Promise<number> {
  const count = countIn(chunk, row, head);
  const levelBytes = numberOf(head.get(5));
  const skipped = levelBytes + numberOf(head.get(6));
  const levels = chunk.isOptional ? readHybrid(body.subarray(0, levelBytes), 0, count, 1) : undefined;
  const packed = body.subarray(skipped);
  const values = head.get(7) === false ? packed : await chunk.inflate(packed, plainLength - skipped);
  readValues(chunk, cells, known, row, count, numberOf(head.get(4)), values, 0, levels);
  return count;
}

function countIn(chunk: ColumnChunk, row: number, head: ThriftStruct): number {
  const count = numberOf(head.get(1));
  if (!(count > 0 && row + count <= chunk.rows)) throw new RangeError(`${count} values in a page`);
  return count;
}

function readValues(
  chunk: ColumnChunk,
  cells: Cells,
  known: Cells | undefined,
  row: number,
  count: number,
  encoding: number,
  values: Uint8Array,
  start: number,
  levels: Int32Array | undefined,
): void {
  if (encoding === encodings.plain) {
    readPlain(values, start, chunk.type, cells, row, count, levels);
    return;
  }
  if (encoding !== encodings.plainDictionary && encoding !== encodings.rleDictionary) {
    throw new OtherEncodingError(`encoding ${encoding}`);
  }
  if (known === undefined) throw new RangeError('a page without its dictionary');
  let present = count;
  if (levels !== undefined) {
    present = 0;
    for (let i = 0; i < count; i++) present += levels[i]!;
  }
  const indexes =
    present === 0 ? new Int32Array(0) : readHybrid(values, start + 1, present, values[start] ?? 0);
  const size = known.column.values.length;
  // The largest as unsigned: one comparison at the end instead of one for each.
  let largest = 0;
  for (let i = 0; i < present; i++) largest = Math.max(largest, indexes[i]! >>> 0);
  if (present > 0 && largest >= size) throw new RangeError('a value outside its dictionary');
  copyKnown(cells, known, row, count, indexes, levels);
}

function copyKnown(
  cells: Cells,
  known: Cells,
  row: number,
  count: number,
  indexes: Int32Array,
  levels: Int32Array | undefined,
): void {
  const to = cells.column;
  const from = known.column;
  if (known.bad.size === 0 && indexes.length === count) {
    if (to.type === 'address' && from.type === 'address') {
      copyWords(to.values, from.values, row, indexes);
      copyBytes(to.families, from.families, row, indexes);
      return;
    }
    if (to.type === 'symbol' && from.type === 'symbol') {
      copyWords(to.values, from.values, row, indexes);
      return;
    }
    if (to.type === 'integer' && from.type === 'integer') {
      copyIntegers(to.values, from.values, row, indexes);
      return;
    }
    if (to.type === 'double' && from.type === 'double') {
      copyDoubles(to.values, from.values, row, indexes);
      return;
    }
  }
  for (let i = 0, next = 0; i < count; i++) {
    if (levels !== undefined && levels[i] === 0) continue;
    const index = indexes[next++]!;
    to.values[row + i] = from.values[index]!;
    if (to.type === 'address' && from.type === 'address') to.families[row + i] = from.families[index]!;
    const reason = known.bad.get(index);
    if (reason !== undefined) cells.bad.set(row + i, reason);
  }
}

/** One loop for each type of array: a loop that sees several is many times slower. */
function copyWords(to: Uint32Array, from: Uint32Array, row: number, indexes: Int32Array): void {
  for (let i = 0; i < indexes.length; i++) to[row + i] = from[indexes[i]!]!;
}

function copyBytes(to: Uint8Array, from: Uint8Array, row: number, indexes: Int32Array): void {
  for (let i = 0; i < indexes.length; i++) to[row + i] = from[indexes[i]!]!;
}

function copyIntegers(to: Int32Array, from: Int32Array, row: number, indexes: Int32Array): void {
  for (let i = 0; i < indexes.length; i++) to[row + i] = from[indexes[i]!]!;
}

function copyDoubles(to: Float64Array, from: Float64Array, row: number, indexes: Int32Array): void {
  for (let i = 0; i < indexes.length; i++) to[row + i] = from[indexes[i]!]!;
}

function readPlain(
  values: Uint8Array,
  start: number,
  type: string,
  cells: Cells,
  row: number,
  count: number,
  levels: Int32Array | undefined,
): void {
  const view = viewOf(values);
  let at = start;
  for (let i = 0; i < count; i++) {
    if (levels !== undefined && levels[i] === 0) continue;
    switch (type) {
      case 'INT32':
        cells.setNumber(row + i, view.getInt32(at, true));
        at += 4;
        break;
      case 'INT64':
        cells.setNumber(row + i, view.getInt32(at + 4, true) * 4_294_967_296 + view.getUint32(at, true));
        at += 8;
        break;
      case 'BYTE_ARRAY': {
        const length = view.getUint32(at, true);
        if (length > values.length - at - 4) throw new RangeError('cut off');
        cells.setBytes(row + i, values, at + 4, at + 4 + length);
        at += 4 + length;
        break;
      }
      default:
        throw new OtherEncodingError(type);
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function numberOf(value: ThriftValue | undefined): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 0x7fffffff))
    throw new RangeError('a page header');
  return value;
}

function structOf(value: ThriftValue | undefined): ThriftStruct {
  if (!(value instanceof Map)) throw new RangeError('a page header');
  return value as ThriftStruct;
}
