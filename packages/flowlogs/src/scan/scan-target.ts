import type { LogFormat } from '../format/log-format.js';
import type { Column } from './columns.js';
import type { Dictionary } from './dictionary.js';

/** What a compiled scan reads from and writes to. */
export interface ScanTarget {
  readonly format: LogFormat;
  columns: ReadonlyMap<string, Column>;
  /** The columns' arrays, two for addresses, in the order of `columns`. */
  arrays: readonly (Float64Array | Int32Array | Uint32Array | Uint8Array)[];
  /** Rows that the columns can hold. */
  readonly capacity: number;
  readonly bytes: Buffer;
  readonly view: DataView;
  dictionary: Dictionary;
  /** Next free row. */
  row: number;
  /** Lines seen so far. */
  line: number;
  /**
   * A line that is not a plain record begins at `start`: header, status line, or nothing of the kind. Answers where the
   * next line begins, or -1 when scanning has to stop because the format changed.
   */
  odd(start: number, line: number): number;
  /** Whether a line's first bytes are the name of a field, which only headers begin with. */
  beginsWithFieldName(start: number): boolean;
  /** Reads an IPv6 address; answers its end or -1, and leaves it in `addressValue` and `addressFamily`. */
  readAddress6(start: number): number;
  addressValue: number;
  addressFamily: number;
}

/** Scans whole lines of `target.bytes` from `start` to `end` into rows; answers where it stopped. */
export type Scan = (target: ScanTarget, start: number, end: number) => number;
