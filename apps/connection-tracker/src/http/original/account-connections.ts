import type { Connection } from '../../model/index.js';

/**
 * Sums connections by who connects: a source in `include` under its own name, one of another account under
 * `<id>/<region>`; sources of the internet are left out. Highest score first.
 */
export async function accountConnections(
  pages: AsyncIterable<readonly Connection[]>,
  include: ReadonlySet<string>,
): Promise<{ readonly source: string; readonly score: number }[]> {
  const scores = new Map<string, number>();
  for await (const rows of pages) {
    for (const { source, score } of rows) {
      const name = include.has(source) ? source : accountOf(source);
      if (name !== undefined) scores.set(name, (scores.get(name) ?? 0) + score);
    }
  }
  return [...scores]
    .map(([source, score]) => ({ source, score }))
    .sort((a, b) => b.score - a.score || (a.source < b.source ? 1 : -1));
}

/** `<id>/<region>` of a source with at least three parts. */
export function accountOf(source: string): string | undefined {
  const [id, region, rest] = source.split('/', 3);
  return rest === undefined ? undefined : `${id}/${region}`;
}
