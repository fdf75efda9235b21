import { setImmediate } from 'node:timers/promises';
import { dayStartMs } from '../../model/index.js';
import type { DeletedDays } from '../contract.js';
import type { Database } from './open-embedded-store.js';
import { type EvidenceRow, keys, LAST, type StoreKey, type TotalsRow } from './tables.js';

/** Keys that one transaction deletes: others may write in between. */
const STEP = 2_000;

/** Deletes the days before this one with all that belongs to them, step by step. */
export async function deleteBefore(
  { root, write }: Database,
  day: string,
  signal?: AbortSignal,
): Promise<DeletedDays> {
  const beforeMs = dayStartMs(day);
  if (beforeMs === undefined) return { days: 0, connections: 0 };
  const shards = new Set<string>();
  for (const key of root.getKeys({ start: keys.shard(''), end: keys.shard(LAST) }))
    shards.add(key[1] as string);
  const removeRange = async (start: StoreKey, end: StoreKey): Promise<void> => {
    for (;;) {
      signal?.throwIfAborted();
      const found = [...root.getKeys({ start, end, limit: STEP })];
      if (found.length === 0) return;
      await write(() => {
        for (const key of found) root.removeSync(key);
      });
      await setImmediate();
    }
  };
  let days = 0;
  let connections = 0;
  for (const shard of shards) {
    const old = [...root.getRange({ start: keys.day(shard, ''), end: keys.day(shard, day) })];
    for (const { key, value } of old) {
      const past = key[2] as string;
      // The day goes last: stopped in between, the rest is found again.
      await removeRange(
        keys.byScore(shard, past, -1, ''),
        keys.byScore(shard, past, Number.MAX_SAFE_INTEGER, LAST),
      );
      await removeRange(
        keys.byRecords(shard, past, Number.MAX_SAFE_INTEGER, ''),
        keys.byRecords(shard, past, -1, LAST),
      );
      await removeRange(keys.source(shard, past, '', ''), keys.source(shard, past, LAST, LAST));
      await removeRange(keys.endpoint(shard, past, ''), keys.endpoint(shard, past, LAST));
      await removeRange(keys.connection(shard, past, ''), keys.connection(shard, past, LAST));
      await write(() => {
        root.removeSync(key);
      });
      days += 1;
      connections += (value as TotalsRow).members;
    }
    await removeForgotten(shard, beforeMs);
  }
  return { days, connections };

  /** Connections that were not seen since. */
  async function removeForgotten(shard: string, lastBeforeMs: number): Promise<void> {
    let start = keys.evidence(shard, '');
    for (;;) {
      signal?.throwIfAborted();
      const found = [...root.getRange({ start, end: keys.evidence(shard, LAST), limit: STEP })];
      const old = found.filter(({ value }) => (value as EvidenceRow).l < lastBeforeMs);
      if (old.length > 0) {
        await write(() => {
          for (const { key, value } of old) {
            root.removeSync(key);
            root.removeSync(keys.firstSeen(shard, (value as EvidenceRow).f, key[2] as string));
          }
        });
      }
      const last = found.at(-1);
      if (last === undefined || found.length < STEP) return;
      start = keys.evidence(shard, `${last.key[2] as string}\u0000`);
      await setImmediate();
    }
  }
}
