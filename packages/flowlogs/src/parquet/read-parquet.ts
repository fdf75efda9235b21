import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { FlowLogsError } from '../errors.js';
import { fieldOf } from '../format/fields.js';
import { LogFormat } from '../format/log-format.js';
import { type Column, type ColumnBatch, columnNames, createColumn } from '../scan/columns.js';
import type { ScanOptions } from '../scan/column-scanner.js';
import { Dictionary } from '../scan/dictionary.js';
import { type ScanCounters, checkTolerance } from '../scan/rejects.js';
import { type Cells, statusOf } from './cells.js';
import { columnsOfGroup } from './row-group.js';

/** A Parquet file or object that can be read in parts. */
export type ParquetSource = AsyncBuffer;

export interface ParquetOptions
  extends Omit<ScanOptions, 'format' | 'engine' | 'blockBytes' | 'freshBatches'> {
  readonly counters: ScanCounters;
  readonly signal?: AbortSignal;
}

/**
 * Reads flow logs in Parquet as batches that stay valid: only the columns asked for, a row group at a time. Rows are
 * checked, counted and rejected as lines are; `line` of a rejected one is its row. `onStatus` gets the columns that
 * were asked for, as text.
 * @throws FlowLogsError NET_FLOWLOGS_DAMAGED, NET_FLOWLOGS_COLUMN, NET_FLOWLOGS_REJECTED
 */
export async function* parquetBatches(
  file: ParquetSource,
  options: ParquetOptions,
): AsyncGenerator<ColumnBatch> {
  const { counters, source = '-', batchRows = 8192 } = options;
  const metadata = await readMetadata(file, source);
  const format = formatOf(metadata);
  options.onFormat?.(format);
  const names = columnNames(options.columns, format);
  let dictionary = options.dictionary ?? new Dictionary();
  for (const [group, { num_rows }] of metadata.row_groups.entries()) {
    options.signal?.throwIfAborted();
    const rows = Number(num_rows);
    if (!(rows >= 0 && rows <= maxGroupRows)) {
      throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', `${source}: a row group of ${rows} rows`);
    }
    const wanted = new Set(format.has('log-status') ? [...names, 'log-status'] : names);
    const cells = await columnsOfGroup(
      file,
      metadata,
      group,
      [...wanted],
      dictionary,
      source,
      options.signal,
    );
    const kept = keptRows(cells, rows, format, dictionary, options);
    const columns = new Map(
      names.map((name) => {
        const found = cells.get(name)?.column ?? createColumn(fieldOf(name).kind, rows);
        return [name, kept === undefined ? found : picked(found, kept)] as const;
      }),
    );
    const count = kept?.length ?? rows;
    counters.lines += rows;
    counters.records += count;
    for (let from = 0; from < count; from += batchRows) {
      const to = Math.min(count, from + batchRows);
      yield { rows: to - from, columns: slices(columns, from, to), dictionary, source };
    }
    if (dictionary.bytes > (options.dictionaryBytes ?? 33_554_432)) dictionary = new Dictionary();
  }
}

/** All columns of a row group are in memory at a time. */
const maxGroupRows = 1 << 26;

async function readMetadata(file: ParquetSource, source: string): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await import('hyparquet');
  try {
    const metadata = await parquetMetadataAsync(file);
    // What is damaged may lack what every file has.
    const schema: unknown = metadata.schema;
    const groups: unknown = metadata.row_groups;
    const isWhole =
      Array.isArray(schema) &&
      schema.every((one: { readonly name?: unknown } | null) => typeof one?.name === 'string') &&
      Array.isArray(groups) &&
      groups.every((one: { readonly columns?: unknown } | null) => Array.isArray(one?.columns));
    if (!isWhole) throw new Error('its directory is damaged');
    return metadata;
  } catch (error) {
    throw new FlowLogsError(
      'NET_FLOWLOGS_DAMAGED',
      `${source} is no Parquet file: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** Columns by the names that text logs have; what cannot be a field's name is left out. */
function formatOf(metadata: FileMetaData): LogFormat {
  const names = metadata.schema
    .slice(1)
    .map(({ name }) => name)
    .filter((name) => /^[a-z][a-z0-9_-]{0,63}$/.test(name));
  return LogFormat.fromFields([...new Set(names.map((name) => fieldOf(name).name))]);
}

/** Rows that are records, in order; undefined when all are. Counts and reports the others. */
function keptRows(
  cells: ReadonlyMap<string, Cells>,
  rows: number,
  format: LogFormat,
  dictionary: Dictionary,
  options: ParquetOptions,
): Int32Array | undefined {
  const status = cells.get('log-status')?.column;
  const bad = new Map<number, { field: string; reason: string }>();
  for (const [name, { bad: rowsOfField }] of cells) {
    for (const [row, reason] of rowsOfField) if (!bad.has(row)) bad.set(row, { field: name, reason });
  }
  let hasStatus = bad.size > 0;
  for (let row = 0; row < rows && !hasStatus; row++) hasStatus = statusOf(status, row) !== undefined;
  if (!hasStatus) return undefined;
  const { counters, source = '-' } = options;
  const kept = new Int32Array(rows);
  const before = counters.lines;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const odd = statusOf(status, row);
    const fault = bad.get(row);
    if (odd !== undefined) {
      if (odd === 'NODATA') counters.noData++;
      else counters.skipData++;
      options.onStatus?.({ status: odd, text: textOf(cells, row, format, dictionary), format });
    } else if (fault !== undefined) {
      counters.rejected++;
      counters.lines = before + row + 1;
      const column = (format.positionOf(fault.field) ?? 0) + 1;
      const text = textOf(cells, row, format, dictionary).slice(0, 1000);
      const rejected = { source, line: counters.lines, column, ...fault, text };
      options.onReject?.(rejected);
      checkTolerance(options.tolerance ?? {}, counters, rejected);
    } else kept[count++] = row;
  }
  counters.lines = before;
  return kept.subarray(0, count);
}

function textOf(
  cells: ReadonlyMap<string, Cells>,
  row: number,
  format: LogFormat,
  dictionary: Dictionary,
): string {
  return format.fields
    .map(({ name, kind }) => {
      const column = cells.get(name)?.column;
      if (column === undefined) return '-';
      const value = column.values[row]!;
      if (column.type === 'address') return dictionary.address(value, column.families[row]!) ?? '-';
      if (column.type === 'symbol') return dictionary.text(value) ?? '-';
      if (value !== value || value < 0) return '-';
      return String(kind === 'time' ? Math.floor(value / 1000) : value);
    })
    .join(' ');
}

function picked(column: Column, rows: Int32Array): Column {
  switch (column.type) {
    case 'address': {
      const values = new Uint32Array(rows.length);
      const families = new Uint8Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        values[i] = column.values[rows[i]!]!;
        families[i] = column.families[rows[i]!]!;
      }
      return { type: 'address', values, families };
    }
    case 'integer':
      return { type: 'integer', values: Int32Array.from(rows, (row) => column.values[row]!) };
    case 'double':
      return { type: 'double', values: Float64Array.from(rows, (row) => column.values[row]!) };
    case 'symbol':
      return { type: 'symbol', values: Uint32Array.from(rows, (row) => column.values[row]!) };
  }
}

function slices(columns: ReadonlyMap<string, Column>, from: number, to: number): Map<string, Column> {
  return new Map(
    [...columns].map(([name, column]) => {
      const values = column.values.subarray(from, to);
      const families = column.type === 'address' ? { families: column.families.subarray(from, to) } : {};
      return [name, { ...column, values, ...families } as Column];
    }),
  );
}
