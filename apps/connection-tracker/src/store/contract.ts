import type {
  Connection,
  ConnectionDelta,
  ConnectionKey,
  Endpoint,
  Evidence,
  Shard,
} from '../model/index.js';

/**
 * Where counts live. Every implementation passes one test suite.
 *
 * What is counted, which events it came from and how far the source has been read move together: `commit` is one atomic
 * step, and a commit that names a state which is not the stored one changes nothing. All methods reject with
 * `TrackerError` NET_TRACKER_STORE when the store cannot be reached or refuses; whether a failed `commit` was done is
 * then unknown, and giving the same batch again is right.
 */
export interface Store extends StoreReads, StoreLeases {
  /** What this is, for logs and `/readyz`: `embedded`, `redis`, `redis-sentinel`, `redis-cluster`. */
  readonly kind: string;
  readonly limits: StoreLimits;

  /**
   * Adds a batch: all of it or nothing. The same batch given again answers `repeated`.
   * @throws TrackerError NET_TRACKER_STORE also for a batch beyond `limits`
   */
  commit(batch: CommitBatch): Promise<CommitResult>;

  /** What a shard's owner goes on from. Read it after a lease was acquired and after every `conflict`. */
  loadShard(shard: Shard): Promise<ShardState>;

  /** Keeps `accounts:<id>` of each, so that other programs find the accounts of a day. */
  putAccounts(accounts: readonly StoredAccount[]): Promise<void>;

  /**
   * Deletes the days before this one, and connections that were not seen since. In small steps; counts of other days are
   * not touched, and a commit to a deleted day counts again until the next deletion.
   */
  deleteBefore(day: string, signal?: AbortSignal): Promise<DeletedDays>;

  /** Whether the store answers now; rejects as every method does. */
  ping(): Promise<void>;

  /** Lets go of connections and files. Calls in progress may reject. */
  close(): Promise<void>;
}

/** What the pages and answers are made of. A range without data is empty, never an error. */
export interface StoreReads {
  accounts(): Promise<readonly StoredAccount[]>;

  /** All shards that were ever committed to, acquired, or written by the original, in order of their keys. */
  shards(): Promise<readonly ShardStatus[]>;

  /** UTC days with connections, earliest first. */
  days(shard: Shard): Promise<readonly DayTotals[]>;

  /** One day's connections, in order. Pages of a day that is being written to may repeat or miss what moved meanwhile. */
  connections(shard: Shard, day: string, page: ConnectionsPage): Promise<Page<Connection>>;

  /** The endpoints of a day, most records first. */
  endpoints(shard: Shard, day: string, page: PageRequest): Promise<Page<EndpointTotals>>;

  /** Who was seen at an endpoint on these days, by name; exact per day. */
  sourcesOf(shard: Shard, endpoint: Endpoint, range: DayRange, page: PageRequest): Promise<Page<SourceDays>>;

  /** Where a source was seen on these days. */
  endpointsOf(shard: Shard, source: string, range: DayRange, page: PageRequest): Promise<Page<EndpointDays>>;

  /** Connections whose first record was made from `fromMs` up to, not including, `toMs`, earliest first. */
  firstSeen(shard: Shard, span: TimeSpan, page: PageRequest): Promise<Page<FirstSeen>>;

  /** What is known of each connection over all days; undefined where nothing is. In the order asked for. */
  evidence(shard: Shard, keys: readonly ConnectionKey[]): Promise<readonly (Evidence | undefined)[]>;

  /** Distinct names of sources at an endpoint, or in the whole shard, over a range of days. */
  distinctSources(shard: Shard, range: DayRange, endpoint?: Endpoint): Promise<DistinctSources>;

  /**
   * What is committed from now on, or after an event known by its id, as long as the store keeps it. Ends when aborted;
   * waits through the store's outages. An event may come twice (same `id`), never too late by more than a second or so.
   */
  events(options: { readonly after?: string; readonly signal: AbortSignal }): AsyncIterable<StoreEvent>;
}

/** Fenced leases of shards, and who is alive. Times are the store's own; no caller's clock matters. */
export interface StoreLeases {
  /** Undefined when somebody else holds it. Every success has a greater fence than all before. */
  acquireLease(shard: Shard, owner: string, ttlMs: number): Promise<Lease | undefined>;

  /** False when the lease was lost. */
  renewLease(lease: Lease, ttlMs: number): Promise<boolean>;

  /** Lets others in at once; nothing happens when it was lost. */
  releaseLease(lease: Lease): Promise<void>;

  /** Says that a replica is alive for `ttlMs` and answers all that are, in order of their names. */
  announceReplica(replica: string, ttlMs: number): Promise<readonly string[]>;

