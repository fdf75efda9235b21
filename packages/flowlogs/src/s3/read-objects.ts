import type { S3Client } from '@aws-sdk/client-s3';
import type { ColumnBatch } from '../scan/columns.js';
import type { ScanCounters } from '../scan/rejects.js';
import type { LogObject } from './log-object.js';
import { type ReadObjectOptions, readObject } from './read-object.js';

export interface ReadObjectsOptions<Item extends LogObject> extends ReadObjectOptions {
  /** Objects read side by side. Default 4. */
  readonly concurrency?: number | undefined;
  /** Told when an object was read whole: then it is done. Awaited before the next is begun in its place. */
  readonly onDone?: ((object: Item, counters: ScanCounters) => void | Promise<void>) | undefined;
  /** Told when one could not be read. Default: the failure ends all. */
  readonly onFailure?: ((object: Item, error: unknown) => void | Promise<void>) | undefined;
}

/**
 * Reads objects side by side. Batches come in no order, each from one object, and are valid until the next one. What
 * came of an object that failed later has been given out: a program that must count exactly keeps an object's batches
 * until it is told that it is done.
 */
export async function readObjects<Item extends LogObject>(
  client: S3Client,
  objects: AsyncIterable<Item> | Iterable<Item>,
  options: ReadObjectsOptions<Item>,
  onBatch: (batch: ColumnBatch, object: Item) => void,
): Promise<void> {
  const { concurrency = 4, onDone, onFailure, ...read } = options;
  const waiting =
    Symbol.asyncIterator in objects ? objects[Symbol.asyncIterator]() : asyncOf(objects[Symbol.iterator]());
  // A listing takes one question at a time.
  let turn: Promise<unknown> = Promise.resolve();
  let isOver = false;
  const next = (): Promise<IteratorResult<Item, unknown>> => {
    const result = turn.then(() => (isOver ? { done: true as const, value: undefined } : waiting.next()));
    turn = result.catch(() => undefined);
    return result;
  };
  const work = async (): Promise<void> => {
    for (;;) {
      const result = await next();
      if (result.done === true) return;
      const object = result.value;
      try {
        const counters = await readObject(client, object, read, (batch) => onBatch(batch, object));
        await onDone?.(object, counters);
      } catch (error) {
        read.signal?.throwIfAborted();
        if (onFailure === undefined) throw error;
        await onFailure(object, error);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  } finally {
    isOver = true;
    await waiting.return?.(undefined);
  }
}

function asyncOf<T>(iterator: Iterator<T>): AsyncIterator<T> {
  return {
    next: () => Promise.resolve(iterator.next()),
    return: () => Promise.resolve(iterator.return?.() ?? { done: true as const, value: undefined }),
  };
}
