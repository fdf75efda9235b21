import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { rmSync } from 'node:fs';
import { FlowLogsError } from '../errors.js';
import type { Field } from '../format/fields.js';
import type { LogFormat } from '../format/log-format.js';
import { type FlowRecord, recordKey } from '../record/record.js';
import type { RecordWriter } from './create-writer.js';

/** Rows that are gathered and written as one row group. */
const GROUP_ROWS = 100_000;

/**
 * Writes Parquet as AWS's own delivery names and types it: underscores, counts as INT64, ports as INT32, times in
 * seconds. All records of a file have one format.
 */
export function createParquetWriter(path: string): RecordWriter {
  let fields: readonly Field[] = [];
  let writer: ParquetWriter | undefined;
  let columns: unknown[][] = [];
  let rows = 0;
  const begin = (): ParquetWriter => {
    const schema = [
      { name: 'root', num_children: fields.length },
      ...fields.map((field) => ({
        name: columnName(field),
        repetition_type: 'OPTIONAL' as const,
        ...typeOf(field),
      })),
    ];
    return new ParquetWriter({
      writer: fileWriter(path),
      schema: schema,
      createdBy: '@net/flowlogs',
    });
  };
  const flush = (): void => {
    if (fields.length === 0) return;
    writer ??= begin();
    if (rows === 0) return;
    const columnData = fields.map((field, index) => ({
      name: columnName(field),
      data: columns[index] ?? [],
    }));
    void writer.write({ columnData: columnData, rowGroupSize: GROUP_ROWS });
    columns = fields.map(() => []);
    rows = 0;
  };
  return {
    useFormat: (format: LogFormat) => {
      if (fields.length > 0 && format.key !== fields.map(({ name }) => name).join(' ')) {
        throw new FlowLogsError(
          'NET_FLOWLOGS_FORMAT',
          'the records are of several formats, a Parquet file has one',
        );
      }
      if (fields.length > 0) return;
      fields = format.fields;
      columns = fields.map(() => []);
    },
    add: (record: FlowRecord) => {
      const values = record as Readonly<Record<string, string | number | undefined>>;
      fields.forEach((field, index) => {
        const value = values[recordKey(field.name)] ?? record.unknownFields?.[field.name];
        columns[index]?.push(toCell(field, value));
      });
      if (++rows === GROUP_ROWS) flush();
    },
    end: async () => {
      flush();
      await writer?.finish();
    },
    abandon: () => rmSync(path, { force: true }),
  };
}

function columnName({ name }: Field): string {
  return name.replaceAll('-', '_');
}

function typeOf({ kind }: Field): object {
  switch (kind) {
    case 'count':
    case 'time':
      return { type: 'INT64' };
    case 'port':
    case 'byte':
    case 'integer':
      return { type: 'INT32' };
    default:
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  }
}

function toCell({ kind }: Field, value: string | number | undefined): string | number | bigint | undefined {
  if (value === undefined) return undefined;
  if (kind === 'time') return BigInt(Math.floor(Number(value) / 1_000));
  if (kind === 'count') return BigInt(value);
  return value;
}
