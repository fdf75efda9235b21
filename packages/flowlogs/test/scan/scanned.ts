import type { LogFormat } from '../../src/format/log-format.js';
import { ColumnScanner, type ScanOptions } from '../../src/scan/column-scanner.js';
import type { RejectedLine, ScanCounters } from '../../src/scan/rejects.js';
import { rowsOf } from '../../src/scan/row.js';
import type { FlowRecord } from '../../src/record/record.js';

export interface Scanned {
  readonly records: FlowRecord[];
  readonly rejects: RejectedLine[];
  readonly counters: ScanCounters;
}

/** Everything a scanner makes of chunks. */
export function scanned(
  chunks: readonly Uint8Array[],
  options: Partial<ScanOptions> & { format?: LogFormat },
): Scanned {
  const records: FlowRecord[] = [];
  const rejects: RejectedLine[] = [];
  const scanner = new ColumnScanner({
    columns: ['*'],
    onReject: (rejected) => rejects.push(rejected),
    ...options,
  });
  const take = (batch: Parameters<Parameters<ColumnScanner['end']>[0]>[0]): void => {
    for (const row of rowsOf(batch)) records.push(row.toRecord());
  };
  for (const chunk of chunks) scanner.write(chunk, take);
  scanner.end(take);
  return { records, rejects, counters: scanner.counters };
}

/** Cuts bytes at the given places. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}
