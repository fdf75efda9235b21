import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { FlowLogsError } from '../errors.js';
import type { LogFormat } from '../format/log-format.js';
import { type FlowRecord, recordKey } from '../record/record.js';
import { toOcsf } from './ocsf.js';

/** Records in another format. */
export interface RecordWriter {
  /** Says the format of the records that come next. */
  readonly useFormat: (format: LogFormat) => void;
  add(record: FlowRecord): void;
  end(): Promise<void>;
  /** Takes away a file that was begun. */
  abandon(): void;
}

/**
 * A writer to a file, or to `toOutput`.
 *
 * @throws {FlowLogsError} NET_FLOWLOGS_SOURCE when the file cannot be made
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
  const text = file === undefined ? { write: toOutput, end: nothing, abandon: nothing } : textFile(file);
  if (to === 'csv') return csvWriter(text);
  const line = to === 'ocsf' ? toOcsf : (record: FlowRecord): object => record;
  return {
    useFormat: nothing,
    add: (record) => text.write(`${JSON.stringify(line(record))}\n`),
    end: () => {
      text.end();
      return Promise.resolve();
    },
    abandon: text.abandon,
  };
}

interface TextTarget {
  readonly write: (text: string) => void;
  readonly end: () => void;
  readonly abandon: () => void;
}

const FLUSH_CHARACTERS = 65_536;

function textFile(path: string): TextTarget {
  let handle: number;
  try {
    handle = openSync(path, 'w');
  } catch (error) {
    throw new FlowLogsError('NET_FLOWLOGS_SOURCE', `cannot write ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let waiting = '';
  const flush = (): void => {
    writeSync(handle, waiting);
    waiting = '';
  };
  return {
    write: (text) => {
      waiting += text;
      if (waiting.length > FLUSH_CHARACTERS) flush();
    },
    end: () => {
      flush();
      closeSync(handle);
    },
    abandon: () => {
      closeSync(handle);
      rmSync(path, { force: true });
    },
  };
}

/** A line of names first; a format that brings other fields begins with another one. */
function csvWriter(text: TextTarget): RecordWriter {
  let names: readonly string[] = [];
  return {
    useFormat: (format) => {
      const fields = format.fields.map(({ name }) => name);
      if (fields.join() === names.join()) return;
      names = fields;
      text.write(`${names.map(csvCell).join(',')}\n`);
    },
    add: (record) => {
      const values = record as Readonly<Record<string, string | number | undefined>>;
      text.write(
        `${names.map((name) => csvCell(asLogged(name, values[recordKey(name)] ?? record.unknownFields?.[name]))).join(',')}\n`,
      );
    },
    end: () => {
      text.end();
      return Promise.resolve();
    },
    abandon: text.abandon,
  };
}

/** Times in seconds, as AWS's field of that name has them. */
function asLogged(name: string, value: string | number | undefined): string | number | undefined {
  return (name === 'start' || name === 'end') && value !== undefined
    ? Math.floor(Number(value) / 1_000)
    : value;
}

/** RFC 4180. */
function csvCell(value: string | number | undefined): string {
  const cell = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function nothing(): void {
  // There is nothing to be done for an output that is not ours.
}
