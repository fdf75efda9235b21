import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { FlowLogsError } from '../errors.js';
import type { Field } from '../format/fields.js';
import type { LogFormat } from '../format/log-format.js';
import type { ColumnBatch } from '../scan/columns.js';
import { cellValue } from '../scan/row.js';
import type { RecordWriter } from './create-writer.js';
import { beginFile, cannotWrite } from './output-file.js';

/** Rows that are gathered and written as one row group. */
const GROUP_ROWS = 100_000;

/**
 * Writes Parquet as AWS's own delivery names and types it: underscores, counts as INT64, ports as INT32, times in
 * seconds. All records of a file have one format.
 */
export function createParquetWriter(path: string): RecordWriter {
  const file = beginFile(path);
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
      writer: fileWriter(file.path),
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
    try {
      // The writer of files answers when it has written.
      void writer.write({ columnData: columnData, rowGroupSize: GROUP_ROWS });
    } catch (error) {
      throw cannotWrite(path, error);
    }
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
    add: (batch: ColumnBatch, row: number) => {
      fields.forEach((field, index) => {
        columns[index]?.push(toCell(field, cellValue(batch.columns.get(field.name), row, batch)));
      });
      if (++rows === GROUP_ROWS) flush();
    },
    end: async () => {
      flush();
      if (writer === undefined)
        throw new FlowLogsError(
          'NET_FLOWLOGS_NO_FORMAT',
          'there is no line, so nothing says which columns to write',
        );
      try {
        await writer.finish();
      } catch (error) {
        throw cannotWrite(path, error);
      }
      file.keep();
    },
    abandon: file.drop,
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
