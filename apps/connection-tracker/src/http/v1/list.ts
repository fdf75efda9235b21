import { type Shard, shardKey } from '../../model/index.js';
import type { Page, PageRequest } from '../../store/index.js';
import { fairTurn } from '../fair-turn.js';
import { PAGE_ROWS } from '../read-pages.js';
import { encodeCursor, type ListCursor } from './cursor.js';

/** A list over days and, in each, over shards: what to read and which rows count. */
export interface ListRequest<T> {
  readonly days: readonly string[];
  readonly shards: readonly Shard[];
  readonly read: (shard: Shard, day: string, page: PageRequest) => Promise<Page<T>>;
  readonly matches: (row: T, shard: Shard) => boolean;
  readonly signal: AbortSignal;
}

export interface ListRow<T> {
  readonly day: string;
  readonly shard: Shard;
  readonly row: T;
}

/** Rows that one page of an answer may look at; with filters that match little it ends early, with a cursor. */
export const MAX_EXAMINED = 200_000;

/** At most `limit` rows from a cursor on, and the cursor behind them. */
export async function listPage<T>(
  request: ListRequest<T>,
  limit: number,
  from: ListCursor | undefined,
): Promise<{ readonly rows: readonly ListRow<T>[]; readonly next: string | undefined }> {
  const rows: ListRow<T>[] = [];
  let examined = 0;
  for await (const { day, shard, items, page, done } of storePages(request, from)) {
    for (let i = done; i < items.length; i++) {
      const isFull = rows.length === limit || examined >= MAX_EXAMINED;
      if (isFull) return { rows, next: encodeCursor({ day, shard: shardKey(shard), page, done: i }) };
      const row = items[i]!;
      examined++;
      if (request.matches(row, shard)) rows.push({ day, shard, row });
    }
  }
  return { rows, next: undefined };
}

/** All rows, page by page; with `limit` not more than that. */
export async function* listAll<T>(
  request: ListRequest<T>,
  limit: number,
): AsyncGenerator<readonly ListRow<T>[]> {
  let left = limit;
  for await (const { day, shard, items } of storePages(request, undefined)) {
    const rows = items.filter((row) => request.matches(row, shard)).slice(0, left);
    if (rows.length > 0) yield rows.map((row) => ({ day, shard, row }));
    left -= rows.length;
    if (left <= 0) return;
  }
}

interface StorePage<T> {
  readonly day: string;
  readonly shard: Shard;
  readonly items: readonly T[];
  readonly page: string | undefined;
  readonly done: number;
}

async function* storePages<T>(
  request: ListRequest<T>,
  from: ListCursor | undefined,
): AsyncGenerator<StorePage<T>> {
  const { days, shards, read, signal } = request;
  for (const day of days) {
    if (from && day < from.day) continue;
    for (const shard of shards) {
      const isFirst = from !== undefined && day === from.day && shardKey(shard) === from.shard;
      if (from && day === from.day && shardKey(shard) < from.shard) continue;
      let page = isFirst ? from.page : undefined;
      let done = isFirst ? from.done : 0;
      for (;;) {
        await fairTurn();
        signal.throwIfAborted();
        const { items, cursor } = await read(shard, day, { limit: PAGE_ROWS, cursor: page });
        yield { day, shard, items, page, done };
        if (cursor === undefined) break;
        page = cursor;
        done = 0;
      }
    }
  }
}
