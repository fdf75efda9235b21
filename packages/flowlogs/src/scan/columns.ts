import { FlowLogsError } from '../errors.js';
import { type FieldKind, knownField } from '../format/fields.js';
import type { LogFormat } from '../format/log-format.js';
import type { Dictionary } from './dictionary.js';

/** Addresses: `families` is 4, 6 or 0 (absent); `values` the IPv4 address, or the id of the IPv6 address. */
export interface AddressColumn {
  readonly type: 'address';
  readonly values: Uint32Array;
  readonly families: Uint8Array;
}

/** Ports, protocols, TCP flags and other small numbers; -1 is absent. */
export interface IntegerColumn {
  readonly type: 'integer';
  readonly values: Int32Array;
}

/** Packets, bytes, and times in milliseconds since 1970; NaN is absent. */
export interface DoubleColumn {
  readonly type: 'double';
  readonly values: Float64Array;
}

/** Ids, actions and other texts as ids of the batch's dictionary; 0 is absent. */
export interface SymbolColumn {
  readonly type: 'symbol';
  readonly values: Uint32Array;
}

export type Column = AddressColumn | IntegerColumn | DoubleColumn | SymbolColumn;

/** Rows of one source as columns. Row `i` of every column belongs to the same record. */
export interface ColumnBatch {
  /** Number of rows; arrays may be longer. */
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  readonly dictionary: Dictionary;
  /** Name of the file, object or stream. */
  readonly source: string;
}

/** What kind of column a field of this kind becomes. */
export function columnTypeOf(kind: FieldKind): Column['type'] {
  switch (kind) {
    case 'address':
      return 'address';
    case 'port':
    case 'byte':
    case 'integer':
      return 'integer';
    case 'count':
    case 'time':
      return 'double';
    case 'text':
    case 'action':
    case 'status':
      return 'symbol';
  }
}

/** An empty column for `rows` rows, every cell absent. */
export function createColumn(kind: FieldKind, rows: number): Column {
  switch (columnTypeOf(kind)) {
    case 'address':
      return { type: 'address', values: new Uint32Array(rows), families: new Uint8Array(rows) };
    case 'integer':
      return { type: 'integer', values: new Int32Array(rows).fill(-1) };
    case 'double':
      return { type: 'double', values: new Float64Array(rows).fill(NaN) };
    case 'symbol':
      return { type: 'symbol', values: new Uint32Array(rows) };
  }
}

/**
 * Names of columns as this package spells them. A column is a documented field or a field of the format at hand; `*`
 * stands for all of the format; names accepted before stay accepted.
 * @throws FlowLogsError NET_FLOWLOGS_COLUMN for a name that is neither
 */
export function columnNames(
  names: readonly string[],
  format?: LogFormat,
  accepted: readonly string[] = [],
): string[] {
  const spelled = names.flatMap((name) => {
    if (name === '*') return (format?.fields ?? []).map((field) => field.name);
    const known = knownField(name);
    if (known !== undefined) return known.name;
    if (format?.has(name) === true || accepted.includes(name)) return name;
    throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `there is no field ${name}`);
  });
  return [...new Set(spelled)];
}

/** The column of a name, of the type that is expected. */
export function columnOf<T extends Column['type']>(
  batch: ColumnBatch,
  name: string,
  type: T,
): Extract<Column, { type: T }> {
  const column = batch.columns.get(name);
  if (column?.type !== type) {
    throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `the batch has no ${type} column ${name}`);
  }
  return column as Extract<Column, { type: T }>;
}
