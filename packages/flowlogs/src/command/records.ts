import { compileFilter } from '../aggregate/filter.js';
import type { ColumnBatch } from '../scan/columns.js';
import type { ScanCounters } from '../scan/rejects.js';
import { type FlowRow, rowOf } from '../scan/row.js';
import type { PumpOptions, Source } from './source.js';
import { filterOf, type SourceValues } from './source-options.js';

/** Thrown to end a reading that has what it wanted. */
class Enough extends Error {}

/** Gives each record that the options want, as a row that is valid until the next. `onRow` answers false when it has had enough. */
export function eachRecord(
  source: Source,
  values: SourceValues,
  options: PumpOptions,
  onRow: (row: FlowRow) => boolean | undefined,
): Promise<ScanCounters | undefined> {
  return eachRow(source, values, options, (batch, row) => onRow(rowOf(batch, row)));
}

/**
 * Gives each record that the options want, as a batch that is valid until the next and a row in it. `onRow` answers
 * false when it has had enough.
 */
export async function eachRow(
  source: Source,
  values: SourceValues,
  options: PumpOptions,
  onRow: (batch: ColumnBatch, row: number) => boolean | undefined,
): Promise<ScanCounters | undefined> {
  const where = filterOf(values);
  const filter = where === undefined ? undefined : compileFilter(where);
  const columns = [...new Set([...options.columns, ...(filter?.columns ?? [])])];
  let mask = new Uint8Array(0);
  try {
    return await source.pump({ ...options, columns }, (batch) => {
      if (filter) {
        if (mask.length < batch.rows) mask = new Uint8Array(batch.rows);
        filter.apply(batch, mask);
      }
      for (let row = 0; row < batch.rows; row++) {
        if (filter && mask[row] !== 1) continue;
        if (onRow(batch, row) === false) throw new Enough();
      }
    });
  } catch (error) {
    if (error instanceof Enough) return undefined;
    throw error;
  }
}
