import type { LogFormat } from '../format/log-format.js';
import type { SourceValues } from './source-options.js';

export interface TailValues extends SourceValues {
  readonly interval: number;
  readonly looks: number | undefined;
}

/** Prints what of lines is wanted. */
export interface Printer {
  /** Lines, cut anywhere. */
  write(text: Uint8Array, format: LogFormat | undefined): void;
}
