import type { Field } from '../format/fields.js';
import { numberLimits, readFieldValue, toEpochMs } from '../record/field-value.js';
import { type Column, createColumn } from '../scan/columns.js';
import { type Dictionary, symbols } from '../scan/dictionary.js';
import { readIpv6 } from '../scan/read-ipv6.js';

/** Values of a Parquet column on their way into cells, checked as text lines are. */
export class Cells {
  readonly field: Field;
  readonly column: Column;
  /** Rows whose value is not valid, with the reason. */
  readonly bad: Map<number, string> = new Map();
  readonly #dictionary: Dictionary;

  constructor(field: Field, rows: number, dictionary: Dictionary) {
    this.field = field;
    this.column = createColumn(field.kind, rows);
    this.#dictionary = dictionary;
  }

  setNumber(row: number, value: number): void {
    const { kind } = this.field;
    const { column } = this;
    if (column.type === 'symbol' || column.type === 'address') {
      this.setText(row, String(value));
      return;
    }
    const { most } = numberLimits[kind as keyof typeof numberLimits];
    if (!(value >= 0 && value <= most && Number.isInteger(value))) {
      this.bad.set(row, value >= 0 ? `a number above ${most}` : 'not a number');
      return;
    }
    column.values[row] = kind === 'time' ? toEpochMs(value) : value;
  }

  setText(row: number, text: string): void {
    const bytes = Buffer.from(text);
    this.setBytes(row, Buffer.concat([bytes, padding]), 0, bytes.length);
  }

  /** Text from `start` to `end` of bytes; `-` and nothing are absent. */
  setBytes(row: number, bytes: Uint8Array, start: number, end: number): void {
    if (end === start || (end - start === 1 && bytes[start] === 45)) return;
    const { column } = this;
    if (column.type === 'address') {
      this.#setAddress(row, bytes, start, end);
      return;
    }
    if (column.type === 'symbol' && this.field.kind === 'text') {
      column.values[row] = this.#dictionary.symbols.internBytes(bytes.subarray(start, end));
      return;
    }
    const value = readFieldValue(this.field.kind, Buffer.from(bytes.subarray(start, end)).toString('latin1'));
    if (value.kind === 'bad') this.bad.set(row, value.reason);
    else if (value.kind === 'number') column.values[row] = value.value;
    else column.values[row] = this.#dictionary.symbols.intern(value.value);
  }

  #setAddress(row: number, bytes: Uint8Array, start: number, end: number): void {
    const { column } = this;
    if (column.type !== 'address') return;
    const value = readIpv4(bytes, start, end);
    if (value >= 0) {
      column.values[row] = value;
      column.families[row] = 4;
      return;
    }
    const text = new Uint8Array(end - start + 1);
    text.set(bytes.subarray(start, end));
    if (end - start > 45 || readIpv6(text, 0, words) !== end - start) {
      this.bad.set(row, 'not an IP address');
      return;
    }
    const [a = 0, b = 0, c = 0, d = 0] = words;
    const isMapped = a === 0 && b === 0 && c === 0xffff;
    column.families[row] = isMapped ? 4 : 6;
    column.values[row] = isMapped ? d : this.#dictionary.addresses.intern(a, b, c, d);
  }
}

const words = new Uint32Array(4);
const padding = Buffer.alloc(8);

/** Four decimal numbers without leading zeros; -1 when it is something else. */
function readIpv4(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let octets = 0;
  let octet = -1;
  for (let at = start; at <= end; at++) {
    const digit = at === end ? -2 : bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    } else {
      if (digit !== -2 || octet < 0 || ++octets > 4) return -1;
      value = value * 256 + octet;
      octet = -1;
    }
  }
  return octets === 4 ? value : -1;
}

/** Which of the rows are windows without data, or of lost data; 0 for rows that are records. */
export function statusOf(column: Column | undefined, row: number): 'NODATA' | 'SKIPDATA' | undefined {
  const id = column?.values[row];
  return id === symbols.noData ? 'NODATA' : id === symbols.skipData ? 'SKIPDATA' : undefined;
}
