import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { FlowLogsError } from '../errors.js';

/** Bytes of a file, object or body, in chunks of any size. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The bytes themselves when they are plain, else what they decompress to: gzip (any number of members) or zstd, told
 * from the first bytes. Streams: memory does not depend on the size.
 * @throws FlowLogsError NET_FLOWLOGS_DAMAGED when compressed data is cut off or damaged (after handing out what came
 * before); NET_FLOWLOGS_UNSUPPORTED for zstd where Node has none (before 22.15)
 */
export async function* decompress(chunks: Chunks, source: string = '-'): AsyncGenerator<Uint8Array> {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  const rest: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => rest,
    next: () => Promise.resolve(iterator.next()),
    return: async (value?: unknown) => {
      await iterator.return?.(value);
      return { done: true, value: undefined };
    },
  };
  const head = await readHead(rest);
  const compression = compressionOf(head);
  const whole = prepend(head, rest);
  if (compression === 'none') yield* whole;
  else yield* inflate(whole, decompressorFor(compression, source), source);
}

/** Which compression these first bytes belong to. */
export function compressionOf(head: Uint8Array): 'none' | 'gzip' | 'zstd' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const isZstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return isZstd ? 'zstd' : 'none';
}

const outputChunkBytes = 262_144;

/** Room for what is decompressed on the library's own thread while the last chunk is still being read here. */
const aheadBytes = 2_097_152;

function decompressorFor(compression: 'gzip' | 'zstd', source: string): Transform {
  const options = { chunkSize: outputChunkBytes, readableHighWaterMark: aheadBytes };
  if (compression === 'gzip') return zlib.createGunzip(options);
  const create = (zlib as unknown as { createZstdDecompress?: (options: object) => Transform })
    .createZstdDecompress;
  if (create === undefined) {
    throw new FlowLogsError(
      'NET_FLOWLOGS_UNSUPPORTED',
      `${source} is compressed with zstd, which needs Node 22.15 or later`,
    );
  }
  return create(options);
}

async function* inflate(
  chunks: AsyncIterable<Uint8Array>,
  decompressor: Transform,
  source: string,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(chunks, { objectMode: false, highWaterMark: 262_144 });
  let inputError: unknown;
  input.once('error', (error) => {
    inputError = error;
    decompressor.destroy(error);
  });
  input.pipe(decompressor);
  try {
    yield* everythingOf(decompressor);
  } catch (error) {
    if (inputError !== undefined) throw inputError as Error;
    throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', `${source}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    input.destroy();
    decompressor.destroy();
  }
}

/** A stream's iterator forgets, when the stream fails, what came before and was not read yet; this one does not. */
async function* everythingOf(stream: Transform): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const over: { isOver: boolean; error?: Error | undefined } = { isOver: false };
  let wake: () => void = () => undefined;
  const end = (error?: Error): void => {
    if (!over.isOver) Object.assign(over, { isOver: true, error });
    wake();
  };
  stream.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= aheadBytes) stream.pause();
    wake();
  });
  stream.once('end', () => end());
  stream.once('error', end);
  stream.once('close', () => end());
  for (;;) {
    const chunk = chunks.shift();
    if (chunk !== undefined) {
      bytes -= chunk.length;
      if (bytes < aheadBytes && stream.isPaused()) stream.resume();
      yield chunk;
    } else if (!over.isOver) {
      await new Promise<void>((resolve) => (wake = resolve));
    } else if (over.error === undefined) {
      return;
    } else {
      throw over.error;
    }
  }
}

async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 4) {
    const next: IteratorResult<Uint8Array, undefined> = await chunks.next();
    if (next.done === true) return head;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepend(
  head: Uint8Array,
  rest: AsyncIterableIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for await (const chunk of rest) yield chunk;
  } finally {
    await rest.return?.();
  }
}
