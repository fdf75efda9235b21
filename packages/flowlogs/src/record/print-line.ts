import type { LogFormat } from '../format/log-format.js';
import { type FlowRecord, recordKey } from './record.js';

export interface PrintOptions {
  /** Unit of `start` and `end` in the text. Default `seconds`, as AWS writes them. */
  readonly timeUnit?: 'seconds' | 'milliseconds';
  /** What to write as `version`, instead of what the record has. */
  readonly version?: number;
}

/** Writes a record as a line of a format, without a line end. What the record lacks is `-`. */
export function printLine(record: FlowRecord, format: LogFormat, options: PrintOptions = {}): string {
  const divisor = options.timeUnit === 'milliseconds' ? 1 : 1000;
  const values = record as Readonly<Record<string, string | number | undefined>>;
  let line = '';
  for (const { key, isTime, isKnown } of columnsOf(format)) {
    const given = isKnown ? values[key] : record.unknownFields?.[key];
    const value = options.version !== undefined && key === 'version' ? options.version : given;
    if (line !== '') line += ' ';
    if (value === undefined) line += '-';
    else line += String(isTime ? Math.floor(Number(value) / divisor) : value);
  }
  return line;
}

interface PrintColumn {
  readonly key: string;
  readonly isTime: boolean;
  readonly isKnown: boolean;
}

const known = new WeakMap<LogFormat, readonly PrintColumn[]>();

function columnsOf(format: LogFormat): readonly PrintColumn[] {
  let columns = known.get(format);
  if (columns === undefined) {
    columns = format.fields.map(({ name, kind, version }) => ({
      key: version === 0 ? name : recordKey(name),
      isTime: kind === 'time',
      isKnown: version !== 0,
    }));
    known.set(format, columns);
  }
  return columns;
}
