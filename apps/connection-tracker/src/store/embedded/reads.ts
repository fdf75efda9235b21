import { setImmediate } from 'node:timers/promises';
import {
  type Connection,
  type ConnectionKey,
  type Endpoint,
  daysBetween,
  decodeEndpoint,
  decodeMember,
  encodeEndpoint,
  encodeMember,
  parseShardKey,
  type Shard,
  shardKey,
} from '../../model/index.js';
import { escapeName, unescapeName } from '../../model/member.js';
import type {
  DayRange,
  EndpointDays,
  Page,
  PageRequest,
  SourceDays,
  StoredAccount,
  StoreReads,
} from '../contract.js';
import type { Database } from './open-embedded-store.js';
import { byBytes, fitsKey } from './order.js';
import {
  type EvidenceRow,
  keys,
  LAST,
  type LeaseRow,
  type ShardRow,
  type StoreKey,
  type TotalsRow,
} from './tables.js';

type Reads = {
  readonly [K in Exclude<keyof StoreReads, 'events'>]: (
    ...args: Parameters<StoreReads[K]>
  ) => Awaited<ReturnType<StoreReads[K]>> | ReturnType<StoreReads[K]>;
};

/** Keys that are counted before others get a turn. */
const COUNTED_AT_ONCE = 5_000;

