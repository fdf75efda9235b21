import type { World } from '../world/world.js';
import { notifyQueues } from './notifications.js';
import type { Bucket, S3State, StoredObject } from './state.js';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What an object is made of besides its bytes. */
export interface ObjectWords {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** An object as it is kept. */
export function makeObject(body: Uint8Array, nowMs: number, words: ObjectWords = {}): StoredObject {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return {
    body: bytes.toString('base64'),
    sizeBytes: bytes.length,
    eTag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    lastModifiedMs: nowMs,
    contentType: words.contentType ?? 'application/octet-stream',
    contentEncoding: words.contentEncoding,
    metadata: words.metadata ?? {},
    crc32: checksum.toString('base64'),
  };
}

/** Puts an object into its bucket and tells the bucket's queues. */
export function storeObject(world: World, bucket: Bucket, key: string, object: StoredObject): void {
  keep(bucket, key, object);
  notifyQueues(world, bucket, key, object);
}

/** Lets the objects appear that are due, in the order of their times. Without their bucket they are lost. */
export function deliverDueObjects(state: S3State, nowMs: number, world: World): void {
  const due = state.pending.filter((pending) => pending.atMs <= nowMs);
  if (due.length === 0) return;
  state.pending = state.pending.filter((pending) => pending.atMs > nowMs);
  for (const { bucket: name, key, object } of due.sort((a, b) => a.atMs - b.atMs)) {
    const bucket = state.buckets[name];
    if (!bucket) continue;
    // A stale read brings a past state up to an earlier time: that must not tell the queues again.
    if (world.clock.now() - nowMs < 50) storeObject(world, bucket, key, object);
    else keep(bucket, key, object);
  }
}

function keep(bucket: Bucket, key: string, object: StoredObject): void {
  bucket.objects[key] = object;
  bucket.version++;
}

const decoded = new WeakMap<StoredObject, Buffer>();

/** The object's bytes; decoded once as long as somebody reads it. */
export function bytesOf(object: StoredObject): Buffer {
  let bytes = decoded.get(object);
  if (!bytes) {
    bytes = Buffer.from(object.body, 'base64');
    decoded.set(object, bytes);
  }
  return bytes;
}

const sortedKeys = new WeakMap<Bucket, { readonly version: number; readonly keys: readonly string[] }>();

/** The bucket's keys in the order of their UTF-8 bytes. */
export function keysOf(bucket: Bucket): readonly string[] {
  const known = sortedKeys.get(bucket);
  if (known?.version === bucket.version) return known.keys;
  const keys = Object.keys(bucket.objects).sort(compareUtf8);
  sortedKeys.set(bucket, { version: bucket.version, keys });
  return keys;
}

/** UTF-8 order is code point order; UTF-16 order is not beyond the basic plane. */
export function compareUtf8(a: string, b: string): number {
  if (!/[\uD800-\uFFFF]/.test(a) && !/[\uD800-\uFFFF]/.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
