import { open } from 'node:fs/promises';
import { FlowLogsError } from '../errors.js';
import type { ParquetSource } from '../parquet/read-parquet.js';

/**
 * A Parquet file on disk, of which only the parts that are needed are read.
 * @throws FlowLogsError NET_FLOWLOGS_SOURCE when it cannot be opened
 */
export async function openParquetFile(path: string): Promise<ParquetSource & { close(): Promise<void> }> {
  try {
    const handle = await open(path, 'r');
    const { size } = await handle.stat();
    return {
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
        for (let at = 0; at < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', `${path} became shorter`);
          at += bytesRead;
        }
        return bytes.buffer;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    if (error instanceof FlowLogsError) throw error;
    throw new FlowLogsError('NET_FLOWLOGS_SOURCE', `${path}: ${(error as Error).message}`, { cause: error });
  }
}
