import { z } from 'zod';
import type { Connection } from '../../model/index.js';
import { type KnownShards, knownShards } from '../known-shards.js';
import { defineRoute, type Route } from '../route.js';
import { connectionSchema, integerText, noParams } from '../schemas.js';
import { storeVersion } from '../store-version.js';
import { decodeCursor } from './cursor.js';
import { filterShape, matcherOf } from './filters.js';
import { CONTENT_TYPES, contentTypeOf, formatOf, formatRows, type Row } from './formats.js';
import { listAll, listPage, type ListRequest, type ListRow } from './list.js';
import { rangeOf, rangeShape, shardShape, shardsOf } from './range.js';

const columns = ['day', 'account_id', 'account_name', 'region', 'source', 'dest', 'dest_port', 'score'];

const rowSchema = z.object({
  day: z.string(),
  account_id: z.string(),
  account_name: z.string().nullable(),
  region: z.string(),
  ...connectionSchema.shape,
});

export const connectionsRoute: Route = defineRoute({
  path: '/v1/connections',
  operationId: 'list_connections',
  summary: 'Connections of a range of days, in pages; as CSV, TSV or NDJSON all of them in one stream',
  tag: 'v1',
  params: noParams,
  query: z.strictObject({
    ...rangeShape,
    ...shardShape,
    ...filterShape,
    order: z
      .enum(['score', 'member'])
      .optional()
      .meta({ description: 'Within each day, account and region' }),
    limit: integerText(1, 10_000)
      .optional()
      .meta({ description: 'Rows of a page; default 1,000; of a stream: all' }),
    cursor: z.string().max(16_384).optional().meta({ description: 'next of the page before' }),
    format: z.enum(['json', 'csv', 'tsv', 'ndjson']).optional().meta({ description: 'Instead of Accept' }),
  }),
  answer: z.object({
    items: z.array(rowSchema),
    next: z.string().nullable().meta({ description: 'Cursor of the next page; null: this was the last' }),
  }),
  contentTypes: CONTENT_TYPES,
  handle: async ({ input, store, now, accept, signal }) => {
    const format = formatOf(input.format, accept);
    const known = await knownShards(store);
    const { days } = rangeOf(input, now());
    const order = input.order ?? 'score';
    const request: ListRequest<Connection> = {
      days,
      shards: shardsOf(known, input),
      read: (shard, day, page) => store.connections(shard, day, { ...page, order }),
      matches: matcherOf(input),
      signal,
    };
    const version = `${storeVersion(known.statuses, now())}-${format}`;
    const rowOf = namedRow(known);
    if (format === 'json') {
      const from = input.cursor === undefined ? undefined : decodeCursor(input.cursor);
      const { rows, next } = await listPage(request, input.limit ?? 1_000, from);
      return { kind: 'json', value: { items: rows.map(rowOf), next: next ?? null }, version };
    }
    const pages = rowsOf(listAll(request, input.limit ?? Number.POSITIVE_INFINITY), rowOf);
    return {
      kind: 'text',
      contentType: contentTypeOf(format),
      chunks: formatRows(format, columns, pages),
      version,
      fileName: `connections.${format}`,
    };
  },
});

function namedRow({ accounts }: KnownShards): (row: ListRow<Connection>) => Row {
  const names = new Map(accounts.map(({ id, name }) => [id, name ?? null]));
  return ({ day, shard: { accountId, region }, row: { source, dest, destPort, score } }) => ({
    day,
    account_id: accountId,
    account_name: names.get(accountId) ?? null,
    region,
    source,
    dest,
    dest_port: destPort,
    score,
  });
}

async function* rowsOf<T>(
  pages: AsyncIterable<readonly ListRow<T>[]>,
  rowOf: (row: ListRow<T>) => Row,
): AsyncGenerator<Row[]> {
  for await (const page of pages) yield page.map(rowOf);
}
