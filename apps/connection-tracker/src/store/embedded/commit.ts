import { TrackerError } from '../../errors.js';
import {
  type ConnectionDelta,
  dayStartMs,
  encodeEndpoint,
  encodeMember,
  shardKey,
} from '../../model/index.js';
import { escapeName } from '../../model/member.js';
import type { CommitBatch, CommitResult, ConnectionChange, Store, StoreLimits } from '../contract.js';
import type { Database } from './open-embedded-store.js';
import { fitsKey } from './order.js';
import { type EvidenceRow, keys, type LeaseRow, type ShardRow, type TotalsRow } from './tables.js';

/** Changes that an event shows; of the others it tells the number. */
const SHOWN_CHANGES = 100;
const KEPT_EVENTS = 10_000;

/** The original's spelling of a time: microseconds, always six digits, and Z. */
export function lastUpdateText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '000Z');
}

/** One transaction a batch: its checks, counts, fingerprints, checkpoint and event are all there or none. */
export function createCommit(database: Database, limits: StoreLimits, wake: () => void): Store['commit'] {
  const { root, now } = database;
  return async (batch) => {
    checkLimits(batch, limits);
    // Whatever cannot be written is found before anything is: lmdb would keep the half that was.
    const rows = batch.deltas.map(rowOf);
    const shard = shardKey(batch.shard);
    const result = await database.write((): CommitResult => {
      const row = root.get(keys.shard(shard)) as ShardRow | undefined;
      if (row?.version === batch.batchId) return { status: 'repeated' };
      const lease = root.get(keys.lease(shard)) as LeaseRow | undefined;
      if (lease !== undefined && lease.fence > batch.fence) return { status: 'fenced' };
      if ((row?.version ?? '') !== batch.previous) return { status: 'conflict' };
      const atMs = now();
      const changes = rows.map((row) => addDelta(database, shard, row));
      addTotals(root, shard, rows, changes);
      addSeen(database, shard, batch);
      const { checkpoint = row?.checkpoint } = batch;
      root.putSync(keys.shard(shard), {
        version: batch.batchId,
        checkpoint,
        committedAtMs: atMs,
        lastUpdate: batch.checkpoint === undefined ? row?.lastUpdate : lastUpdateText(atMs),
      });
      if (changes.length > 0) addEvent(database, batch, atMs, changes);
      return { status: 'committed' };
    });
    if (result.status === 'committed') wake();
    return result;
  };
}

function checkLimits({ deltas, seen }: CommitBatch, limits: StoreLimits): void {
  const ids = seen.reduce((sum, { fingerprints }) => sum + fingerprints.length / 12, 0);
  if (deltas.length <= limits.deltas && ids <= limits.seenIds) return;
  throw new TrackerError(
    'NET_TRACKER_STORE',
    `a commit of ${deltas.length} connections and ${ids} ids is more than ${limits.deltas} and ${limits.seenIds}`,
  );
}

interface DeltaRow {
  readonly delta: ConnectionDelta;
  readonly member: string;
  readonly endpoint: string;
}

function rowOf(delta: ConnectionDelta): DeltaRow {
  const member = encodeMember(delta);
  if (!fitsKey(member))
    throw new TrackerError('NET_TRACKER_STORE', 'the names of a connection are too long to be kept');
  if (dayStartMs(delta.day) === undefined)
    throw new TrackerError('NET_TRACKER_STORE', `${JSON.stringify(delta.day.slice(0, 40))} is no day`);
  return { delta, member, endpoint: encodeEndpoint(delta) };
}

function addDelta({ root }: Database, shard: string, row: DeltaRow): ConnectionChange {
  const { delta, member, endpoint } = row;
  const { day, source, dest, destPort, count } = delta;
  const before = (root.get(keys.connection(shard, day, member)) as number | undefined) ?? 0;
  const score = before + count;
  root.putSync(keys.connection(shard, day, member), score);
  if (before > 0) root.removeSync(keys.byScore(shard, day, before, member));
  root.putSync(keys.byScore(shard, day, score, member), 0);
  root.putSync(keys.source(shard, day, endpoint, escapeName(source)), score);
  addEvidence(root, shard, member, delta);
  return { day, source, dest, destPort, score, count, isNew: before === 0 };
}

