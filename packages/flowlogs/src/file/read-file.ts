import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { FlowLogsError } from '../errors.js';
import { parquetBatches } from '../parquet/read-parquet.js';
import { ColumnScanner } from '../scan/column-scanner.js';
import type { ColumnBatch } from '../scan/columns.js';
import { type ScanStreamOptions, pumpColumns } from '../scan/scan-columns.js';
import { type ScanCounters, emptyCounters } from '../scan/rejects.js';
import type { LogFile } from './find-files.js';
import { openParquetFile } from './parquet-file.js';

/** Bytes of a plain text file that one task reads: the lines that begin in them. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface ReadFileOptions extends Omit<ScanStreamOptions, 'source' | 'freshBatches'> {
  readonly range?: ByteRange;
  /** Inflate small gzip files in this thread instead of the thread pool. For worker threads. */
  readonly inThread?: boolean;
}

/** What a read told besides its batches. */
export interface ReadResult {
  readonly counters: ScanCounters;
  /** Header line of the format in use at the end; undefined when there was no line. */
  readonly formatKey: string | undefined;
}

/** Reads a file, or a range of it, into batches that are valid until the next one. */
export async function readLogFile(
  file: LogFile,
  options: ReadFileOptions,
  onBatch: (batch: ColumnBatch) => void,
): Promise<ReadResult> {
  if (file.kind === 'parquet') return readParquet(file, options, onBatch);
  const scan = { ...options, source: file.path };
  if (file.kind === 'text') return readText(file, scan, onBatch);
  if (file.kind === 'gzip' && options.inThread === true && file.bytes <= smallGzipBytes) {
    const text = inflateSmall(await readFile(file.path));
    if (text !== undefined) return scanWhole(text, scan, onBatch);
  }
  let formatKey: string | undefined;
  const counters = await pumpColumns(
    createReadStream(file.path, { highWaterMark: 262_144 }),
    { ...scan, onFormat: (format) => (formatKey = format.key) },
    onBatch,
  );
  return { counters, formatKey };
}

const smallGzipBytes = 8_388_608;
const smallTextBytes = 67_108_864;

/** The text; undefined when it is large or damaged, which the streaming way handles and reports. */
function inflateSmall(zipped: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(zipped, { maxOutputLength: smallTextBytes, chunkSize: 1_048_576 });
  } catch {
    return undefined;
  }
}

function scanWhole(
  text: Uint8Array,
  options: ScanStreamOptions,
  onBatch: (batch: ColumnBatch) => void,
): ReadResult {
  const scanner = new ColumnScanner(options);
  scanner.write(text, onBatch);
  scanner.end(onBatch);
  return { counters: scanner.counters, formatKey: scanner.format?.key };
}

async function readText(
  file: LogFile,
  options: ScanStreamOptions & { readonly range?: ByteRange },
  onBatch: (batch: ColumnBatch) => void,
): Promise<ReadResult> {
  const scanner = new ColumnScanner(options);
  const handle = await open(file.path, 'r');
  try {
    for await (const chunk of linesIn(handle, options.range)) {
      options.signal?.throwIfAborted();
      scanner.write(chunk, onBatch);
    }
    scanner.end(onBatch);
  } finally {
    await handle.close();
  }
  return { counters: scanner.counters, formatKey: scanner.format?.key };
}

const readBytes = 1_048_576;

/** Chunks of the lines that begin in the range; each is valid until the next one. */
async function* linesIn(handle: FileHandle, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  const { from, to } = range ?? { from: 0, to: Infinity };
  const buffers = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)];
  // A line begins at `from` only when the byte before it is a line end.
  let position = from === 0 ? 0 : from - 1;
  let isSkipping = from !== 0;
  let turn = 0;
  let next = handle.read(buffers[turn]!, 0, readBytes, position);
  for (;;) {
    const { bytesRead } = await next;
    const chunk = buffers[turn]!.subarray(0, bytesRead);
    const chunkStart = position;
    position += bytesRead;
    turn ^= 1;
    // Reads the next chunk while this one is scanned.
    next = handle.read(buffers[turn]!, 0, readBytes, position);
    if (bytesRead === 0) break;
    let start = 0;
    if (isSkipping) {
      const lineEnd = chunk.indexOf(10);
      if (lineEnd < 0) continue;
      isSkipping = false;
      start = lineEnd + 1;
      if (chunkStart + start >= to) break;
    }
    if (position < to) {
      yield chunk.subarray(start);
      continue;
    }
    // The last line that begins before `to` ends with the first line end at or after `to - 1`.
    const lineEnd = chunk.indexOf(10, Math.max(start, to - 1 - chunkStart));
    yield chunk.subarray(start, lineEnd < 0 ? chunk.length : lineEnd + 1);
    if (lineEnd >= 0) break;
  }
  await next;
}

async function readParquet(
  file: LogFile,
  options: ReadFileOptions,
  onBatch: (batch: ColumnBatch) => void,
): Promise<ReadResult> {
  const counters = emptyCounters();
  const source = await openParquetFile(file.path);
  try {
    for await (const batch of parquetBatches(source, { ...options, source: file.path, counters }))
      onBatch(batch);
  } finally {
    await source.close();
    options.onCounters?.(counters);
  }
  return { counters, formatKey: undefined };
}

/** Inflates a small body in memory, with the same bounds. */
export async function inflateBody(zipped: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(zipped, { maxOutputLength: smallTextBytes });
  } catch (error) {
    throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', (error as Error).message, { cause: error });
  }
}
