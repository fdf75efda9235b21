import {
  decodeEndpoint,
  encodeEndpoint,
  encodeMember,
  type Endpoint,
  type Shard,
} from '../../model/index.js';
import { escapeName, unescapeName } from '../../model/member.js';
import type { EndpointDays, SourceDays, StoreReads } from '../contract.js';
import { type Argument, numberOf, textsOf } from './connection/connection.js';
import type { Database } from './database.js';
import { timesOf } from './evidence-text.js';
import type { KnownDays } from './known-days.js';
import { mergeInOrder, pageOf } from './pages.js';
import { evidenceTexts, scoresOf } from './reads.js';

/** Sources that are read one by one to be counted exactly; more are estimated. */
const COUNTED_SOURCES = 10_000;

/** Lists and counts over several days. */
export function createRangeReads(
  database: Database,
  days: KnownDays,
): Pick<StoreReads, 'distinctSources' | 'endpointsOf' | 'sourcesOf'> {
  const { connection, keys } = database;

  /** Members of a lexical set from a prefix and what comes after it, without the prefix, in order. */
  const list = async (key: string, prefix: string, after: string, most: number): Promise<string[]> => {
    const from = after === '' ? `[${prefix}` : `(${prefix}${after}`;
    const answer = await connection.call(key, [
      ...(['ZRANGEBYLEX', key, from, endOf(prefix)] as Argument[]),
      ...['LIMIT', '0', String(most)],
    ]);
    return textsOf(answer).map((member) => (member ?? '').slice(prefix.length));
  };

  /** Records by day of each member, and when it was first and last seen. */
  const details = async (
    shard: Shard,
    range: readonly string[],
    members: readonly string[],
  ): Promise<readonly Omit<SourceDays, 'source'>[]> => {
    const [texts, ...byDay] = await Promise.all([
      evidenceTexts(database, shard, members),
      ...range.map((day) => scoresOf(database, keys.day(shard, day).scores, members)),
    ]);
    return members.map((_, index) => {
      const seen = range.flatMap((day, at): [string, number][] => {
        const records = byDay[at]?.[index];
        return records === undefined ? [] : [[day, records]];
      });
      const text = texts[index];
      const times = text === undefined ? { firstMs: undefined, lastMs: undefined } : timesOf(text);
      return { days: Object.fromEntries(seen), ...times };
    });
  };

  const countVisits = async (shard: Shard, day: string, endpoint: string): Promise<number> => {
    const { visits } = keys.day(shard, day);
    const prefix = `${endpoint}\0`;
    return numberOf(await connection.call(visits, ['ZLEXCOUNT', visits, `[${prefix}`, endOf(prefix)]));
  };

  /** The parts of all days from `after` on, merged. */
  const merged = async (
    lists: readonly Promise<readonly string[]>[],
    most: number,
  ): Promise<readonly string[]> => mergeInOrder(await Promise.all(lists), most);

  return {
    sourcesOf: async (shard, endpoint, range, { limit, cursor = '' }) => {
      const found = await days.within(shard, range);
      const prefix = `${encodeEndpoint(endpoint)}\0`;
      const sources = await merged(
        found.map((day) => list(keys.day(shard, day).visits, prefix, cursor, limit + 1)),
        limit + 1,
      );
      const members = sources.map((source) => encodeMember({ source: nameOf(source), ...endpoint }));
      const known = await details(shard, found, members);
      return pageOf(
        sources.map((source, index) => ({ source, seen: known[index] })),
        limit,
        ({ source, seen }): SourceDays | undefined => seen && { source: nameOf(source), ...seen },
        ({ source }) => source,
      );
    },

    endpointsOf: async (shard, source, range, { limit, cursor = '' }) => {
      const found = await days.within(shard, range);
      const prefix = `${sourceText(source)}->`;
      const endpoints = await merged(
        found.map((day) => list(keys.day(shard, day).members, prefix, cursor, limit + 1)),
        limit + 1,
      );
      const known = await details(
        shard,
        found,
        endpoints.map((endpoint) => prefix + endpoint),
      );
      return pageOf(
        endpoints.map((endpoint, index) => ({ endpoint, seen: known[index] })),
        limit,
        ({ endpoint, seen }): EndpointDays | undefined => {
          const decoded = decodeEndpoint(endpoint);
          return decoded && seen && { ...decoded, ...seen };
        },
        ({ endpoint }) => endpoint,
      );
    },

    distinctSources: async (shard, range, endpoint?: Endpoint) => {
      const found = await days.within(shard, range);
      if (found.length === 0) return { count: 0, isExact: true };
      const text = endpoint && encodeEndpoint(endpoint);
      const counts = await Promise.all(
        found.map(async (day) => {
          if (text !== undefined) return countVisits(shard, day, text);
          const { members } = keys.day(shard, day);
          return numberOf(await connection.call(members, ['ZCARD', members]));
        }),
      );
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (text !== undefined && found.length === 1) return { count: total, isExact: true };
      if (total > COUNTED_SOURCES) {
        const names = found.map((day) =>
          text === undefined ? keys.day(shard, day).sources : keys.endpointSources(shard, day, text),
        );
        const count = numberOf(await connection.call(names[0] ?? '', ['PFCOUNT', ...names]));
        return { count, isExact: false };
      }
      const sources = new Set<string>();
      for (const day of found) {
        const { members, visits } = keys.day(shard, day);
        const all =
          text === undefined
            ? (await list(members, '', '', COUNTED_SOURCES)).map((member) => member.split('->', 1)[0] ?? '')
            : await list(visits, `${text}\0`, '', COUNTED_SOURCES);
        for (const source of all) sources.add(source);
      }
      return { count: sources.size, isExact: true };
    },
  };
}

/** Behind all texts with this prefix: no text of UTF-8 has the byte 0xff. */
function endOf(prefix: string): Buffer {
  return Buffer.concat([Buffer.from(`(${prefix}`), Buffer.from([0xff])]);
}

function sourceText(source: string): string {
  return escapeName(source).replaceAll('->', '-%3E');
}

/** The source that stands so in members. */
function nameOf(text: string): string {
  return unescapeName(text);
}
