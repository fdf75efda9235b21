import type { LogFormat } from '../format/log-format.js';
import type { ColumnBatch } from '../scan/columns.js';
import { cellValue, rowOf } from '../scan/row.js';
import { jsonLine } from './json-line.js';
import { toOcsf } from './ocsf.js';
import { type TextTarget, textFile, textOutput } from './output-file.js';

/** Records in another format. */
export interface RecordWriter {
  /** Says the format of the records that come next. */
  readonly useFormat: (format: LogFormat) => void;
  /** Takes a row of a batch, which need not stay valid. */
  add(batch: ColumnBatch, row: number): void;
  end(): Promise<void>;
  /** Takes away what was begun; a file that was there before stays as it was. */
  abandon(): void;
}

/**
 * A writer to a file, or to `toOutput`.
 *
 * @throws {FlowLogsError} NET_FLOWLOGS_SOURCE when the file cannot be made or written
 */
export async function createWriter(
  to: 'json' | 'csv' | 'parquet' | 'ocsf',
  file: string | undefined,
  toOutput: (text: string) => void,
): Promise<RecordWriter> {
  if (to === 'parquet') {
    const { createParquetWriter } = await import('./parquet-writer.js');
    return createParquetWriter(file ?? '');
  }
  const text = file === undefined ? textOutput(toOutput) : textFile(file);
  if (to === 'csv') return csvWriter(text);
  const line =
    to === 'json'
      ? jsonLine
      : (batch: ColumnBatch, row: number) => JSON.stringify(toOcsf(rowOf(batch, row).toRecord()));
  return {
    useFormat: () => undefined,
    add: (batch, row) => text.write(`${line(batch, row)}\n`),
    end: () => ended(text),
    abandon: text.abandon,
  };
}

/** A line of names first; a format that brings other fields begins with another one. */
function csvWriter(text: TextTarget): RecordWriter {
  let fields: LogFormat['fields'] = [];
  let key = '';
  return {
    useFormat: (format) => {
      if (format.key === key) return;
      ({ key, fields } = format);
      text.write(`${fields.map(({ name }) => csvCell(name)).join(',')}\n`);
    },
    add: (batch, row) => {
      let line = '';
      for (let at = 0; at < fields.length; at++) {
        const { name, kind } = fields[at]!;
        const value = cellValue(batch.columns.get(name), row, batch);
        if (at > 0) line += ',';
        // Times in seconds, as AWS's fields have them.
        if (kind === 'time' && value !== undefined) line += String(Math.floor(Number(value) / 1_000));
        else if (value !== undefined) line += csvCell(value);
      }
      text.write(`${line}\n`);
    },
    end: () => ended(text),
    abandon: text.abandon,
  };
}

function ended(text: TextTarget): Promise<void> {
  text.end();
  return Promise.resolve();
}

/** RFC 4180. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
