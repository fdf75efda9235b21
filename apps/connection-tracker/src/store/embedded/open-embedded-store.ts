import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { TrackerError } from '../../errors.js';
import type { Store } from '../contract.js';
import { deleteBefore } from './delete-before.js';
import { createEventReader } from './events.js';
import { createLeases, forgetEarlierBoot } from './leases.js';
import { type MachineClock, machineClock } from './machine-clock.js';
import { createReads } from './reads.js';
import { keys, type Row, type ShardRow, type StoreKey } from './tables.js';
import { createCommit } from './commit.js';
import { shardKey } from '../../model/index.js';

export interface EmbeddedStoreOptions {
  /** Where the store is kept; made when it is missing. Undefined: in a temporary folder that goes with the store. */
  readonly directory?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** By which leases last. Default: the machine's. */
  readonly machine?: MachineClock;
}

/** An lmdb database and what its parts need. */
export interface Database {
  readonly root: RootDatabase<Row, StoreKey>;
  readonly now: () => number;
  readonly machine: MachineClock;
  /** Runs a write in one transaction, durable when it resolves. */
  readonly write: <T>(work: () => T) => Promise<T>;
}

/** Connections, ids and checkpoints of one commit are one transaction of this many at most. */
const LIMITS = { deltas: 1_000, seenIds: 20_000 };
/** Others get their turn in between. */
const ACCOUNTS_A_WRITE = 2_000;

/**
 * A store in a folder of this machine, without any set-up: one lmdb file, every commit one durable transaction. Several
 * processes may open it; leases keep their shards apart.
 *
 * @throws {TrackerError} NET_TRACKER_STORE when the folder cannot be used
 */
export function openEmbeddedStore(options: EmbeddedStoreOptions = {}): Store {
  const { now = Date.now, machine = machineClock(now) } = options;
  const isTemporary = options.directory === undefined;
  let directory: string;
  let root: RootDatabase<Row, StoreKey>;
  try {
    directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'connection-tracker-'));
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    root = open<Row, StoreKey>({
      path: path.join(directory, 'tracker.lmdb'),
      // What is thrown away at the end need not survive a loss of power.
      noSync: isTemporary,
      compression: false,
    });
    forgetEarlierBoot({ root, machine });
  } catch (error) {
    throw new TrackerError(
      'NET_TRACKER_STORE',
      `cannot use the store's folder: ${(error as Error).message}`,
      {
        cause: error,
        hint: 'Give another one with --store-directory.',
      },
    );
  }
  let isClosed = false;
  const guard = async <T>(work: () => Promise<T> | T): Promise<T> => {
    if (isClosed) throw new TrackerError('NET_TRACKER_STORE', 'the store is closed');
    try {
      return await work();
    } catch (error) {
      if (error instanceof TrackerError) throw error;
      throw new TrackerError('NET_TRACKER_STORE', `the store refuses: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
  const database: Database = { root, now, machine, write: (work) => guard(() => root.transaction(work)) };
  const events = createEventReader(database, () => isClosed);
  const commit = createCommit(database, LIMITS, events.wake);
  const reads = createReads(database);
  return {
    kind: 'embedded',
    limits: LIMITS,
    commit,
    loadShard: (shard) =>
      guard(() => {
        const key = shardKey(shard);
        const row = root.get(keys.shard(key)) as ShardRow | undefined;
        const minutes = new Map<number, Uint8Array[]>();
        for (const { key: found, value } of root.getRange({
          start: keys.seen(key, 0, 0),
          end: keys.seen(key, Number.MAX_SAFE_INTEGER, 0),
        })) {
          const minute = found[2] as number;
          const parts = minutes.get(minute);
          if (parts) parts.push(value as Uint8Array);
          else minutes.set(minute, [value as Uint8Array]);
        }
        const seen = [...minutes].map(([minute, parts]) => ({
          minute,
          fingerprints: new Uint8Array(Buffer.concat(parts)),
        }));
        return { version: row?.version ?? '', checkpoint: row?.checkpoint, seen };
      }),
    putAccounts: async (accounts) => {
      for (let from = 0; from < accounts.length; from += ACCOUNTS_A_WRITE) {
        await database.write(() => {
          for (const account of accounts.slice(from, from + ACCOUNTS_A_WRITE))
            root.putSync(keys.account(account.id), account);
        });
      }
    },
    deleteBefore: (day, signal) => guard(() => deleteBefore(database, day, signal)),
    ping: () => guard(() => void root.get(keys.account('0'))),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      events.wake();
      await root.close();
      if (isTemporary) rmSync(directory, { recursive: true, force: true });
    },
    events: events.read,
    ...createLeases(database),
    accounts: () => guard(() => reads.accounts()),
    shards: () => guard(() => reads.shards()),
    days: (...given) => guard(() => reads.days(...given)),
    connections: (...given) => guard(() => reads.connections(...given)),
    endpoints: (...given) => guard(() => reads.endpoints(...given)),
    sourcesOf: (...given) => guard(() => reads.sourcesOf(...given)),
    endpointsOf: (...given) => guard(() => reads.endpointsOf(...given)),
    firstSeen: (...given) => guard(() => reads.firstSeen(...given)),
    evidence: (...given) => guard(() => reads.evidence(...given)),
    distinctSources: (...given) => guard(() => reads.distinctSources(...given)),
  };
}
