import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '@net/aws-core';
import { type AddressClasses, emptyCounters, Orienter, addCounters, type RejectedLine } from '@net/flowlogs';
import { listObjects, objectBatches, readKey } from '@net/flowlogs/s3';
import { DAY_MS, dayOf, dayStartMs, type Shard } from '../model/index.js';
import type { SourceNames } from '../names/index.js';
import type { Store } from '../store/index.js';
import { collectedColumns, type DirectionMode } from './collect.js';
import { countObject, openCountedShard } from './count-object.js';
import type { EndpointLookup } from './endpoint-of.js';
import type { PassResult, ShardReader } from './read-shard.js';

/** Where objects are and what reading them needs. */
export interface BucketReaderParts {
  readonly shard: Shard;
  readonly store: Store;
  readonly s3: S3Client;
  readonly bucket: string;
  /** Before `AWSLogs/`. */
  readonly prefix: string | undefined;
  readonly endpoints: EndpointLookup;
  readonly names: SourceNames;
  readonly classes: AddressClasses;
  readonly mode: DirectionMode;
  readonly clock: Clock;
  /** Where a shard that was never read begins, milliseconds before now. Default 600,000. */
  readonly lookBackMs?: number | undefined;
  readonly onRejected?: ((line: RejectedLine) => void) | undefined;
  /** An object that could be read in part only. */
  readonly onDamaged?: ((name: string, reason: string) => void) | undefined;
}

/** An object belongs to the five minutes before the time in its name, and comes within minutes of them. */
const COLLECTION_MS = 300_000;

/**
 * Reads the objects that flow logs of a shard deliver into a bucket, each once. Folders of the day before are listed
 * again, so that objects that come late are found.
 */
export function createBucketReader(parts: BucketReaderParts): ShardReader {
  const { shard, store, s3, bucket, prefix, clock } = parts;
  const orienter = new Orienter();
  return {
    pass: async (lease, signal): Promise<PassResult> => {
      const rules = { endpoints: parts.endpoints, orienter, mode: parts.mode };
      const nowMs = clock.now();
      const { cursor, ...loaded } = await openCountedShard(store, shard, rules, () => lease.fence);
      const startMs =
        typeof cursor?.['startMs'] === 'number'
          ? cursor['startMs']
          : nowMs - (parts.lookBackMs ?? 2 * COLLECTION_MS);
      const readUntilMs = typeof cursor?.['listedMs'] === 'number' ? cursor['listedMs'] : startMs;
      const counting = { ...loaded, kept: { startMs, listedMs: readUntilMs } };
      const counters = emptyCounters();
      const fromMs = Math.max(startMs, dayStartMs(dayOf(readUntilMs))! - DAY_MS);
      const selection = { bucket, prefix, accountIds: [shard.accountId], regions: [shard.region] };
      let events = 0;
      for await (const object of listObjects(
        s3,
        { ...selection, fromMs, toMs: nowMs + COLLECTION_MS },
        { signal },
      )) {
        const collectedAtMs = readKey(object.key)?.collectedAtMs ?? dayStartMs(object.day)!;
        if (collectedAtMs + COLLECTION_MS <= startMs) continue;
        const { rows, damage } = await countObject(
          {
            id: `${bucket}/${object.key}`,
            minute: Math.floor(collectedAtMs / 60_000),
            batches: () =>
              objectBatches(s3, object, {
                columns: collectedColumns,
                signal,
                ...(parts.onRejected ? { onReject: parts.onRejected } : {}),
                onCounters: (read) => addCounters(counters, read),
              }),
          },
          {
            ...parts,
            orienter,
            now: () => readUntilMs,
            shardsOf: () => ({ shards: [shard], of: undefined }),
            open: () => Promise.resolve(counting),
            signal,
          },
        );
        if (damage !== undefined) parts.onDamaged?.(object.key, damage.message);
        events += rows;
      }
      await counting.chain.commit(lease.fence, {
        deltas: [],
        seen: [],
        forgetSeenBefore: Math.floor((dayStartMs(dayOf(nowMs))! - DAY_MS) / 60_000),
        checkpoint: { cursor: JSON.stringify({ startMs, listedMs: nowMs }), readUntilMs: nowMs },
      });
      const { counted, decidedBy, passedOver } = counting.collector;
      return {
        events,
        repeated: 0,
        counted,
        decidedBy,
        passedOver,
        skipData: counters.skipData,
        rejectedLines: counters.rejected,
        readUntilMs: nowMs,
      };
    },
  };
}
