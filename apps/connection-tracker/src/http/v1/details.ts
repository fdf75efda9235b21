import { z } from 'zod';
import { dayOf, dayStartMs, DAY_MS } from '../../model/index.js';
import type { PageRequest } from '../../store/index.js';
import { HttpProblem } from '../problem.js';
import { readPage } from '../read-pages.js';
import { defineRoute, type Route } from '../route.js';
import { accountIdSchema, integerText, nameSchema, noParams, regionSchema } from '../schemas.js';
import { rangeOf, rangeShape } from './range.js';

const pageShape = {
  limit: integerText(1, 10_000).optional().meta({ description: 'Rows of a page; default 1,000' }),
  cursor: z.string().max(16_384).optional().meta({ description: 'next of the page before' }),
};
const shardShape = { account: accountIdSchema, region: regionSchema };
const port = integerText(0, 65_535);
const seen = {
  days: z.record(z.string(), z.number()).meta({ description: 'Records by day' }),
  first_seen: z.string().nullable(),
  last_seen: z.string().nullable(),
  is_new: z.boolean().meta({ description: 'First seen on the last day of the range' }),
};
const next = z.string().nullable();

/** What the page shows of one endpoint, one source, one connection. */
export const detailRoutes: readonly Route[] = [
  defineRoute({
    path: '/v1/endpoint',
    operationId: 'get_endpoint',
    summary: 'Who was seen at an endpoint on which days',
    tag: 'v1',
    params: noParams,
    query: z.strictObject({ ...shardShape, dest: nameSchema, port, ...rangeShape, ...pageShape }),
    answer: z.object({
      items: z.array(z.object({ source: z.string(), ...seen })),
      distinct_sources: z.object({ count: z.number(), is_exact: z.boolean() }),
      next,
    }),
    handle: async ({ input, store, now, signal }) => {
      const { shard, range } = ofOneShard(input, now());
      const endpoint = { dest: input.dest, destPort: input.port };
      const [page, distinct] = await Promise.all([
        readPage((page) => store.sourcesOf(shard, endpoint, range, page), pageOf(input), signal),
        store.distinctSources(shard, range, endpoint),
      ]);
      const items = page.items.map(({ source, ...rest }) => ({ source, ...seenOf(rest, range.to) }));
      return {
        kind: 'json',
        value: {
          items,
          distinct_sources: { count: distinct.count, is_exact: distinct.isExact },
          next: page.cursor ?? null,
        },
      };
    },
  }),
  defineRoute({
    path: '/v1/source',
    operationId: 'get_source',
    summary: 'Where a source was seen on which days',
    tag: 'v1',
    params: noParams,
    query: z.strictObject({ ...shardShape, source: nameSchema, ...rangeShape, ...pageShape }),
    answer: z.object({ items: z.array(z.object({ dest: z.string(), dest_port: z.int(), ...seen })), next }),
    handle: async ({ input, store, now, signal }) => {
      const { shard, range } = ofOneShard(input, now());
      const read = (part: PageRequest) => store.endpointsOf(shard, input.source, range, part);
      const page = await readPage(read, pageOf(input), signal);
      const items = page.items.map(({ dest, destPort, ...rest }) => ({
        dest,
        dest_port: destPort,
        ...seenOf(rest, range.to),
      }));
      return { kind: 'json', value: { items, next: page.cursor ?? null } };
    },
  }),
  defineRoute({
    path: '/v1/new',
    operationId: 'get_new',
    summary: 'Connections that were seen for the first time on these days, earliest first',
    tag: 'v1',
    params: noParams,
    query: z.strictObject({ ...shardShape, ...rangeShape, ...pageShape }),
    answer: z.object({
      items: z.array(
        z.object({ source: z.string(), dest: z.string(), dest_port: z.int(), first_seen: z.string() }),
      ),
      next,
    }),
    handle: async ({ input, store, now, signal }) => {
      const { shard, range } = ofOneShard(input, now());
      const span = { fromMs: dayStartMs(range.from) ?? 0, toMs: (dayStartMs(range.to) ?? 0) + DAY_MS };
      const page = await readPage((part) => store.firstSeen(shard, span, part), pageOf(input), signal);
      const items = page.items.map(({ source, dest, destPort, firstMs }) => ({
        source,
        dest,
        dest_port: destPort,
        first_seen: new Date(firstMs).toISOString(),
      }));
      return { kind: 'json', value: { items, next: page.cursor ?? null } };
    },
  }),
  defineRoute({
    path: '/v1/explain',
    operationId: 'explain',
    summary: 'Why a connection is there: the rules that decided, and one of its records',
    tag: 'v1',
    params: noParams,
    query: z.strictObject({ ...shardShape, source: nameSchema, dest: nameSchema, port }),
    answer: z.object({
      first_seen: z.string(),
      last_seen: z.string(),
      decided_by: z.record(z.string(), z.number()).meta({ description: 'Records by the rule that decided' }),
      example: z.string().meta({ description: 'One of the records' }),
    }),
    handle: async ({ input, store }) => {
      const shard = { accountId: input.account, region: input.region };
      const key = { source: input.source, dest: input.dest, destPort: input.port };
      const [evidence] = await store.evidence(shard, [key]);
      if (evidence === undefined) throw new HttpProblem(404, 'Nothing is known of this connection');
      const value = {
        first_seen: new Date(evidence.firstMs).toISOString(),
        last_seen: new Date(evidence.lastMs).toISOString(),
        decided_by: evidence.decidedBy,
        example: evidence.example,
      };
      return { kind: 'json', value };
    },
  }),
];

function ofOneShard(
  input: {
    readonly account: string;
    readonly region: string;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
  },
  nowMs: number,
) {
  const { from, to } = rangeOf(input, nowMs);
  return { shard: { accountId: input.account, region: input.region }, range: { from, to } };
}

function pageOf(input: {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}): PageRequest {
  return { limit: input.limit ?? 1_000, cursor: input.cursor };
}

function seenOf(
  row: {
    readonly days: Readonly<Record<string, number>>;
    readonly firstMs: number | undefined;
    readonly lastMs: number | undefined;
  },
  lastDay: string,
) {
  return {
    days: row.days,
    first_seen: row.firstMs === undefined ? null : new Date(row.firstMs).toISOString(),
    last_seen: row.lastMs === undefined ? null : new Date(row.lastMs).toISOString(),
    is_new: row.firstMs !== undefined && dayOf(row.firstMs) === lastDay,
  };
}
