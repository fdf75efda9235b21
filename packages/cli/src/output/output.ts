import { type Column, formatTable } from './table.js';
import { type Paint, createPaint } from './text.js';

/** What a command gives out: data for people as text, for programs as JSON. Writes never throw. */
export interface Output {
  /** True with `--json`. */
  readonly isJson: boolean;
  /** Paints text for stdout, when it is a terminal that shows colours. */
  readonly paint: Paint;
  /** Columns of the terminal; `undefined` when stdout is none. */
  readonly width: number | undefined;
  /** A line of text. */
  line(text?: string): void;
  /** Text as it is. */
  text(text: string): void;
  /** One JSON document: the whole result of the command. */
  json(value: unknown): void;
  /** One JSON object on a line of its own, for streams. */
  record(value: unknown): void;
  /** Rows in columns. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  /** `json` with `--json`, else the text that `text` makes. */
  result(result: { readonly json: unknown; readonly text: () => void }): void;
  /** Resolves when what was written has left; await it between the items of a long stream. */
  drained(): Promise<void>;
  /** True once the reader has gone away; nothing more is written. */
  readonly isClosed: boolean;
}

export interface OutputOptions {
  readonly isJson: boolean;
  readonly colours: boolean;
  /** Called once when the reader has gone away (EPIPE). */
  readonly onClosed: () => void;
}

type Writable = NodeJS.WritableStream & { readonly columns?: number; readonly isTTY?: boolean };

/** Output on a stream. */
export function createOutput(stream: Writable, options: OutputOptions): Output {
  let isClosed = false;
  let failure: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isClosed) return;
    isClosed = true;
    if (error.code !== 'EPIPE') failure = error;
    options.onClosed();
  });
  const paint = createPaint(options.colours);
  const text = (words: string): void => {
    if (!isClosed && words !== '') stream.write(words);
  };
  const json = (value: unknown, indent?: number): void => {
    text(
      `${JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), indent)}\n`,
    );
  };
  const output: Output = {
    isJson: options.isJson,
    paint,
    get width() {
      // A terminal that does not know its size says 0.
      return stream.isTTY === true ? stream.columns || undefined : undefined;
    },
    get isClosed() {
      return isClosed;
    },
    text,
    line: (words = '') => text(`${words}\n`),
    json: (value) => json(value, 2),
    record: (value) => json(value),
    table: (rows, columns) => {
      const width = output.width;
      text(formatTable(rows, columns, { paint, ...(width === undefined ? {} : { width }) }));
    },
    result: (result) => {
      if (options.isJson) json(result.json, 2);
      else result.text();
    },
    drained: () =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          if (failure) reject(failure);
          else resolve();
        };
        if (isClosed) settle();
        else {
          stream.write('', () => {
            settle();
          });
        }
      }),
  };
  return output;
}
