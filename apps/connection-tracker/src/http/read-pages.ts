import { setImmediate as turn } from 'node:timers/promises';
import type { Page, PageRequest } from '../store/index.js';

/** Rows of a page: few enough that a page never holds other requests up for long. */
export const PAGE_ROWS = 1_000;

/** All pages of something, with a turn of the event loop between them. */
export async function* readPages<T>(
  read: (page: PageRequest) => Promise<Page<T>>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  let cursor: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await read({ limit: PAGE_ROWS, cursor });
    if (page.items.length > 0) yield page.items;
    cursor = page.cursor;
    await turn();
  } while (cursor !== undefined);
}
