import type { Progress } from '@net/cli';
import type { LogFile } from '../file/find-files.js';
import type { LogFormat } from '../format/log-format.js';
import type { StatusLine } from '../scan/column-scanner.js';
import type { ColumnBatch } from '../scan/columns.js';
import type { RejectedLine, ScanCounters } from '../scan/rejects.js';
import type { SourceValues } from './source-options.js';

export interface PumpOptions {
  readonly columns: readonly string[];
  readonly onReject?: (rejected: RejectedLine) => void;
  readonly onFormat?: (format: LogFormat) => void;
  readonly onStatus?: (line: StatusLine) => void;
}

/** Records from wherever they are. */
export interface Source {
  /** Files on disk, which workers can share; undefined for everything else. */
  readonly files: readonly LogFile[] | undefined;
  /** Reads everything; batches are valid until the next one. */
  pump(options: PumpOptions, onBatch: (batch: ColumnBatch) => void): Promise<ScanCounters>;
}

/** What every scan is given. */
export function scanOptions(
  { columns, onReject, onFormat, onStatus }: PumpOptions,
  { fields, maxRejected }: SourceValues,
): {
  columns: readonly string[];
  format?: LogFormat;
  tolerance?: { maxRejected: number };
  onReject?: (rejected: RejectedLine) => void;
  onFormat?: (format: LogFormat) => void;
  onStatus?: (line: StatusLine) => void;
} {
  return {
    columns,
    ...(fields === undefined ? {} : { format: fields }),
    ...(maxRejected === undefined ? {} : { tolerance: { maxRejected } }),
    ...(onReject === undefined ? {} : { onReject }),
    ...(onFormat === undefined ? {} : { onFormat }),
    ...(onStatus === undefined ? {} : { onStatus }),
  };
}

/** Batches that also move the progress. */
export function counted(
  progress: Progress,
  onBatch: (batch: ColumnBatch) => void,
): (batch: ColumnBatch) => void {
  return (batch) => {
    progress.advance(batch.rows);
    onBatch(batch);
  };
}
