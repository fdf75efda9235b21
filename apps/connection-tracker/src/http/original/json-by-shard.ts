import { type Shard, shardKey } from '../../model/index.js';

/** The JSON object `<id>/<region>` -> list, written piece by piece. */
export async function* jsonByShard<T>(
  shards: readonly Shard[],
  rowsOf: (shard: Shard) => AsyncIterable<readonly T[]>,
): AsyncGenerator<string> {
  let lead = '{';
  for (const shard of shards) {
    yield `${lead}${JSON.stringify(shardKey(shard))}:`;
    yield* jsonList(rowsOf(shard));
    lead = ',';
  }
  yield lead === '{' ? '{}\n' : '}\n';
}

/** A JSON list, written piece by piece. */
export async function* jsonList<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<string> {
  let lead = '[';
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    yield `${lead}${rows.map((row) => JSON.stringify(row)).join(',')}`;
    lead = ',';
  }
  yield lead === '[' ? '[]' : ']';
}
