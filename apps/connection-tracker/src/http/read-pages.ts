import type { Page, PageRequest } from '../store/index.js';
import { fairTurn } from './fair-turn.js';

/** Rows of a page: few enough that a page never holds other requests up for long. */
export const PAGE_ROWS = 500;

/** All pages of something, with a turn of the event loop before each. */
export async function* readPages<T>(
  read: (page: PageRequest) => Promise<Page<T>>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  let cursor: string | undefined;
  do {
    await fairTurn();
    signal.throwIfAborted();
    const page = await read({ limit: PAGE_ROWS, cursor });
    if (page.items.length > 0) yield page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** One page of so many rows, read in small ones. */
export async function readPage<T>(
  read: (page: PageRequest) => Promise<Page<T>>,
  { limit, cursor: from }: PageRequest,
  signal: AbortSignal,
): Promise<Page<T>> {
  const items: T[] = [];
  let cursor = from;
  do {
    await fairTurn();
    signal.throwIfAborted();
    const page = await read({ limit: Math.min(PAGE_ROWS, limit - items.length), cursor });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && items.length < limit);
  return { items, cursor };
}
