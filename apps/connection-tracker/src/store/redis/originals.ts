import {
  type ConnectionKey,
  dayStartMs,
  decodeMember,
  encodeEndpoint,
  parseShardKey,
  type Shard,
  shardKey,
} from '../../model/index.js';
import { listOf, pairsOf, textOf, textsOf } from './connection/connection.js';
import { CallTimeout, replyCode } from './connection/failures.js';
import { within } from './connection/time-limit.js';
import { type Database, registerShards, run } from './database.js';
import { adoptScript } from './scripts/upkeep-scripts.js';

/** Data that the original left, or still writes. */
export interface Originals {
  /**
   * Makes its shards and days known. The first look at the database is waited for, as long as any call may take; later
   * ones go on beside what they were begun for.
   */
  find(): Promise<void>;
  accountIds(): Promise<readonly string[]>;
  /** Brings what it wrote on a day into the day's tables. */
  adopt(shard: Shard, day: string): Promise<void>;
}

/** It is looked for again after this time, and so rarely that looking takes at most a fiftieth of the server's time. */
const LOOK_MS = 60_000;
const SHARE = 50;
const SCAN_STEP = '1000';
/** Members that one step reads into the tables. */
const ADOPT_STEP = '500';

export function createOriginals(database: Database): Originals {
  const { connection, keys, isCluster } = database;
  const accountIds = new Set<string>();
  let nextMs = 0;
  let looking: Promise<void> | undefined;
  let hasLooked = false;

  const register = async (shard: Shard, days: readonly string[]): Promise<void> => {
    try {
      await registerShards(database, [shard]);
      for (const day of days) await connection.call(keys.days(shard), ['HSETNX', keys.days(shard), day, '0']);
    } catch (error) {
      // A full server is still read; the next look tries again.
      if (replyCode(error) !== 'OOM') throw error;
      database.warn('store.full', 'the store is full: what the original wrote is not taken in now');
    }
  };

  const look = async (): Promise<void> => {
    const found = new Map<string, { readonly shard: Shard; readonly days: Set<string> }>();
    let cursor = '0';
    do {
      // Both of its prefixes, and none of ours.
      const answer = listOf(
        await connection.call('', ['SCAN', cursor, 'MATCH', '[ac]*s:*', 'COUNT', SCAN_STEP]),
      );
      cursor = textOf(answer[0] ?? '0');
      for (const key of textsOf(answer[1] ?? [])) {
        const name = readName(key ?? '');
        if (name === undefined) continue;
        if ('account' in name) {
          accountIds.add(name.account);
          continue;
        }
        const at = found.get(shardKey(name.shard)) ?? { shard: name.shard, days: new Set() };
        found.set(shardKey(name.shard), at);
        if (name.day !== undefined) at.days.add(name.day);
      }
    } while (cursor !== '0');
    const shards = new Set(textsOf(await connection.call(keys.shards, ['SMEMBERS', keys.shards])));
    for (const [name, { shard, days }] of found) {
      const known = new Set(textsOf(await connection.call(keys.days(shard), ['HKEYS', keys.days(shard)])));
      const fresh = [...days].filter((day) => !known.has(day));
      if (fresh.length > 0 || !shards.has(name)) await register(shard, fresh);
    }
  };

  const find = async (): Promise<void> => {
    // It never ran on a Cluster.
    if (isCluster) return;
    if (looking === undefined && performance.now() >= nextMs) {
      const startMs = performance.now();
      looking = look().then(
        () => {
          const tookMs = performance.now() - startMs;
          nextMs = performance.now() + Math.max(LOOK_MS, tookMs * SHARE);
          looking = undefined;
          hasLooked = true;
        },
        (error: unknown) => {
          looking = undefined;
          throw error;
        },
      );
    }
    looking?.catch(() => undefined);
    if (hasLooked || looking === undefined) return;
    try {
      await within(looking, database.timeoutMs);
    } catch (error) {
      if (!(error instanceof CallTimeout)) throw error;
      hasLooked = true;
    }
  };

  return {
    find,
    accountIds: async () => {
      await find();
      return [...accountIds];
    },
    adopt: async (shard, day) => {
      const { scores, members, visits, endpoints, sources } = keys.day(shard, day);
      let cursor = '0';
      do {
        const answer = listOf(await connection.call(scores, ['ZSCAN', scores, cursor, 'COUNT', ADOPT_STEP]));
        cursor = textOf(answer[0] ?? '0');
        const indexes = new Map<string, number>();
        const args = pairsOf(answer[1] ?? []).flatMap(([member]) => {
          const connectionKey: ConnectionKey | undefined = decodeMember(member);
          if (connectionKey === undefined) return [member, '0'];
          const name = keys.endpointSources(shard, day, encodeEndpoint(connectionKey));
          const index = indexes.get(name) ?? indexes.size + 1;
          indexes.set(name, index);
          return [member, String(index)];
        });
        const names = [keys.days(shard), scores, members, visits, endpoints, sources, ...indexes.keys()];
        if (args.length > 0) await run(database, adoptScript, names, [day, ...args]);
      } while (cursor !== '0');
    },
  };
}

/** What a key of the original is of. */
function readName(
  key: string,
): { readonly account: string } | { readonly shard: Shard; readonly day?: string } | undefined {
  const [, account] = /^accounts:(\d+)$/.exec(key) ?? [];
  if (account !== undefined) return { account };
  const [, id, region] = /^accounts:(\d+):([^:]+):last_update$/.exec(key) ?? [];
  if (id !== undefined) {
    const shard = parseShardKey(`${id}/${region}`);
    return shard && { shard };
  }
  const [, owner, place, day] = /^connections:inbound:(\d+):([^:]+):([^:]+)$/.exec(key) ?? [];
  const shard = parseShardKey(`${owner}/${place}`);
  return shard && day !== undefined && dayStartMs(day) !== undefined ? { shard, day } : undefined;
}