/** Everything that pages and answers are made of, from one snapshot each. */
export function createReads(database: Database): Reads {
  const { root, machine } = database;
  const evidenceOf = (shard: string, member: string): EvidenceRow | undefined =>
    fitsKey(member) ? (root.get(keys.evidence(shard, member)) as EvidenceRow | undefined) : undefined;
  return {
    accounts: () => [
      ...root
        .getRange({ start: keys.account(''), end: keys.account(LAST) })
        .map(({ value }) => value as StoredAccount),
    ],
    shards: () => {
      const names = new Set<string>();
      for (const kind of [keys.shard, keys.lease])
        for (const key of root.getKeys({ start: kind(''), end: kind(LAST) })) names.add(key[1] as string);
      return [...names].sort().flatMap((name) => {
        const shard = parseShardKey(name);
        if (shard === undefined) return [];
        const row = root.get(keys.shard(name)) as ShardRow | undefined;
        const lease = root.get(keys.lease(name)) as LeaseRow | undefined;
        return [
          {
            shard,
            checkpoint: row?.checkpoint,
            committedAtMs: row?.committedAtMs,
            lastUpdate: row?.lastUpdate,
            owner: lease !== undefined && lease.untilMs > machine.nowMs() ? lease.owner : undefined,
          },
        ];
      });
    },
    days: (shard) => [
      ...root
        .getRange({ start: keys.day(shardKey(shard), ''), end: keys.day(shardKey(shard), LAST) })
        .map(({ key, value }) => {
          const { records, members } = value as TotalsRow;
          return { day: key[2] as string, connections: members, records };
        }),
    ],
    connections: (shard, day, page) => {
      const name = shardKey(shard);
      if (page.order === 'member') {
        const start = keys.connection(name, day, textCursor(page.cursor));
        const found = [
          ...root.getRange({
            start,
            end: keys.connection(name, day, LAST),
            limit: page.limit + 2,
          }),
        ];
        const fresh = found.filter(({ key }) => key[3] !== page.cursor);
        return pageOf(
          fresh,
          page.limit,
          ({ key, value }) => toConnection(key[3] as string, value as number),
          ({ key }) => key[3] as string,
        );
      }
      const from = readCursor(page.cursor);
      const start =
        from === undefined
          ? keys.byScore(name, day, Number.MAX_SAFE_INTEGER, LAST)
          : keys.byScore(name, day, from.score, from.member);
      const found = [
        ...root.getKeys({
          start,
          end: keys.byScore(name, day, -1, ''),
          reverse: true,
          limit: page.limit + 2,
        }),
      ];
      const fresh = found.filter((key) => !(key[3] === from?.score && key[4] === from?.member));
      return pageOf(
        fresh,
        page.limit,
        (key) => toConnection(key[4] as string, key[3] as number),
        (key) => JSON.stringify([key[3], key[4]]),
      );
    },
    endpoints: (shard, day, page) => {
      const name = shardKey(shard);
      const from = readCursor(page.cursor);
      const found = [
        ...root.getRange({
          start:
            from === undefined
              ? keys.byRecords(name, day, Number.MAX_SAFE_INTEGER, '')
              : keys.byRecords(name, day, from.score, from.member),
          end: keys.byRecords(name, day, -1, LAST),
          limit: page.limit + 2,
        }),
      ];
      const fresh = found.filter(({ key }) => !(key[3] === -(from?.score ?? NaN) && key[4] === from?.member));
      return pageOf(
        fresh,
        page.limit,
        ({ key, value }) => {
          const endpoint = decodeEndpoint(key[4] as string);
          return endpoint && { ...endpoint, records: -(key[3] as number), sources: value as number };
        },
        ({ key }) => JSON.stringify([-(key[3] as number), key[4]]),
      );
    },
    sourcesOf: (shard, endpoint, range, page) => {
      const name = shardKey(shard);
      const text = encodeEndpoint(endpoint);
      if (!fitsKey(text)) return { items: [], cursor: undefined };
      return overDays(
        root,
        range,
        page,
        (day, after) => ({
          start: keys.source(name, day, text, after),
          end: keys.source(name, day, text, LAST),
          part: (key) => key[4] as string,
        }),
        (source, days): SourceDays => {
          const named = unescapeName(source);
          const evidence = evidenceOf(name, encodeMember({ source: named, ...endpoint }));
          return { source: named, days, firstMs: evidence?.f, lastMs: evidence?.l };
        },
      );
    },
    endpointsOf: (shard, source, range, page) => {
      const name = shardKey(shard);
      const prefix = `${escapeName(source).replaceAll('->', '-%3E')}->`;
      if (!fitsKey(prefix)) return { items: [], cursor: undefined };
      return overDays(
        root,
        range,
        page,
        (day, after) => ({
          start: keys.connection(name, day, fitsKey(prefix + after) ? prefix + after : prefix),
          // The character after the arrow's last.
          end: keys.connection(name, day, `${prefix.slice(0, -1)}?`),
          part: (key) => (key[3] as string).slice(prefix.length),
        }),
        (text, days): EndpointDays => {
          const endpoint = decodeEndpoint(text) ?? { dest: text, destPort: 0 };
          const evidence = evidenceOf(name, prefix + text);
          return { ...endpoint, days, firstMs: evidence?.f, lastMs: evidence?.l };
        },
      );
    },
    firstSeen: (shard, { fromMs, toMs }, page) => {
      const name = shardKey(shard);
      const from = readCursor(page.cursor);
      const start =
        from === undefined ? keys.firstSeen(name, fromMs, '') : keys.firstSeen(name, from.score, from.member);
      const found = [
        ...root.getKeys({
          start,
          end: keys.firstSeen(name, toMs, ''),
          limit: page.limit + 2,
        }),
      ];
      const fresh = found.filter((key) => !(key[2] === from?.score && key[3] === from?.member));
      return pageOf(
        fresh,
        page.limit,
        (key) => {
          const connection = decodeMember(key[3] as string);
          return connection && { ...connection, firstMs: key[2] as number };
        },
        (key) => JSON.stringify([key[2], key[3]]),
      );
    },
    evidence: (shard, wanted: readonly ConnectionKey[]) =>
      wanted.map((connection) => {
        const row = evidenceOf(shardKey(shard), encodeMember(connection));
        return row && { firstMs: row.f, lastMs: row.l, decidedBy: row.by, example: row.x };
      }),
    distinctSources: async (shard, range, endpoint) => {
      const count = await distinct(root, shard, daysBetween(range.from, range.to), endpoint);
      return { count, isExact: true };
    },
  };
}

