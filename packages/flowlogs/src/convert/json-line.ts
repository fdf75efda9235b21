import { knownField } from '../format/fields.js';
import { recordKey } from '../record/record.js';
import type { Column, ColumnBatch } from '../scan/columns.js';
import { cellValue } from '../scan/row.js';

interface Part {
  readonly prefix: string;
  readonly column: Column;
}

interface Plan {
  readonly known: readonly Part[];
  readonly unknown: readonly Part[];
}

const plans = new WeakMap<ColumnBatch['columns'], Plan>();

/** A row as JSON, the same as `JSON.stringify` of its record, without making the record. */
export function jsonLine(batch: ColumnBatch, row: number): string {
  let plan = plans.get(batch.columns);
  if (plan === undefined) plans.set(batch.columns, (plan = planOf(batch)));
  let text = members(plan.known, batch, row);
  if (plan.unknown.length > 0) {
    const unknown = members(plan.unknown, batch, row);
    if (unknown !== '') text += `${text === '' ? '' : ','}"unknownFields":{${unknown}}`;
  }
  return `{${text}}`;
}

function members(parts: readonly Part[], batch: ColumnBatch, row: number): string {
  let text = '';
  for (const { prefix, column } of parts) {
    const value = cellValue(column, row, batch);
    if (value === undefined) continue;
    if (text !== '') text += ',';
    text += prefix + (typeof value === 'number' ? String(value) : JSON.stringify(value));
  }
  return text;
}

function planOf({ columns }: ColumnBatch): Plan {
  const known: Part[] = [];
  const unknown: Part[] = [];
  for (const [name, column] of columns) {
    if (knownField(name) === undefined) unknown.push({ prefix: `${JSON.stringify(name)}:`, column });
    else known.push({ prefix: `${JSON.stringify(recordKey(name))}:`, column });
  }
  return { known, unknown };
}
