import { setImmediate } from 'node:timers/promises';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Clock, Pacer } from '@net/aws-core';
import { type AddressClasses, ColumnScanner, type LogFormat, Orienter, type Rule } from '@net/flowlogs';
import { type GroupCursor, type LogEvent, pollGroup, scanEvents, SeenEvents } from '@net/flowlogs/cloudwatch';
import type { Shard } from '../model/index.js';
import type { SourceNames } from '../names/index.js';
import type { Lease, Store } from '../store/index.js';
import { Collector, collectedColumns, type DirectionMode, type PassedOver } from './collect.js';
import { CommitChain, type CommitPart } from './commit-chain.js';
import { toDeltas } from './deltas.js';
import type { EndpointLookup } from './endpoint-of.js';

/** What reading a shard needs. */
export interface ShardReaderParts {
  readonly shard: Shard;
  readonly store: Store;
  readonly logs: CloudWatchLogsClient;
  readonly logGroup: string;
  readonly format: LogFormat;
  readonly endpoints: EndpointLookup;
  readonly names: SourceNames;
  readonly classes: AddressClasses;
  readonly mode: DirectionMode;
  readonly clock: Clock;
  readonly pacer?: Pacer;
  /** Event time at which a shard that was never read begins, milliseconds before now. Default 600,000, as the original. */
  readonly lookBackMs?: number;
  readonly overlapMs?: number;
  readonly onRejected?: (line: { readonly reason: string }) => void;
}

/** What one pass did. */
export interface PassResult {
  readonly events: number;
  readonly repeated: number;
  readonly counted: number;
  /** Counted records by the rule that decided. */
  readonly decidedBy: Readonly<Partial<Record<Rule, number>>>;
  readonly passedOver: PassedOver;
  readonly skipData: number;
  readonly rejectedLines: number;
  readonly readUntilMs: number;
}

/** Reads what is new in a shard's log group into the store. */
export interface ShardReader {
  /**
   * One pass. Counts, fingerprints and checkpoint move together; whatever happens in between, the next pass of whoever
   * owns the shard then goes on exactly there.
   *
   * @throws {TrackerError} NET_TRACKER_LEASE_LOST when somebody else owns the shard; NET_TRACKER_STORE when the store
   *   cannot be reached (the pass is begun anew later)
   * @throws {AwsError} when the log group cannot be read
   */
  pass(lease: Lease, signal?: AbortSignal): Promise<PassResult>;
}

interface Position {
  readonly seen: SeenEvents;
  readonly cursor: Cursor | undefined;
  readonly chain: CommitChain;
}

/** Where a shard is: at the event time with which its first pass begins, or behind a whole pass. */
type Cursor = GroupCursor | { readonly startMs: number };

/** Makes a reader that remembers between passes where it is, and which connections it has seen opened. */
export function createShardReader(parts: ShardReaderParts): ShardReader {
  const { shard, store, clock } = parts;
  const orienter = new Orienter();
  let position: Position | undefined;

  const load = async (): Promise<Position> => {
    const { version, checkpoint, seen } = await store.loadShard(shard);
    const chain = new CommitChain(store, shard, version);
    return { chain, seen: new SeenEvents(seen), cursor: readCursor(checkpoint?.cursor) };
  };

  return {
    pass: async (lease, signal) => {
      const at = (position ??= await load());
      // A first pass that fails is begun anew with the same time; what came since the failure is not passed over.
      let cursor = at.cursor;
      if (cursor === undefined) {
        cursor = { startMs: Math.max(0, clock.now() - (parts.lookBackMs ?? 600_000)) };
        await at.chain.commit(lease.fence, {
          deltas: [],
          seen: [],
          checkpoint: { cursor: JSON.stringify(cursor), readUntilMs: cursor.startMs },
        });
      }
      // Until the end of the pass what is in memory is ahead of what is kept.
      position = undefined;
      const collector = new Collector(parts.endpoints, orienter, parts.mode);
      let rejectedLines = 0;
      const scanner = new ColumnScanner({
        format: parts.format,
        columns: collectedColumns,
        source: parts.logGroup,
        onReject: (line) => {
          rejectedLines += 1;
          parts.onRejected?.(line);
        },
      });
      let events = 0;
      let repeated = 0;
      // What is in the collector, and what is being committed while the next events are looked at.
      let collected = new SeenEvents();
      let committing: Promise<void> = Promise.resolve();
      const commit = async (
        rest: Pick<CommitPart, 'checkpoint' | 'forgetSeenBefore'> = {},
      ): Promise<void> => {
        const seen = collected.minutes();
        collected = new SeenEvents();
        const deltas = await toDeltas(collector.take(), parts.names, parts.classes, signal);
        await committing;
        committing = at.chain.commit(lease.fence, { deltas, seen, ...rest });
        // Its failure is the next commit's, or the pass's.
        committing.catch(() => undefined);
      };
      const { limits } = store;
      const pages = pollGroup(parts.logs, {
        group: parts.logGroup,
        ...('startMs' in cursor ? { startMs: cursor.startMs } : { cursor, startMs: 0 }),
        seen: at.seen,
        overlapMs: parts.overlapMs,
        pacer: parts.pacer,
        signal,
        now: () => clock.now(),
      });
      try {
        for (;;) {
          const page = await pages.next();
          if (page.done === true) {
            const { cursor, forgetBeforeMinute } = page.value;
            const checkpoint = { cursor: JSON.stringify(cursor), readUntilMs: cursor.readUntilMs };
            await commit({ forgetSeenBefore: forgetBeforeMinute, checkpoint });
            await committing;
            position = { ...at, cursor };
            const { counted, decidedBy, passedOver } = collector;
            const { skipData } = scanner.counters;
            return {
              events,
              repeated,
              counted,
              decidedBy,
              passedOver,
              skipData,
              rejectedLines,
              readUntilMs: cursor.readUntilMs,
            };
          }
          events += page.value.events.length;
          repeated += page.value.repeated;
          // Small beside what a commit takes, so that commits are nearly full.
          const most = Math.min(EVENTS_AT_ONCE, limits.seenIds, Math.ceil(limits.deltas / 4));
          for (const part of partsOf(page.value.events, most)) {
            // An event is one id, and at most one connection.
            const isFull =
              collector.sightings.size + part.length > limits.deltas ||
              collected.size + part.length > limits.seenIds;
            if (isFull) await commit();
            scanEvents(part, scanner, (batch) => collector.add(batch));
            collected.take(part);
            await setImmediate();
          }
        }
      } finally {
        // A pass that begins anew looks at what is stored, which must not change then.
        await committing.catch(() => undefined);
      }
    },
  };
}

/** Events between two turns of the event loop. */
const EVENTS_AT_ONCE = 500;

function* partsOf(events: readonly LogEvent[], most: number): Generator<readonly LogEvent[]> {
  for (let at = 0; at < events.length; at += most) yield events.slice(at, at + most);
}

function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  try {
    const { startMs, readUntilMs, lagMs, fromMs } = JSON.parse(text) as Partial<GroupCursor> & {
      readonly startMs?: unknown;
    };
    if (typeof startMs === 'number') return { startMs };
    if (typeof readUntilMs !== 'number' || typeof lagMs !== 'number') return undefined;
    return { readUntilMs, lagMs, fromMs: typeof fromMs === 'number' ? fromMs : undefined };
  } catch {
    return undefined;
  }
}
