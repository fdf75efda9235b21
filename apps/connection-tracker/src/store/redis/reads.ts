import { decodeEndpoint, decodeMember, encodeMember, parseShardKey, type Shard } from '../../model/index.js';
import type { EndpointTotals, FirstSeen, ShardStatus, StoreReads } from '../contract.js';
import { listOf, numberOf, pairsOf, type Reply, textsOf } from './connection/connection.js';
import { type Database, run } from './database.js';
import { decodeEvidence } from './evidence-text.js';
import type { KnownDays } from './known-days.js';
import type { Originals } from './originals.js';
import { pageOf, readCursor, writeCursor } from './pages.js';
import { statusScript } from './scripts/lease-scripts.js';
import { pageScript } from './scripts/read-scripts.js';

type Reads = Pick<StoreReads, 'connections' | 'days' | 'endpoints' | 'evidence' | 'firstSeen' | 'shards'>;

/** Lists of one shard and one day, and what is known of single connections. */
export function createReads(database: Database, originals: Originals, days: KnownDays): Reads {
  const { connection, keys } = database;

  const scorePage = (
    names: readonly string[],
    direction: 'forward' | 'back',
    items: number,
    cursor: string | undefined,
    from = '',
  ): Promise<Reply> => {
    const after = readCursor(cursor);
    const place = after === undefined ? ['', ''] : [String(after.score), after.member];
    return run(database, pageScript, names, [direction, String(items), ...place, from]);
  };

  const statusOf = async (name: string): Promise<ShardStatus[]> => {
    const shard = parseShardKey(name);
    if (shard === undefined) return [];
    const names = [keys.state(shard), keys.lease(shard), keys.lastUpdate(shard)];
    const [cursor, readUntil, committed, lastUpdate, owner] = textsOf(
      await run(database, statusScript, names),
    );
    return [
      {
        shard,
        checkpoint: cursor === undefined ? undefined : { cursor, readUntilMs: Number(readUntil ?? 0) },
        committedAtMs: committed === undefined ? undefined : Number(committed),
        lastUpdate,
        owner,
      },
    ];
  };

  return {
    shards: async () => {
      await originals.find();
      const names = textsOf(await connection.call(keys.shards, ['SMEMBERS', keys.shards]));
      const sorted = names.map((name) => name ?? '').sort();
      return (await Promise.all(sorted.map(statusOf))).flat();
    },

    days: (shard) => days.totals(shard),

    connections: async (shard, day, { order, limit, cursor }) => {
      const { scores, members } = keys.day(shard, day);
      if (order === 'score') {
        const rows = pairsOf(await scorePage([scores], 'back', limit + 1, cursor));
        return pageOf(
          rows,
          limit,
          ([member, score]) => {
            const found = decodeMember(member);
            return found && { ...found, score: Number(score) };
          },
          ([member, score]) => writeCursor({ score: Number(score), member }),
        );
      }
      await days.complete(shard, day);
      const from = cursor === undefined ? '-' : `(${cursor}`;
      const found = textsOf(
        await connection.call(members, [
          ...['ZRANGEBYLEX', members, from, '+'],
          ...['LIMIT', '0', String(limit + 1)],
        ]),
      ).map((member) => member ?? '');
      const counts = await scoresOf(database, scores, found);
      return pageOf(
        found.map((member, index) => ({ member, score: counts[index] })),
        limit,
        ({ member, score }) => {
          const key = decodeMember(member);
          return key !== undefined && score !== undefined ? { ...key, score } : undefined;
        },
        ({ member }) => member,
      );
    },

    endpoints: async (shard, day, { limit, cursor }) => {
      await days.complete(shard, day);
      const { endpoints, visits } = keys.day(shard, day);
      const flat = listOf(await scorePage([endpoints, visits], 'back', limit + 1, cursor));
      const rows = Array.from({ length: flat.length / 3 }, (_, at) => {
        const [text = '', records, sources] = textsOf(flat.slice(3 * at, 3 * at + 3));
        return { text, records: Number(records), sources: Number(sources) };
      });
      return pageOf(
        rows,
        limit,
        ({ text, records, sources }): EndpointTotals | undefined => {
          const endpoint = decodeEndpoint(text);
          return endpoint && { ...endpoint, records, sources };
        },
        ({ text, records }) => writeCursor({ score: records, member: text }),
      );
    },

    firstSeen: async (shard, { fromMs, toMs }, { limit, cursor }) => {
      const rows = pairsOf(
        await scorePage([keys.firstSeen(shard)], 'forward', limit + 1, cursor, String(fromMs)),
      ).filter(([, firstMs]) => Number(firstMs) < toMs);
      return pageOf(
        rows,
        limit,
        ([member, firstMs]): FirstSeen | undefined => {
          const key = decodeMember(member);
          return key && { ...key, firstMs: Number(firstMs) };
        },
        ([member, firstMs]) => writeCursor({ score: Number(firstMs), member }),
      );
    },

    evidence: async (shard, wanted) => {
      const texts = await evidenceTexts(database, shard, wanted.map(encodeMember));
      return texts.map((text) => (text === undefined ? undefined : decodeEvidence(text)));
    },
  };
}

/** Scores of members, undefined where there is none. */
export async function scoresOf(
  { connection }: Database,
  key: string,
  members: readonly string[],
): Promise<readonly (number | undefined)[]> {
  if (members.length === 0) return [];
  const scores = listOf(await connection.call(key, ['ZMSCORE', key, ...members]));
  return scores.map((score) => (score === null ? undefined : numberOf(score)));
}

/** What is kept of members, as text. */
export async function evidenceTexts(
  { connection, keys }: Database,
  shard: Shard,
  members: readonly string[],
): Promise<readonly (string | undefined)[]> {
  if (members.length === 0) return [];
  const key = keys.evidence(shard);
  return textsOf(await connection.call(key, ['HMGET', key, ...members]));
}
