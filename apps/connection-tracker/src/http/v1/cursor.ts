import { z } from 'zod';
import { daySchema } from '../schemas.js';
import { HttpProblem } from '../problem.js';

/** Where a list over days and shards goes on. */
export interface ListCursor {
  readonly day: string;
  readonly shard: string;
  /** The store's own, of the page that was being read. */
  readonly page: string | undefined;
  /** Rows of that page that are done. */
  readonly done: number;
}

const schema = z.tuple([
  daySchema,
  z.string().max(200),
  z.string().max(8_192).nullable(),
  z.int().min(0).max(100_000),
]);

export function encodeCursor({ day, shard, page, done }: ListCursor): string {
  return Buffer.from(JSON.stringify([day, shard, page ?? null, done])).toString('base64url');
}

/** @throws HttpProblem 400 for what `encodeCursor` did not make */
export function decodeCursor(text: string): ListCursor {
  try {
    const [day, shard, page, done] = schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { day, shard, page: page ?? undefined, done };
  } catch {
    throw new HttpProblem(400, 'Bad query: cursor is none of this list');
  }
}
