import type { SeenIds, ShardState, Store, StoreEvent } from '../contract.js';
import { createCommit, warnOfTear } from './commit.js';
import { listOf, numberOf, type Reply, textOf } from './connection/connection.js';
import { putAccounts, readAccounts } from './accounts.js';
import { type Database, run } from './database.js';
import { deleteBefore } from './delete-before.js';
import { createEventReader } from './events.js';
import { createKnownDays } from './known-days.js';
import { createLeases } from './leases.js';
import { createOriginals } from './originals.js';
import { createRangeReads } from './range-reads.js';
import { createReads } from './reads.js';
import { loadScript } from './scripts/read-scripts.js';
import type { Shard } from '../../model/index.js';

/** Connections and ids of one commit: the server does nothing else for the milliseconds that it takes. */
const LIMITS = { deltas: 2_000, seenIds: 20_000 };

/** The store over a connection; `toError` makes every failure the store's own. */
export function createStore(kind: string, database: Database, toError: (error: unknown) => Error): Store {
  const { connection, keys } = database;
  let isClosed = false;
  const guard =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await work(...args);
      } catch (error) {
        throw toError(error);
      }
    };
  const originals = createOriginals(database);
  const days = createKnownDays(database, originals);
  const reads = createReads(database, originals, days);
  const ranges = createRangeReads(database, days);
  const leases = createLeases(database);
  const events = createEventReader(database, () => isClosed);
  return {
    kind,
    limits: LIMITS,
    commit: guard(createCommit(database, LIMITS)),
    loadShard: guard((shard) => loadShard(database, shard)),
    putAccounts: guard((accounts) => putAccounts(database, accounts)),
    deleteBefore: async (day, signal) => {
      try {
        return await deleteBefore(database, originals, day, signal);
      } catch (error) {
        if (signal?.aborted === true) throw error;
        throw toError(error);
      }
    },
    ping: guard(async () => {
      await connection.call(keys.shards, ['EXISTS', keys.shards]);
    }),
    close: () => {
      isClosed = true;
      events.close();
      connection.close();
      return Promise.resolve();
    },
    events: (options): AsyncIterable<StoreEvent> => events.read(options),
    acquireLease: guard((...given) => leases.acquireLease(...given)),
    renewLease: guard((...given) => leases.renewLease(...given)),
    releaseLease: guard((...given) => leases.releaseLease(...given)),
    announceReplica: guard((...given) => leases.announceReplica(...given)),
    removeReplica: guard((...given) => leases.removeReplica(...given)),
    accounts: guard(() => readAccounts(database, originals)),
    shards: guard(reads.shards),
    days: guard(reads.days),
    connections: guard(reads.connections),
    endpoints: guard(reads.endpoints),
    sourcesOf: guard(ranges.sourcesOf),
    endpointsOf: guard(ranges.endpointsOf),
    firstSeen: guard(reads.firstSeen),
    evidence: guard(reads.evidence),
    distinctSources: guard(ranges.distinctSources),
  };
}

async function loadShard(database: Database, shard: Shard): Promise<ShardState> {
  const { keys, timeoutMs } = database;
  const [version, cursor, readUntil, isTorn, seen] = listOf(
    await run(database, loadScript, [keys.state(shard), keys.seen(shard)], [], {
      asBytes: true,
      timeoutMs: 4 * timeoutMs,
    }),
  );
  if (textOf(isTorn ?? '') === '1') warnOfTear(database, shard);
  return {
    version: textOf(version ?? ''),
    checkpoint:
      cursor === undefined || cursor === null
        ? undefined
        : { cursor: textOf(cursor), readUntilMs: numberOf(readUntil ?? '') },
    seen: byMinute(listOf(seen ?? [])),
  };
}

/** Fingerprints and minutes in turn; each of the first has a number and a colon in front. */
function byMinute(flat: readonly Reply[]): SeenIds[] {
  const minutes = new Map<number, Buffer[]>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const bytes = flat[at];
    if (!Buffer.isBuffer(bytes)) continue;
    const minute = numberOf(flat[at + 1] ?? '');
    const part = bytes.subarray(bytes.indexOf(':') + 1);
    const parts = minutes.get(minute);
    if (parts) parts.push(part);
    else minutes.set(minute, [part]);
  }
  return [...minutes].map(([minute, parts]) => ({
    minute,
    fingerprints: new Uint8Array(Buffer.concat(parts)),
  }));
}
