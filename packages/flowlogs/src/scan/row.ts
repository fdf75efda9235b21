import { fields, type FieldKind } from '../format/fields.js';
import { type FlowRecord, type FlowRecordKey, recordKey } from '../record/record.js';
import type { Column, ColumnBatch } from './columns.js';

/**
 * A record whose fields are made when they are read: a row of a batch. It stays valid as long as the batch does.
 * `toRecord` makes a plain object of it.
 */
export type FlowRow = FlowRecord & {
  /** Name of the file, object or stream. */
  readonly source: string;
  /** A plain object with what the record has. */
  toRecord(): FlowRecord;
};

/** A row of a batch. */
export function rowOf(batch: ColumnBatch, row: number): FlowRow {
  return new Row(batch, row) as unknown as FlowRow;
}

/** All rows of a batch. */
export function* rowsOf(batch: ColumnBatch): Generator<FlowRow> {
  for (let row = 0; row < batch.rows; row++) yield rowOf(batch, row);
}

/** The value of a cell as records have it; undefined when absent. */
export function cellValue(
  column: Column | undefined,
  row: number,
  batch: ColumnBatch,
): string | number | undefined {
  switch (column?.type) {
    case undefined:
      return undefined;
    case 'address':
      return batch.dictionary.address(column.values[row]!, column.families[row]!);
    case 'integer': {
      const value = column.values[row]!;
      return value < 0 ? undefined : value;
    }
    case 'double': {
      const value = column.values[row]!;
      return value === value ? value : undefined;
    }
    case 'symbol':
      return batch.dictionary.text(column.values[row]!);
  }
}

class Row {
  readonly #batch: ColumnBatch;
  readonly #row: number;

  constructor(batch: ColumnBatch, row: number) {
    this.#batch = batch;
    this.#row = row;
  }

  get source(): string {
    return this.#batch.source;
  }

  get unknownFields(): Readonly<Record<string, string>> | undefined {
    let unknown: Record<string, string> | undefined;
    for (const [name, column] of this.#batch.columns) {
      if (knownNames.has(name)) continue;
      const value = cellValue(column, this.#row, this.#batch);
      if (value !== undefined) (unknown ??= {})[name] = String(value);
    }
    return unknown;
  }

  toRecord(): FlowRecord {
    const record: Record<string, unknown> = {};
    for (const [name, column] of this.#batch.columns) {
      const value = cellValue(column, this.#row, this.#batch);
      if (value !== undefined && knownNames.has(name)) record[recordKey(name)] = value;
    }
    const unknown = this.unknownFields;
    if (unknown !== undefined) record['unknownFields'] = unknown;
    return record;
  }

  toJSON(): FlowRecord {
    return this.toRecord();
  }

  /** Value of a field by the name that headers use. */
  cell(name: string): string | number | undefined {
    return cellValue(this.#batch.columns.get(name), this.#row, this.#batch);
  }
}

const knownNames: ReadonlyMap<string, FieldKind> = new Map(fields.map((field) => [field.name, field.kind]));

for (const { name } of fields) {
  const key = recordKey(name) as FlowRecordKey;
  Object.defineProperty(Row.prototype, key, {
    get(this: Row): string | number | undefined {
      return this.cell(name);
    },
  });
}
