import type { Output } from '@net/cli';
import { jsonLine } from '../convert/json-line.js';
import { LogFormat } from '../format/log-format.js';
import type { ColumnBatch } from '../scan/columns.js';
import { cellValue } from '../scan/row.js';

/** Writes records as lines of their format, or as JSON. */
export interface RecordPrinter {
  /** Says the format of the records that come next. */
  readonly useFormat: (format: LogFormat) => void;
  /** Prints a row of a batch; it may be written later, at the latest with `flush`. */
  print(batch: ColumnBatch, row: number): void;
  flush(): void;
}

const FLUSH_CHARACTERS = 65_536;

/** A format that changes on the way is said by a header line, so that the output can be read again. */
export function recordPrinter(out: Output, first?: LogFormat): RecordPrinter {
  let format = first;
  let announced: LogFormat | undefined;
  let names: readonly { readonly name: string; readonly isTime: boolean }[] = [];
  let waiting = '';
  const flush = (): void => {
    if (waiting !== '') out.text(waiting);
    waiting = '';
  };
  const announce = (known: LogFormat): void => {
    announced = known;
    names = known.fields.map(({ name, kind }) => ({ name, isTime: kind === 'time' }));
    waiting += `${known.key}\n`;
  };
  return {
    useFormat: (known) => (format = known),
    print: (batch, row) => {
      if (out.isJson) waiting += `${jsonLine(batch, row)}\n`;
      else {
        format ??= LogFormat.fromFields([...batch.columns.keys()]);
        if (format.key !== announced?.key) announce(format);
        let line = '';
        for (const { name, isTime } of names) {
          const value = cellValue(batch.columns.get(name), row, batch) ?? '-';
          const text = isTime && value !== '-' ? Math.floor(Number(value) / 1_000) : value;
          line += line === '' ? `${text}` : ` ${text}`;
        }
        waiting += `${line}\n`;
      }
      if (waiting.length > FLUSH_CHARACTERS) flush();
    },
    flush,
  };
}
