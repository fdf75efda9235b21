import { type AddressClasses, type ColumnBatch, FlowLogsError, type Orienter } from '@net/flowlogs';
import { SeenEvents, type SeenMinute } from '@net/flowlogs/cloudwatch';
import type { Shard } from '../model/index.js';
import type { SourceNames } from '../names/index.js';
import type { Store } from '../store/index.js';
import { Collector, type DirectionMode, orient } from './collect.js';
import { CommitChain } from './commit-chain.js';
import { toDeltas } from './deltas.js';
import type { EndpointLookup } from './endpoint-of.js';

/** A file or an object of a bucket: what it holds never changes, so a row is known by its number. */
export interface CountedObject {
  /** The same for the same content only. */
  readonly id: string;
  /** By which its id is forgotten: minutes since 1970. */
  readonly minute: number;
  readonly batches: () => AsyncIterable<ColumnBatch>;
}

/** A shard whose rows are counted. */
export interface CountedShard {
  readonly collector: Collector;
  readonly chain: CommitChain;
  readonly seen: SeenEvents;
  /** Of an object that was counted in part. */
  partial: { readonly object: string; readonly rows: number } | undefined;
  /** More of the cursor, which every commit keeps. */
  readonly kept: Readonly<Record<string, unknown>>;
  readonly fence: () => number;
}

/** Which shards the rows of a batch belong to. */
export interface RowShards {
  readonly shards: readonly Shard[];
  /** Index into `shards` of each row; undefined: all belong to the first. */
  readonly of: ArrayLike<number> | undefined;
}

export interface CountObjectParts {
  readonly store: Store;
  readonly names: SourceNames;
  readonly classes: AddressClasses;
  readonly orienter: Orienter;
  readonly now: () => number;
  readonly shardsOf: (batch: ColumnBatch) => RowShards;
  readonly open: (shard: Shard) => Promise<CountedShard>;
  /** What was counted is committed at least this often, milliseconds. Default 1,000. */
  readonly flushMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRows?: (rows: number) => void;
}

/** What became of an object. */
export interface CountedRows {
  readonly rows: number;
  /** False: every row was in the store already. */
  readonly counted: boolean;
  /** Undefined: it could be read to its end. */
  readonly damage: FlowLogsError | undefined;
}

/** The stored state of a shard whose source is made of objects. */
export async function openCountedShard(
  store: Store,
  shard: Shard,
  rules: { readonly endpoints: EndpointLookup; readonly orienter: Orienter; readonly mode: DirectionMode },
  fence: () => number,
  kept: Readonly<Record<string, unknown>> = {},
): Promise<CountedShard & { readonly cursor: Readonly<Record<string, unknown>> | undefined }> {
  const { version, checkpoint, seen } = await store.loadShard(shard);
  const cursor = readCursor(checkpoint?.cursor);
  const { object, rows } = cursor ?? {};
  return {
    cursor,
    collector: new Collector(rules.endpoints, rules.orienter, rules.mode),
    chain: new CommitChain(store, shard, version),
    seen: new SeenEvents(seen),
    partial: typeof object === 'string' && typeof rows === 'number' ? { object, rows } : undefined,
    kept,
    fence,
  };
}

/**
 * Counts the rows of an object, each once: with every commit goes how many rows of the object it ends with, and with
 * the last that it is done. What cannot be read further is counted as far as it went.
 *
 * @throws {TrackerError} NET_TRACKER_LEASE_LOST, NET_TRACKER_STORE; shards are to be opened again then
 */
export async function countObject(object: CountedObject, parts: CountObjectParts): Promise<CountedRows> {
  const { store, names, classes, now, flushMs = 1_000, signal } = parts;
  const states = new Map<CountedShard, ObjectState>();
  let flushedMs = performance.now();
  let rows = 0;

  const begin = (shard: CountedShard): ObjectState => {
    const event = {
      id: object.id,
      timestampMs: object.minute * 60_000,
      ingestedAtMs: 0,
      message: '',
      stream: '',
    };
    const { fresh, added } = shard.seen.take([event]);
    const done = shard.partial?.object === object.id ? shard.partial.rows : 0;
    return { added, from: fresh.length === 0 ? Infinity : done };
  };
  const flush = async (shard: CountedShard, { added, from }: ObjectState, isEnd: boolean): Promise<void> => {
    if (from === Infinity) return;
    const deltas = await toDeltas(shard.collector.take(), names, classes, signal);
    if (deltas.length === 0 && !isEnd) return;
    const partial = isEnd ? undefined : { object: object.id, rows };
    await shard.chain.commit(shard.fence(), {
      deltas,
      seen: isEnd ? added : [],
      checkpoint: { cursor: JSON.stringify({ ...shard.kept, ...partial }), readUntilMs: now() },
    });
    shard.partial = partial;
  };

  let damage: FlowLogsError | undefined;
  try {
    for await (const batch of object.batches()) {
      signal?.throwIfAborted();
      const { shards, of } = parts.shardsOf(batch);
      const opened = await Promise.all(shards.map((shard) => parts.open(shard)));
      for (const shard of opened) if (!states.has(shard)) states.set(shard, begin(shard));
      const oriented = orient(batch, parts.orienter);
      const first = rows;
      for (let row = 0; row < batch.rows; row++) {
        const shard = opened[of?.[row] ?? 0]!;
        const state = states.get(shard)!;
        rows = first + row + 1;
        if (rows <= state.from) continue;
        shard.collector.addRow(oriented, row);
        if (shard.collector.sightings.size >= store.limits.deltas) await flush(shard, state, false);
      }
      parts.onRows?.(batch.rows);
      if (performance.now() - flushedMs < flushMs) continue;
      for (const [shard, state] of states) await flush(shard, state, false);
      flushedMs = performance.now();
    }
  } catch (error) {
    if (!(error instanceof FlowLogsError)) throw error;
    damage = error;
  }
  for (const [shard, state] of states) await flush(shard, state, true);
  const counted = [...states.values()].some(({ from }) => from < rows);
  return { rows, counted, damage };
}

interface ObjectState {
  readonly added: readonly SeenMinute[];
  /** Rows that are in already; Infinity: all. */
  readonly from: number;
}

function readCursor(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
