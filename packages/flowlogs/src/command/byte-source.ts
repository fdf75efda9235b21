import type { Context } from '@net/cli';
import { createReadStream } from 'node:fs';
import { FlowLogsError } from '../errors.js';
import { openParquetFile } from '../file/parquet-file.js';
import type { LogFile } from '../file/find-files.js';
import { parquetBatches } from '../parquet/read-parquet.js';
import type { ColumnBatch } from '../scan/columns.js';
import { ColumnScanner } from '../scan/column-scanner.js';
import { type ScanCounters, addCounters, emptyCounters } from '../scan/rejects.js';
import { decompress } from '../stream/decompress.js';
import { type PumpOptions, scanOptions, type Source } from './source.js';
import type { SourceValues } from './source-options.js';

/** Files, one after the other, no faster than what is printed of them is taken. */
export function fileSource(
  files: readonly LogFile[],
  values: SourceValues,
  context: Context<object>,
): Source {
  const { signal, out } = context;
  return {
    files,
    pump: async (options, onBatch) => {
      const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
      const progress = context.progress({ label: 'reading', total, unit: 'B' });
      const counters = emptyCounters();
      try {
        for (const file of files) {
          if (file.kind === 'parquet') {
            addCounters(counters, await pumpParquet(file, values, options, onBatch, context));
            progress.advance(file.bytes);
            continue;
          }
          const bytes = createReadStream(file.path, { highWaterMark: 262_144, signal });
          const read = { ...scanOptions(options, values), source: file.path };
          addCounters(
            counters,
            await pumpText(
              told(bytes, (count) => progress.advance(count)),
              read,
              onBatch,
              context,
            ),
          );
        }
      } catch (error) {
        signal.throwIfAborted();
        throw unreadable(error);
      } finally {
        progress.end();
      }
      await out.drained();
      return counters;
    },
  };
}

/** Standard input: text, plain or compressed. */
export function stdinSource(values: SourceValues, context: Context<object>): Source {
  const { signal } = context;
  return {
    files: undefined,
    pump: async (options, onBatch) => {
      const stdin = context.stdin as NodeJS.ReadableStream & { destroy(): void };
      const progress = context.progress({ label: 'reading', unit: 'B' });
      // An input that says nothing must not keep the process from ending.
      const stop = (): void => {
        stdin.destroy();
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        const read = { ...scanOptions(options, values), source: 'stdin' };
        return await pumpText(
          told(stdin, (count) => progress.advance(count)),
          read,
          onBatch,
          context,
        );
      } catch (error) {
        signal.throwIfAborted();
        throw unreadable(error);
      } finally {
        signal.removeEventListener('abort', stop);
        progress.end();
      }
    },
  };
}

async function pumpText(
  chunks: AsyncIterable<Uint8Array>,
  options: ConstructorParameters<typeof ColumnScanner>[0],
  onBatch: (batch: ColumnBatch) => void,
  { signal, out }: Context<object>,
): Promise<ScanCounters> {
  const scanner = new ColumnScanner(options);
  for await (const text of decompress(chunks, options.source)) {
    signal.throwIfAborted();
    scanner.write(text, onBatch);
    await out.drained();
  }
  signal.throwIfAborted();
  scanner.end(onBatch);
  return scanner.counters;
}

async function pumpParquet(
  file: LogFile,
  values: SourceValues,
  options: PumpOptions,
  onBatch: (batch: ColumnBatch) => void,
  { signal, out }: Context<object>,
): Promise<ScanCounters> {
  const counters = emptyCounters();
  const { format: _given, ...read } = scanOptions(options, values);
  const parquet = await openParquetFile(file.path);
  try {
    const batches = parquetBatches(parquet, { ...read, source: file.path, counters, signal });
    for await (const batch of batches) {
      onBatch(batch);
      await out.drained();
    }
  } finally {
    await parquet.close();
  }
  return counters;
}

/** The bytes of a stream, counted; Parquet is told from its first four. */
async function* told(
  stream: AsyncIterable<string | Uint8Array>,
  advance: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (isFirst && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1')
      throw new FlowLogsError(
        'NET_FLOWLOGS_UNSUPPORTED',
        'this is Parquet, which cannot be read as a stream: name it as a file',
      );
    isFirst = false;
    advance(bytes.length);
    yield bytes;
  }
}

function unreadable(error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof FlowLogsError || syscall === undefined || code === undefined) return error;
  return new FlowLogsError('NET_FLOWLOGS_SOURCE', message, { cause: error });
}
