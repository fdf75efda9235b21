import type { LogFormat } from '../format/log-format.js';
import { readFieldValue } from '../record/field-value.js';
import { type LineError, splitLine } from '../record/parse-line.js';
import type { Column } from './columns.js';

/** Why a scan did not take a line: the first fault in the fields it looks at. */
export function diagnose(text: string, format: LogFormat, columns: ReadonlyMap<string, Column>): LineError {
  const split = splitLine(text, format);
  if ('error' in split) return split.error;
  for (const [index, field] of format.fields.entries()) {
    const value = split.values[index]!;
    if (field.kind === 'status') {
      if (value !== 'OK') return fault(split.columns[index]!, field.name, 'none of OK, NODATA and SKIPDATA');
      continue;
    }
    if (!columns.has(field.name) || value === '-') continue;
    const read = readFieldValue(field.kind, value);
    if (read.kind === 'bad') return fault(split.columns[index]!, field.name, read.reason);
  }
  return { column: 1, reason: 'not a record of the format' };
}

function fault(column: number, field: string, reason: string): LineError {
  return { column, field, reason };
}