  /** Says that a replica leaves. */
  removeReplica(replica: string): Promise<void>;
}

export interface StoreLimits {
  /** Connections that one commit may change. */
  readonly deltas: number;
  /** Ids of events that one commit may bring. */
  readonly seenIds: number;
}

export interface CommitBatch {
  readonly shard: Shard;
  /** Of the lease under which this is written. */
  readonly fence: number;
  /** Unique; becomes the shard's version. */
  readonly batchId: string;
  /** The version that this builds on: of `loadShard`, or the batch before. */
  readonly previous: string;
  readonly deltas: readonly ConnectionDelta[];
  /** Ids of the events that these records came in. */
  readonly seen: readonly SeenIds[];
  /** Ids from before this minute are not asked for any more. */
  readonly forgetSeenBefore?: number;
  /** Undefined: how far the source was read has not changed. */
  readonly checkpoint?: Checkpoint;
}

/** Fingerprints of event ids, by the minute in which the events were ingested. */
export interface SeenIds {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Twelve bytes each. */
  readonly fingerprints: Uint8Array;
}

/** How far a source has been read. */
export interface Checkpoint {
  /** The source's own, as text of at most 64 KiB. */
  readonly cursor: string;
  /** All that was there until this time has been read, milliseconds since 1970. */
  readonly readUntilMs: number;
}

/**
 * - `committed`: done now
 * - `repeated`: this batch was the last one and is in already
 * - `conflict`: the stored state is another one (the store went back to an earlier state, or somebody else wrote):
 *   nothing was changed; load the shard and go on from there
 * - `fenced`: somebody else has had the lease since; nothing was changed
 */
export type CommitResult = { readonly status: 'committed' | 'repeated' | 'conflict' | 'fenced' };

export interface ShardState {
  /** Empty for a shard that was never committed to. */
  readonly version: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly seen: readonly SeenIds[];
}

export interface ShardStatus {
  readonly shard: Shard;
  readonly checkpoint: Checkpoint | undefined;
  /** The last commit, by the store's clock; undefined: none. */
  readonly committedAtMs: number | undefined;
  /** The original's `accounts:<id>:<region>:last_update`, as it stands there. */
  readonly lastUpdate: string | undefined;
  /** Who holds the lease now. */
  readonly owner: string | undefined;
}

export interface StoredAccount {
  readonly id: string;
  readonly name: string | undefined;
  readonly domain: string | undefined;
  readonly regions: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Lease {
  readonly shard: Shard;
  readonly owner: string;
  readonly fence: number;
}

export interface PageRequest {
  /** 1 to 10,000. */
  readonly limit: number;
  /** Of the page before; undefined: the first one. A cursor that is none of this store's gives the first page. */
  readonly cursor?: string | undefined;
}

export interface ConnectionsPage extends PageRequest {
  /** `score`: most records first, equal ones in reverse order of their members, as the original. `member`: in order. */
  readonly order: 'score' | 'member';
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined: this was the last. */
  readonly cursor: string | undefined;
}

/** Both days included, `YYYY-MM-DD`. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DayTotals {
  readonly day: string;
  readonly connections: number;
  readonly records: number;
}

export interface EndpointTotals extends Endpoint {
  readonly records: number;
  readonly sources: number;
}

interface SeenDays {
  /** Records per day; days without are left out. */
  readonly days: Readonly<Record<string, number>>;
  /** Over all days, not only the range; undefined for data of the original. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

export interface SourceDays extends SeenDays {
  readonly source: string;
}

export interface EndpointDays extends Endpoint, SeenDays {}

export interface FirstSeen extends ConnectionKey {
  readonly firstMs: number;
}

export interface DistinctSources {
  readonly count: number;
  /** False: an estimate, 0.81 % standard error. */
  readonly isExact: boolean;
}

export interface DeletedDays {
  readonly days: number;
  readonly connections: number;
}

/** A commit, for who watches. */
export interface StoreEvent {
  /** Grows within a store; give it as `after` to go on. */
  readonly id: string;
  readonly shard: Shard;
  /** When it was committed, milliseconds since 1970. */
  readonly atMs: number;
  /** The connections that changed, new ones first, then by how much; of a large commit the first 100. */
  readonly changes: readonly ConnectionChange[];
  /** Changed connections that `changes` leaves out. */
  readonly omitted: number;
}

export interface ConnectionChange extends Connection {
  readonly day: string;
  /** What the score grew by. */
  readonly count: number;
  /** Never seen on this day before. */
  readonly isNew: boolean;
}