async function distinct(
  root: Database['root'],
  shard: Shard,
  days: readonly string[],
  endpoint: Endpoint | undefined,
): Promise<number> {
  const name = shardKey(shard);
  const text = endpoint === undefined ? undefined : encodeEndpoint(endpoint);
  if (text !== undefined && !fitsKey(text)) return 0;
  const names = new Set<string>();
  for (const day of days) {
    const keyOf = (part: string | typeof LAST): StoreKey =>
      text === undefined ? keys.connection(name, day, part) : keys.source(name, day, text, part);
    for (let after: string | undefined = ''; after !== undefined; ) {
      let last: string | undefined;
      let found = 0;
      // The key that a part begins with is counted twice, which a set does not mind.
      for (const key of root.getKeys({ start: keyOf(after), end: keyOf(LAST), limit: COUNTED_AT_ONCE })) {
        last = key.at(-1) as string;
        found += 1;
        names.add(text === undefined ? last.slice(0, last.indexOf('->')) : last);
      }
      after = found < COUNTED_AT_ONCE ? undefined : last;
      if (after !== undefined) await setImmediate();
    }
  }
  return names.size;
}

/** Merges the days of a range, each of which is in order, without reading more of a day than a page. */
function overDays<T>(
  root: Database['root'],
  { from, to }: DayRange,
  { limit, cursor: given }: PageRequest,
  rangeOf: (
    day: string,
    after: string,
  ) => { readonly start: StoreKey; readonly end: StoreKey; readonly part: (key: StoreKey) => string },
  make: (part: string, days: Record<string, number>) => T,
): Page<T> {
  const cursor = textCursor(given);
  const found = new Map<string, Record<string, number>>();
  let isMore = false;
  // A day whose page was full says nothing of what comes after its last part.
  let until: string | undefined;
  for (const day of daysBetween(from, to)) {
    const { start, end, part } = rangeOf(day, cursor);
    const rows = [...root.getRange({ start, end, limit: limit + 2 })].filter(
      ({ key }) => cursor === '' || byBytes(part(key), cursor) > 0,
    );
    for (const { key, value } of rows.slice(0, limit + 1)) {
      const text = part(key);
      const days = found.get(text);
      if (days) days[day] = value as number;
      else found.set(text, { [day]: value as number });
    }
    const last = rows.length > limit ? rows[limit] : undefined;
    if (last !== undefined) {
      const text = part(last.key);
      if (until === undefined || byBytes(text, until) < 0) until = text;
    }
  }
  const parts = [...found.keys()]
    .sort(byBytes)
    .filter((text) => until === undefined || byBytes(text, until) <= 0);
  const shown = parts.slice(0, limit);
  isMore = parts.length > limit || until !== undefined;
  const items = shown.map((text) => make(text, found.get(text) ?? {}));
  return { items, cursor: isMore ? shown.at(-1) : undefined };
}

/** A cursor that can be none of ours gives the first page. */
function textCursor(cursor: string | undefined): string {
  return cursor !== undefined && fitsKey(cursor) ? cursor : '';
}

function toConnection(member: string, score: number): Connection | undefined {
  const connection = decodeMember(member);
  return connection && { ...connection, score };
}

function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  item: (row: R) => T | undefined,
  cursorOf: (row: R) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(item).filter((made): made is Exclude<typeof made, undefined> => made !== undefined),
    cursor: rows.length > limit && last !== undefined ? cursorOf(last) : undefined,
  };
}

function readCursor(
  text: string | undefined,
): { readonly score: number; readonly member: string } | undefined {
  if (text === undefined) return undefined;
  try {
    const [score, member] = JSON.parse(text) as unknown[];
    return typeof score === 'number' && typeof member === 'string' && fitsKey(member)
      ? { score, member }
      : undefined;
  } catch {
    return undefined;
  }
}
