import { FlowLogsError } from '../errors.js';
import { type Chunks, decompress } from '../stream/decompress.js';
import { ColumnScanner, type ScanOptions } from './column-scanner.js';
import type { ColumnBatch } from './columns.js';
import type { ScanCounters } from './rejects.js';

export interface ScanStreamOptions extends ScanOptions {
  readonly signal?: AbortSignal;
  /** Gets the counters when the stream ends or fails. */
  readonly onCounters?: (counters: Readonly<ScanCounters>) => void;
}

/**
 * Reads text, plain or compressed, as batches of columns that stay valid. For the last third of speed give a
 * `ColumnScanner` the chunks and take the batches in a callback: their arrays are then used again.
 * @throws FlowLogsError as `ColumnScanner.write` and `decompress` do
 */
export async function* scanColumns(chunks: Chunks, options: ScanStreamOptions): AsyncGenerator<ColumnBatch> {
  const scanner = new ColumnScanner({ ...options, freshBatches: true });
  const ready: ColumnBatch[] = [];
  const take = (batch: ColumnBatch): void => void ready.push(batch);
  try {
    let damage: FlowLogsError | undefined;
    try {
      for await (const chunk of decompress(chunks, options.source)) {
        options.signal?.throwIfAborted();
        scanner.write(chunk, take);
        yield* ready.splice(0);
      }
    } catch (error) {
      if (!(error instanceof FlowLogsError) || error.code !== 'NET_FLOWLOGS_DAMAGED') throw error;
      damage = error;
    }
    // Of what is cut off the whole lines before count; the last one is not known to be whole.
    if (damage === undefined) scanner.end(take);
    else scanner.flush(take);
    yield* ready.splice(0);
    if (damage !== undefined) throw damage;
  } finally {
    options.onCounters?.(scanner.counters);
  }
}

/** Pumps a stream, plain or compressed, through a scanner; batches are valid until the next one. */
export async function pumpColumns(
  chunks: Chunks,
  options: ScanStreamOptions,
  onBatch: (batch: ColumnBatch) => void,
): Promise<ScanCounters> {
  const scanner = new ColumnScanner(options);
  try {
    for await (const chunk of decompress(chunks, options.source)) {
      options.signal?.throwIfAborted();
      scanner.write(chunk, onBatch);
    }
    scanner.end(onBatch);
  } finally {
    options.onCounters?.(scanner.counters);
  }
  return scanner.counters;
}
