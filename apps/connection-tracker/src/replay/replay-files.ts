import { randomUUID } from 'node:crypto';
import {
  addCounters,
  type AddressClasses,
  type ColumnBatch,
  emptyCounters,
  type LogFormat,
  Orienter,
  type RejectedLine,
  type Rule,
  type ScanCounters,
  scanColumns,
} from '@net/flowlogs';
import { fileBatches, type LogFile } from '@net/flowlogs/file';
import { TrackerError } from '../errors.js';
import {
  collectedColumns,
  countObject,
  type CountedObject,
  type CountedShard,
  type DirectionMode,
  everyInterface,
  openCountedShard,
  type PassedOver,
} from '../ingest/index.js';
import { type Shard, shardKey } from '../model/index.js';
import type { SourceNames } from '../names/index.js';
import type { Lease, Store } from '../store/index.js';
import { fileId } from './file-id.js';
import { createRowShards, shardColumns } from './row-shards.js';

export interface ReplayOptions {
  readonly store: Store;
  readonly names: SourceNames;
  readonly classes: AddressClasses;
  readonly mode: DirectionMode;
  /** Format of lines without a header; undefined: found out. */
  readonly format?: LogFormat | undefined;
  /** Of rows that do not say it themselves. */
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly signal: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
  readonly onRejected?: (line: RejectedLine) => void;
  /** A file that could be read in part only, or was read before. */
  readonly onFile?: (file: string, what: 'damaged' | 'known', reason: string) => void;
}

/** What a replay did. */
export interface ReplayResult {
  readonly counters: Readonly<ScanCounters>;
  readonly counted: number;
  readonly decidedBy: Readonly<Partial<Record<Rule, number>>>;
  readonly passedOver: Readonly<PassedOver>;
  readonly shards: readonly Shard[];
}

const LEASE_MS = 60_000;

/**
 * Counts the records of files, in their order, each once: into a store that was there before, a file that is in it
 * already adds nothing, and one that was begun goes on where it was.
 *
 * @param input files, or a stream of text, plain or compressed
 * @throws {TrackerError} NET_TRACKER_STORE; NET_TRACKER_PREREQUISITE when another program writes an account of the file
 */
export async function replayFiles(
  input: readonly LogFile[] | AsyncIterable<Uint8Array>,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const { store, signal, format } = options;
  const orienter = new Orienter();
  const counters = emptyCounters();
  const shards = new Map<string, Promise<OpenShard>>();
  const rules = { endpoints: everyInterface, orienter, mode: options.mode };
  const owner = `replay-${process.pid}-${randomUUID().slice(0, 8)}`;
  const open = (shard: Shard): Promise<OpenShard> => {
    const key = shardKey(shard);
    let opening = shards.get(key);
    if (opening === undefined) shards.set(key, (opening = openShard(shard, store, owner, rules)));
    return opening;
  };
  const read = {
    columns: [...collectedColumns, ...shardColumns],
    signal,
    ...(format ? { format } : {}),
    ...(options.onRejected ? { onReject: options.onRejected } : {}),
    ...(options.onBytes ? { onBytes: options.onBytes } : {}),
    onCounters: (of: Readonly<ScanCounters>) => addCounters(counters, of),
  };
  const count = async (object: CountedObject): Promise<Awaited<ReturnType<typeof countObject>>> =>
    await countObject(object, {
      ...options,
      orienter,
      now: Date.now,
      shardsOf: createRowShards({
        ...(options.accountId === undefined ? {} : { accountId: options.accountId }),
        ...(options.region === undefined ? {} : { region: options.region }),
      }),
      open,
    });
  const renewal = setInterval(() => {
    for (const shard of shards.values())
      void shard.then(({ lease }) => store.renewLease(lease, LEASE_MS)).catch(() => undefined);
  }, LEASE_MS / 3);
  try {
    if (Symbol.asyncIterator in input) {
      const batches = (): AsyncIterable<ColumnBatch> => scanColumns(input, { ...read, source: 'stdin' });
      const { damage } = await count({ id: randomUUID(), minute: 0, batches });
      if (damage) options.onFile?.('stdin', 'damaged', damage.message);
    } else {
      for (const file of input) {
        const before = counters.records;
        const batches = (): AsyncIterable<ColumnBatch> => fileBatches(file, read);
        const { rows, counted, damage } = await count({ id: await fileId(file), minute: 0, batches });
        if (damage) options.onFile?.(file.path, 'damaged', damage.message);
        else if (!counted && rows > 0 && counters.records > before)
          options.onFile?.(file.path, 'known', 'it is in the store already');
      }
    }
    const opened = await Promise.all(shards.values());
    return { counters, ...summed(opened), shards: opened.map(({ shard }) => shard) };
  } finally {
    clearInterval(renewal);
    await Promise.allSettled(
      [...shards.values()].map(async (shard) => await store.releaseLease((await shard).lease)),
    );
  }
}

interface OpenShard extends CountedShard {
  readonly shard: Shard;
  readonly lease: Lease;
}

async function openShard(
  shard: Shard,
  store: Store,
  owner: string,
  rules: Parameters<typeof openCountedShard>[2],
): Promise<OpenShard> {
  const lease = await store.acquireLease(shard, owner, LEASE_MS);
  if (lease === undefined) {
    throw new TrackerError(
      'NET_TRACKER_PREREQUISITE',
      `${shardKey(shard)} is being read by another program`,
      {
        hint: 'Replay into another store, or name another account with --account-id.',
      },
    );
  }
  return { ...(await openCountedShard(store, shard, rules, () => lease.fence)), shard, lease };
}

function summed(shards: readonly CountedShard[]): Pick<ReplayResult, 'counted' | 'decidedBy' | 'passedOver'> {
  const passedOver: Record<string, number> = {};
  const decidedBy: Record<string, number> = {};
  let counted = 0;
  for (const { collector } of shards) {
    counted += collector.counted;
    for (const [rule, records] of Object.entries(collector.decidedBy))
      decidedBy[rule] = (decidedBy[rule] ?? 0) + records;
    for (const [reason, records] of Object.entries(collector.passedOver))
      passedOver[reason] = (passedOver[reason] ?? 0) + (records as number);
  }
  const none = { notPublic: 0, rejected: 0, privateSource: 0, answers: 0, excluded: 0, incomplete: 0 };
  return { counted, decidedBy, passedOver: { ...none, ...passedOver } };
}
