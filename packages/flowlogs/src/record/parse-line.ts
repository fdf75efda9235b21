import { type Field } from '../format/fields.js';
import type { LogFormat } from '../format/log-format.js';
import { readFieldValue } from './field-value.js';
import { type FlowRecord, recordKey } from './record.js';

/** Why a line is not a record of its format. */
export interface LineError {
  /** Where in the line, in characters from 1. */
  readonly column: number;
  /** The field there; undefined when the line has too many. */
  readonly field?: string;
  /** In words, without the text itself. */
  readonly reason: string;
}

export type LineResult =
  | { readonly ok: true; readonly record: FlowRecord }
  | { readonly ok: false; readonly error: LineError };

/**
 * Reads one line (without its end) into a record, checking every field. NODATA and SKIPDATA lines are records too,
 * with what they have. For people, tests and small amounts; `scanColumns` is the fast way.
 */
export function parseLine(line: string, format: LogFormat): LineResult {
  const found = splitLine(line, format);
  if ('error' in found) return { ok: false, error: found.error };
  const record: Record<string, unknown> = {};
  let unknownFields: Record<string, string> | undefined;
  for (let i = 0; i < format.fields.length; i++) {
    const field = format.fields[i]!;
    const text = found.values[i]!;
    if (text === '-') continue;
    const value = readFieldValue(field.kind, text);
    if (value.kind === 'bad') {
      return { ok: false, error: { column: found.columns[i]!, field: field.name, reason: value.reason } };
    }
    if (field.version === 0) (unknownFields ??= {})[field.name] = text;
    else record[recordKey(field.name)] = value.value;
  }
  return {
    ok: true,
    record: unknownFields === undefined ? record : { ...record, unknownFields },
  };
}

/** The texts of a line's fields, or what is wrong with their number. */
export function splitLine(
  line: string,
  format: LogFormat,
):
  | { readonly values: readonly string[]; readonly columns: readonly number[] }
  | { readonly error: LineError } {
  const values: string[] = [];
  const columns: number[] = [];
  let start = 0;
  for (let at = 0; at <= line.length; at++) {
    const code = at === line.length ? 32 : line.charCodeAt(at);
    if (code > 32) continue;
    const field = format.fields[values.length];
    if (code !== 32) return { error: lineError(at + 1, field, 'a control character') };
    if (field === undefined) {
      return {
        error: lineError(start + 1, undefined, `more than the ${format.fields.length} fields of the format`),
      };
    }
    if (at === start) {
      const isEnd = at === line.length;
      return { error: lineError(at + 1, field, isEnd ? tooFew(values.length, format) : 'an empty field') };
    }
    values.push(line.slice(start, at));
    columns.push(start + 1);
    start = at + 1;
  }
  const missing = format.fields[values.length];
  if (missing !== undefined)
    return { error: lineError(line.length + 1, missing, tooFew(values.length, format)) };
  return { values, columns };
}

function tooFew(count: number, format: LogFormat): string {
  return `only ${count} of the ${format.fields.length} fields of the format`;
}

function lineError(column: number, field: Field | undefined, reason: string): LineError {
  return field === undefined ? { column, reason } : { column, field: field.name, reason };
}
