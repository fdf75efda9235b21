import type { Chunks } from '../stream/decompress.js';
import type { ScanStreamOptions } from './scan-columns.js';
import { scanColumns } from './scan-columns.js';
import { type FlowRow, rowsOf } from './row.js';

export interface ParseOptions extends Omit<ScanStreamOptions, 'columns'> {
  /** Only these fields; every other one reads as absent. Default: all. */
  readonly columns?: readonly string[];
}

/**
 * Reads text, plain or compressed, as records one at a time, in order. Every field that is asked for is checked before
 * the record is handed out; its value is made when it is read. NODATA and SKIPDATA lines are counted, not handed out.
 * @throws FlowLogsError as `scanColumns` does
 */
export async function* parseChunks(chunks: Chunks, options: ParseOptions = {}): AsyncGenerator<FlowRow> {
  for await (const batch of scanColumns(chunks, {
    batchRows: 1024,
    ...options,
    columns: options.columns ?? ['*'],
  })) {
    yield* rowsOf(batch);
  }
}
