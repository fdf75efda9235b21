import { TrackerError } from '../../errors.js';
import { dayStartMs, encodeEndpoint, encodeMember, type Shard, shardKey } from '../../model/index.js';
import type { CommitBatch, CommitResult, StoreLimits } from '../contract.js';
import { textsOf } from './connection/connection.js';
import type { Argument } from './connection/connection.js';
import { type Database, registerShards, run } from './database.js';
import { encodeRules } from './evidence-text.js';
import { commitScript } from './scripts/commit-script.js';

/** Events that are kept, roughly: of the store, or in Cluster of each shard. */
const KEPT_EVENTS = { store: 2_000, shard: 200 };
/** Changes that an event shows; of the others it tells the number. */
const SHOWN_CHANGES = 100;
const STATUSES: readonly string[] = ['committed', 'repeated', 'conflict', 'fenced'];

/** One batch as one run of the commit script. */
export function createCommit(
  database: Database,
  limits: StoreLimits,
): (batch: CommitBatch) => Promise<CommitResult> {
  const { keys, isCluster } = database;
  return async (batch) => {
    check(batch, limits);
    const { shard, checkpoint } = batch;
    // The set of shards may be on another server, and is then not written with the rest.
    if (isCluster && batch.previous === '') await registerShards(database, [shard]);
    // Events show what grew most.
    const deltas = [...batch.deltas].sort((a, b) => b.count - a.count);
    const days = [...new Set(deltas.map(({ day }) => day))];
    const endpoints = new Map<string, number>();
    const changes: Argument[] = [];
    for (const delta of deltas) {
      const sources = keys.endpointSources(shard, delta.day, encodeEndpoint(delta));
      let index = endpoints.get(sources);
      if (index === undefined) {
        index = endpoints.size + 1;
        endpoints.set(sources, index);
      }
      changes.push(
        encodeMember(delta),
        String(days.indexOf(delta.day) + 1),
        String(index),
        String(delta.count),
        String(delta.firstMs),
        String(delta.lastMs),
        encodeRules(delta.decidedBy),
        delta.example,
      );
    }
    const names = [
      ...[keys.state, keys.lease, keys.seen, keys.evidence, keys.firstSeen, keys.days].map((of) => of(shard)),
      keys.lastUpdate(shard),
      keys.events(shard),
      ...days.flatMap((day) => {
        const { scores, members, visits, endpoints: totals, sources } = keys.day(shard, day);
        return [scores, members, visits, totals, sources];
      }),
      ...endpoints.keys(),
      ...(isCluster ? [] : [keys.shards]),
    ];
    const [status = '', isTorn] = textsOf(
      await run(database, commitScript, names, [
        String(batch.fence),
        batch.batchId,
        batch.previous,
        shardKey(shard),
        checkpoint === undefined ? '0' : '1',
        checkpoint?.cursor ?? '',
        String(checkpoint?.readUntilMs ?? 0),
        batch.forgetSeenBefore === undefined ? '' : String(batch.forgetSeenBefore),
        String(isCluster ? KEPT_EVENTS.shard : KEPT_EVENTS.store),
        String(SHOWN_CHANGES),
        String(batch.seen.length),
        String(days.length),
        String(deltas.length),
        ...batch.seen.flatMap(({ minute, fingerprints }) => [String(minute), Buffer.from(fingerprints)]),
        ...days,
        ...changes,
        isCluster ? 'plain' : 'registers',
      ]),
    );
    if (!STATUSES.includes(status)) throw new Error(`an unknown answer to a commit: ${status}`);
    if (isTorn === '1') warnOfTear(database, shard);
    return { status: status as CommitResult['status'] };
  };
}

/** Says that a part of a commit was replayed which the server had lost. */
export function warnOfTear({ warn }: Database, shard: Shard): void {
  warn(
    'store.torn',
    `Redis has loaded a part of a commit that it had lost: counts of ${shardKey(shard)} may be off by one batch; ` +
      'have aof-load-truncated set to no, and a torn file mended by redis-check-aof',
  );
}

/** What the script relies on, and what could otherwise fail in its middle. */
function check({ batchId, deltas, seen }: CommitBatch, limits: StoreLimits): void {
  const refuse = (why: string): never => {
    throw new TrackerError('NET_TRACKER_STORE', why);
  };
  const ids = seen.reduce((sum, { fingerprints }) => sum + fingerprints.length / 12, 0);
  if (deltas.length > limits.deltas || ids > limits.seenIds)
    refuse(
      `a commit of ${deltas.length} connections and ${ids} ids is more than ${limits.deltas} and ${limits.seenIds}`,
    );
  if (batchId === '') refuse('a commit without an id');
  for (const { day, count, firstMs, lastMs } of deltas) {
    if (dayStartMs(day) === undefined) refuse('a commit to what is no day');
    if (!Number.isSafeInteger(count) || count < 1) refuse(`a commit of ${count} records`);
    if (!Number.isFinite(firstMs) || !Number.isFinite(lastMs)) refuse('a commit of records without a time');
  }
}
