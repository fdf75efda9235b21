import type { S3Client } from '@aws-sdk/client-s3';
import { toAwsError } from '@net/aws-core';
import type { Readable } from 'node:stream';
import { FlowLogsError } from '../errors.js';
import { type ParquetSource, parquetBatches } from '../parquet/read-parquet.js';
import type { ScanOptions } from '../scan/column-scanner.js';
import type { ColumnBatch } from '../scan/columns.js';
import { type ScanCounters, emptyCounters } from '../scan/rejects.js';
import { pumpColumns, scanColumns } from '../scan/scan-columns.js';
import type { LogObject } from './log-object.js';

export interface ReadObjectOptions extends Omit<ScanOptions, 'source' | 'freshBatches'> {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an object into batches that are valid until the next one: text and gzip as a stream, of Parquet only the parts
 * of the columns that were asked for.
 *
 * @throws {AwsError} when it cannot be read
 * @throws {FlowLogsError} as `pumpColumns` and `parquetBatches` do
 */
export async function readObject(
  client: S3Client,
  object: LogObject,
  options: ReadObjectOptions,
  onBatch: (batch: ColumnBatch) => void,
): Promise<ScanCounters> {
  const source = `s3://${object.bucket}/${object.key}`;
  const { signal, ...scan } = options;
  const abortable = signal === undefined ? {} : { signal };
  if (object.key.endsWith('.parquet')) {
    const counters = emptyCounters();
    const file = await openParquetObject(client, object, signal);
    for await (const batch of parquetBatches(file, { ...scan, ...abortable, source, counters }))
      onBatch(batch);
    return counters;
  }
  const body = await getObject(client, object, undefined, signal);
  try {
    return await pumpColumns(body, { ...scan, ...abortable, source }, onBatch);
  } catch (error) {
    throw error instanceof FlowLogsError ? error : toAwsError(error, { action: 's3:GetObject' });
  } finally {
    body.destroy();
  }
}

export interface ObjectBatchesOptions extends ReadObjectOptions {
  /** Gets the counters when the object ends or fails. */
  readonly onCounters?: ((counters: Readonly<ScanCounters>) => void) | undefined;
}

/**
 * Reads an object as batches that stay valid, no faster than they are taken: for programs that wait for something
 * between batches.
 *
 * @throws {AwsError} when it cannot be read
 * @throws {FlowLogsError} as `scanColumns` and `parquetBatches` do
 */
export async function* objectBatches(
  client: S3Client,
  object: LogObject,
  options: ObjectBatchesOptions,
): AsyncGenerator<ColumnBatch> {
  const source = `s3://${object.bucket}/${object.key}`;
  const { signal, onCounters, ...scan } = options;
  const read = { ...scan, ...(signal === undefined ? {} : { signal }), source };
  if (object.key.endsWith('.parquet')) {
    const counters = emptyCounters();
    try {
      yield* parquetBatches(await openParquetObject(client, object, signal), { ...read, counters });
    } finally {
      onCounters?.(counters);
    }
    return;
  }
  const body = await getObject(client, object, undefined, signal);
  try {
    yield* scanColumns(body, { ...read, ...(onCounters ? { onCounters } : {}) });
  } catch (error) {
    throw error instanceof FlowLogsError ? error : toAwsError(error, { action: 's3:GetObject' });
  } finally {
    body.destroy();
  }
}

/** The end of a Parquet file, in which its directory is: small files are fetched whole, by one call. */
const TAIL_BYTES = 524_288;

async function openParquetObject(
  client: S3Client,
  object: LogObject,
  signal: AbortSignal | undefined,
): Promise<ParquetSource> {
  const byteLength = object.size ?? (await sizeOf(client, object, signal));
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    const parts: Uint8Array[] = [];
    for await (const part of await getObject(client, object, `bytes=${start}-${end - 1}`, signal))
      parts.push(part as Uint8Array);
    const bytes = Buffer.concat(parts);
    if (bytes.length !== end - start)
      throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', `s3://${object.bucket}/${object.key} became shorter`);
    return new Uint8Array(bytes).buffer;
  };
  const tailFrom = Math.max(0, byteLength - TAIL_BYTES);
  let tail: ArrayBuffer | undefined;
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const to = Math.min(end, byteLength);
      if (start >= to) return new ArrayBuffer(0);
      if (start >= tailFrom) {
        tail ??= await read(tailFrom, byteLength);
        return tail.slice(start - tailFrom, to - tailFrom);
      }
      return await read(start, to);
    },
  };
}

async function sizeOf(client: S3Client, object: LogObject, signal: AbortSignal | undefined): Promise<number> {
  const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const command = new HeadObjectCommand({ Bucket: object.bucket, Key: object.key });
    return (await client.send(command, signal ? { abortSignal: signal } : {})).ContentLength ?? 0;
  } catch (error) {
    throw toAwsError(error, { action: 's3:GetObject' });
  }
}

async function getObject(
  client: S3Client,
  { bucket, key }: LogObject,
  range: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(range === undefined ? {} : { Range: range }),
    });
    const { Body } = await client.send(command, signal ? { abortSignal: signal } : {});
    return Body as Readable;
  } catch (error) {
    throw toAwsError(error, { action: 's3:GetObject' });
  }
}
