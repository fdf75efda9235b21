import { FlowLogsError } from '../errors.js';

/** A line that is no record of its format. */
export interface RejectedLine {
  /** Name of the file, object or stream. */
  readonly source: string;
  /** Line in the source, from 1. */
  readonly line: number;
  /** Character in the line, from 1. */
  readonly column: number;
  /** The field there, when there is one. */
  readonly field?: string;
  readonly reason: string;
  /** The line itself, at most its first 1,000 characters. */
  readonly text: string;
}

/**
 * How many bad lines are too many. `strict` is none. Otherwise each is counted and reported until there are more than
 * `maxRejected` (default: no bound), or more than `maxShare` of the lines once 1,000 lines were seen (default: no
 * bound).
 */
export type Tolerance = 'strict' | { readonly maxRejected?: number; readonly maxShare?: number };

/** What a scanner has seen. All but `bytes` are lines. */
export interface ScanCounters {
  lines: number;
  /** Lines that became rows. */
  records: number;
  /** Windows without traffic. */
  noData: number;
  /** Windows of which AWS lost records. */
  skipData: number;
  headers: number;
  blank: number;
  rejected: number;
  /** Bytes of text, after decompression. */
  bytes: number;
}

export function emptyCounters(): ScanCounters {
  return { lines: 0, records: 0, noData: 0, skipData: 0, headers: 0, blank: 0, rejected: 0, bytes: 0 };
}

/** Adds counters of another scanner. */
export function addCounters(to: ScanCounters, from: Readonly<ScanCounters>): void {
  for (const key of Object.keys(to) as (keyof ScanCounters)[]) to[key] += from[key];
}

/** Throws NET_FLOWLOGS_REJECTED when a rejected line was one too many. */
export function checkTolerance(tolerance: Tolerance, counters: ScanCounters, rejected: RejectedLine): void {
  const { rejected: count, lines } = counters;
  const where = `${rejected.source}, line ${rejected.line}, column ${rejected.column}: ${rejected.reason}`;
  if (tolerance === 'strict') throw new FlowLogsError('NET_FLOWLOGS_REJECTED', where);
  const { maxRejected = Infinity, maxShare = 1 } = tolerance;
  if (count > maxRejected || (lines >= 1000 && count > lines * maxShare)) {
    throw new FlowLogsError(
      'NET_FLOWLOGS_REJECTED',
      `${count} of ${lines} lines were rejected, the last is ${where}`,
    );
  }
}