/** Totals of days and endpoints grow by all that a batch has of them, once. */
function addTotals(
  root: Database['root'],
  shard: string,
  rows: readonly DeltaRow[],
  changes: readonly ConnectionChange[],
): void {
  const days = new Map<string, Map<string, TotalsRow>>();
  rows.forEach(({ delta: { day, count }, endpoint }, index) => {
    let endpoints = days.get(day);
    if (endpoints === undefined) days.set(day, (endpoints = new Map<string, TotalsRow>()));
    const { records, members } = endpoints.get(endpoint) ?? NONE;
    const isNew = changes[index]?.isNew === true;
    endpoints.set(endpoint, { records: records + count, members: members + (isNew ? 1 : 0) });
  });
  for (const [day, endpoints] of days) {
    let whole = (root.get(keys.day(shard, day)) as TotalsRow | undefined) ?? NONE;
    for (const [endpoint, more] of endpoints) {
      whole = sumOf(whole, more);
      const key = keys.endpoint(shard, day, endpoint);
      const before = root.get(key) as TotalsRow | undefined;
      if (before !== undefined) root.removeSync(keys.byRecords(shard, day, before.records, endpoint));
      const after = sumOf(before ?? NONE, more);
      root.putSync(key, after);
      root.putSync(keys.byRecords(shard, day, after.records, endpoint), after.members);
    }
    root.putSync(keys.day(shard, day), whole);
  }
}

const NONE: TotalsRow = { records: 0, members: 0 };

function sumOf(a: TotalsRow, b: TotalsRow): TotalsRow {
  return { records: a.records + b.records, members: a.members + b.members };
}

function addEvidence(root: Database['root'], shard: string, member: string, delta: ConnectionDelta): void {
  const known = root.get(keys.evidence(shard, member)) as EvidenceRow | undefined;
  const f = Math.min(known?.f ?? delta.firstMs, delta.firstMs);
  const by: Record<string, number> = { ...known?.by };
  for (const [rule, count] of Object.entries(delta.decidedBy)) by[rule] = (by[rule] ?? 0) + count;
  root.putSync(keys.evidence(shard, member), {
    f,
    l: Math.max(known?.l ?? delta.lastMs, delta.lastMs),
    by,
    x: known?.x ?? delta.example,
  });
  if (known?.f === f) return;
  if (known) root.removeSync(keys.firstSeen(shard, known.f, member));
  root.putSync(keys.firstSeen(shard, f, member), 0);
}

function addSeen({ root }: Database, shard: string, batch: CommitBatch): void {
  for (const { minute, fingerprints } of batch.seen) {
    const [last] = [
      ...root.getKeys({
        start: keys.seen(shard, minute, Number.MAX_SAFE_INTEGER),
        end: keys.seen(shard, minute, -1),
        reverse: true,
        limit: 1,
      }),
    ];
    const part = last === undefined ? 0 : (last[3] as number) + 1;
    root.putSync(keys.seen(shard, minute, part), fingerprints);
  }
  const { forgetSeenBefore } = batch;
  if (forgetSeenBefore === undefined) return;
  for (const key of [
    ...root.getKeys({
      start: keys.seen(shard, 0, 0),
      end: keys.seen(shard, forgetSeenBefore, 0),
    }),
  ])
    root.removeSync(key);
}

function addEvent(
  { root }: Database,
  { shard }: CommitBatch,
  atMs: number,
  all: readonly ConnectionChange[],
): void {
  const [last] = [
    ...root.getKeys({
      start: keys.event(Number.MAX_SAFE_INTEGER),
      end: keys.event(-1),
      reverse: true,
      limit: 1,
    }),
  ];
  const sequence = last === undefined ? 1 : (last[1] as number) + 1;
  const ordered = [...all].sort((a, b) => Number(b.isNew) - Number(a.isNew) || b.count - a.count);
  const changes = ordered.slice(0, SHOWN_CHANGES);
  root.putSync(keys.event(sequence), { shard, atMs, changes, omitted: ordered.length - changes.length });
  root.removeSync(keys.event(sequence - KEPT_EVENTS));
}
