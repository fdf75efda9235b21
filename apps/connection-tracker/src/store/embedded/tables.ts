import type { Checkpoint, ShardStatus, StoredAccount, StoreEvent } from '../contract.js';

/** Keys of the one table: a letter for the kind, then what orders it. */
export type StoreKey = (string | number | Uint8Array)[];

/** A text in a key, or what comes after all of them. */
type Text = string | typeof LAST;

/** What is kept of a shard. */
export interface ShardRow {
  readonly version: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly committedAtMs: number | undefined;
  readonly lastUpdate: ShardStatus['lastUpdate'];
}

export interface LeaseRow {
  readonly owner: string;
  readonly fence: number;
  /** By the machine's clock. */
  readonly untilMs: number;
}

/** Totals of a day or an endpoint. */
export interface TotalsRow {
  readonly records: number;
  /** Connections of a day, sources of an endpoint. */
  readonly members: number;
}

/** What is known of a connection over all days; short names, since there is one for each. */
export interface EvidenceRow {
  /** First and last. */
  readonly f: number;
  readonly l: number;
  /** Records by rule. */
  readonly by: Readonly<Record<string, number>>;
  /** An example. */
  readonly x: string;
}

/** Keys by kind. `member` is the original's, `endpoint` its second half. */
export const keys = {
  account: (id: Text): StoreKey => ['a', id],
  shard: (shard: Text): StoreKey => ['h', shard],
  lease: (shard: Text): StoreKey => ['l', shard],
  replica: (name: Text): StoreKey => ['r', name],
  seen: (shard: string, minute: number, part: number): StoreKey => ['n', shard, minute, part],
  day: (shard: string, day: Text): StoreKey => ['d', shard, day],
  /** Score of a connection on a day. */
  connection: (shard: string, day: string, member: Text): StoreKey => ['m', shard, day, member],
  /** The same in order of scores. */
  byScore: (shard: string, day: string, score: number, member: Text): StoreKey => [
    's',
    shard,
    day,
    score,
    member,
  ],
  endpoint: (shard: string, day: string, endpoint: Text): StoreKey => ['e', shard, day, endpoint],
  /** Endpoints of a day, most records first. */
  byRecords: (shard: string, day: string, records: number, endpoint: Text): StoreKey => [
    'p',
    shard,
    day,
    -records,
    endpoint,
  ],
  /** Who was at an endpoint. */
  source: (shard: string, day: string, endpoint: Text, source: Text): StoreKey => [
    'o',
    shard,
    day,
    endpoint,
    source,
  ],
  evidence: (shard: string, member: Text): StoreKey => ['v', shard, member],
  firstSeen: (shard: string, firstMs: number, member: Text): StoreKey => ['f', shard, firstMs, member],
  event: (sequence: number): StoreKey => ['z', sequence],
  /** Which start of the machine the times of leases and replicas are of. */
  boot: ['b'] as StoreKey,
} as const;

/** After every text in lmdb's order of keys: a byte that UTF-8 does not have. */
export const LAST: Uint8Array = new Uint8Array([0xff]);

export type Row =
  | StoredAccount
  | ShardRow
  | LeaseRow
  | TotalsRow
  | EvidenceRow
  | Omit<StoreEvent, 'id'>
  | Uint8Array
  | string
  | number;
