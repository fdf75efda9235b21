import { createReadStream } from 'node:fs';
import { parquetBatches } from '../parquet/read-parquet.js';
import type { ColumnBatch } from '../scan/columns.js';
import { emptyCounters } from '../scan/rejects.js';
import { type ScanStreamOptions, scanColumns } from '../scan/scan-columns.js';
import type { LogFile } from './find-files.js';
import { openParquetFile } from './parquet-file.js';

export interface FileBatchesOptions extends Omit<ScanStreamOptions, 'source' | 'freshBatches'> {
  /** Told of bytes of the file as they are read; of Parquet at the end. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads a file of any kind as batches that stay valid, no faster than they are taken: for programs that wait for
 * something between batches. `readLogFile` is faster.
 *
 * @throws {FlowLogsError} as `scanColumns` and `parquetBatches` do
 */
export async function* fileBatches(file: LogFile, options: FileBatchesOptions): AsyncGenerator<ColumnBatch> {
  const { onBytes } = options;
  if (file.kind !== 'parquet') {
    const stream = createReadStream(file.path, { highWaterMark: 262_144 });
    try {
      yield* scanColumns(told(stream, onBytes), { ...options, source: file.path });
    } finally {
      stream.destroy();
    }
    return;
  }
  const counters = emptyCounters();
  const source = await openParquetFile(file.path);
  try {
    yield* parquetBatches(source, { ...options, source: file.path, counters });
  } finally {
    await source.close();
    onBytes?.(file.bytes);
    options.onCounters?.(counters);
  }
}

async function* told(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: FileBatchesOptions['onBytes'],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}
