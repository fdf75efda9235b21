import type { Page } from '../contract.js';

/** Where a page by score ended. */
export interface ScoreCursor {
  readonly score: number;
  readonly member: string;
}

export function writeCursor({ score, member }: ScoreCursor): string {
  return JSON.stringify([score, member]);
}

/** Undefined for what is no cursor. */
export function readCursor(text: string | undefined): ScoreCursor | undefined {
  if (text === undefined) return undefined;
  try {
    const [score, member] = JSON.parse(text) as unknown[];
    return typeof score === 'number' && typeof member === 'string' ? { score, member } : undefined;
  } catch {
    return undefined;
  }
}

/** A page of `limit` items from one more row than that, if there are so many. */
export function pageOf<R, T>(
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

/** The first `most` of several lists that are in the order of their bytes, each once. */
export function mergeInOrder(lists: readonly (readonly string[])[], most: number): string[] {
  return [...new Set(lists.flat())]
    .map((text) => ({ text, bytes: Buffer.from(text) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .slice(0, most)
    .map(({ text }) => text);
}
