import { parseAddress } from '../record/address.js';
import { readFieldValue } from '../record/field-value.js';
import { splitLine } from '../record/parse-line.js';
import type { Column } from './columns.js';
import type { Dictionary } from './dictionary.js';
import type { Scan, ScanTarget } from './scan-target.js';

/**
 * The same scan without made code: the obvious way, for processes that forbid code from text, and what the compiled
 * scan is tested against.
 */
export const interpretScan: Scan = (target, start, end) => {
  let pos = start;
  while (pos < end && target.row < target.capacity) {
    target.line++;
    if (target.bytes[pos]! > 96 && target.beginsWithFieldName(pos)) {
      pos = target.odd(pos, target.line);
    } else {
      const lineEnd = target.bytes.indexOf(10, pos);
      const hasReturn = lineEnd > pos && target.bytes[lineEnd - 1] === 13;
      const isRecord = readRow(target, pos, hasReturn ? lineEnd - 1 : lineEnd);
      if (isRecord) target.row++;
      pos = isRecord ? lineEnd + 1 : target.odd(pos, target.line);
    }
    if (pos < 0) return pos;
  }
  return pos;
};

function readRow(target: ScanTarget, start: number, end: number): boolean {
  const split = splitLine(target.bytes.toString('latin1', start, end), target.format);
  if ('error' in split) return false;
  return target.format.fields.every((field, index) => {
    const text = split.values[index]!;
    const column = target.columns.get(field.name);
    if (field.kind === 'status' && text !== 'OK') return false;
    if (column === undefined) return true;
    if (text === '-') {
      setAbsent(column, target.row);
      return true;
    }
    const value = readFieldValue(field.kind, text);
    if (value.kind === 'bad') return false;
    if (value.kind === 'number') {
      (column.values as Float64Array | Int32Array)[target.row] = value.value;
    } else {
      setText(column, target.row, value.value, target.dictionary);
    }
    return true;
  });
}

/** Makes one cell absent. */
export function setAbsent(column: Column, row: number): void {
  column.values[row] = column.type === 'integer' ? -1 : column.type === 'double' ? NaN : 0;
  if (column.type === 'address') column.families[row] = 0;
}

function setText(column: Column, row: number, latin1: string, dictionary: Dictionary): void {
  if (column.type !== 'address') {
    column.values[row] = dictionary.symbols.internBytes(Buffer.from(latin1, 'latin1'));
    return;
  }
  const address = parseAddress(latin1);
  if (address === undefined) return;
  column.families[row] = address.family;
  column.values[row] = address.family === 4 ? address.value : dictionary.addresses.intern(...address.words);
}
