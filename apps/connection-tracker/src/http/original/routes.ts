import { z } from 'zod';
import { type Connection, dayOf, type Shard } from '../../model/index.js';
import type { EndpointTotals, ShardStatus, Store } from '../../store/index.js';
import { knownShards } from '../known-shards.js';
import { readPages } from '../read-pages.js';
import { type Answer, defineRoute, type Route, type RouteRequest } from '../route.js';
import { accountIdSchema, connectionSchema, daySchema, noParams, regionSchema } from '../schemas.js';
import { storeVersion } from '../store-version.js';
import { accountConnections } from './account-connections.js';
import { jsonByShard, jsonList } from './json-by-shard.js';

const date = daySchema.optional().meta({ description: 'UTC day, YYYY-MM-DD; default: today' });
const shardParams = z.object({ account_id: accountIdSchema, region: regionSchema });
const endpointSchema = z.object({ dest: z.string(), dest_port: z.int() });
const byShard = <T extends z.ZodType>(item: T) => z.record(z.string(), z.array(item));

/** Every path of the original with its parameters and answers, except `/health` and `/metrics`. */
export const originalRoutes: readonly Route[] = [
  defineRoute({
    path: '/addresses',
    operationId: 'get_addresses',
    summary: 'Names of addresses; with q: those whose name contains it',
    tag: 'original',
    params: noParams,
    query: z.object({ q: z.string().max(2_048).optional() }),
    answer: z.record(z.string(), z.string().nullable()),
    handle: async ({ input, addresses, signal }) => {
      const q = input.q ?? '';
      const found: [string, string | null][] = [];
      for (const [address, name] of await addresses.entries(signal)) {
        if (q === '' || name?.includes(q) === true) found.push([address, name]);
      }
      return { kind: 'json', value: Object.fromEntries(found) };
    },
  }),
  defineRoute({
    path: '/accounts',
    operationId: 'get_accounts',
    summary: 'Accounts with their names and when their first region was last read',
    tag: 'original',
    params: noParams,
    query: z.object({}),
    answer: z.record(
      z.string(),
      z.object({ name: z.string().nullable(), last_update: z.string().nullable() }),
    ),
    handle: async ({ store }) => {
      const { accounts, statuses, shards } = await knownShards(store);
      const first = new Map(shards.toReversed().map(({ accountId, region }) => [accountId, region]));
      for (const { id, regions } of accounts) if (regions[0] !== undefined) first.set(id, regions[0]);
      const names = new Map(accounts.map(({ id, name }) => [id, name]));
      const ids = [...new Set([...names.keys(), ...first.keys()])].sort();
      const value = ids.map((id) => {
        const status = statuses.find(({ shard }) => shard.accountId === id && shard.region === first.get(id));
        return [id, { name: names.get(id) ?? null, last_update: lastUpdate(status) }];
      });
      return { kind: 'json', value: Object.fromEntries(value) };
    },
  }),
  defineRoute({
    path: '/connections',
    operationId: 'get_connections',
    summary: 'Connections of a day, of every account and region',
    tag: 'original',
    params: noParams,
    query: z.object({ date }),
    answer: byShard(connectionSchema),
    handle: (request) => ofEveryShard(request, connectionsOf),
  }),
  defineRoute({
    path: '/connections/{account_id}/{region}',
    operationId: 'get_connections_by_account_region',
    summary: 'Connections of a day in one account and region, highest score first',
    tag: 'original',
    params: shardParams,
    query: z.object({ date }),
    answer: z.array(connectionSchema),
    handle: (request) => ofOneShard(request, connectionsOf),
  }),
  defineRoute({
    path: '/endpoints',
    operationId: 'get_endpoints',
    summary: 'Endpoints that had connections on a day, of every account and region',
    tag: 'original',
    params: noParams,
    query: z.object({ date }),
    answer: byShard(endpointSchema),
    handle: (request) => ofEveryShard(request, endpointsOf),
  }),
  defineRoute({
    path: '/endpoints/{account_id}/{region}',
    operationId: 'get_endpoints_by_account_region',
    summary: 'Endpoints that had connections on a day in one account and region',
    tag: 'original',
    params: shardParams,
    query: z.object({ date }),
    answer: z.array(endpointSchema),
    handle: (request) => ofOneShard(request, endpointsOf),
  }),
  defineRoute({
    path: '/account-connections',
    operationId: 'get_account_connections',
    summary: 'Who connects to each account: other accounts, and the sources named in include',
    tag: 'original',
    params: noParams,
    query: z.object({
      date,
      include: z
        .string()
        .max(8_192)
        .optional()
        .meta({ description: 'Names of sources, with commas between, that are shown under their own name' }),
    }),
    answer: byShard(z.object({ source: z.string(), score: z.number() })),
    handle: (request) => {
      const include = new Set((request.input.include ?? '').split(','));
      return ofEveryShard(request, async function* (store, shard, day, signal) {
        yield await accountConnections(connectionPages(store, shard, day, signal), include);
      });
    },
  }),
];

interface ForDay {
  readonly date?: string | undefined;
}

type RowsOf = (
  store: Store,
  shard: Shard,
  day: string,
  signal: AbortSignal,
) => AsyncIterable<readonly unknown[]>;

async function ofEveryShard(request: RouteRequest<ForDay>, rowsOf: RowsOf): Promise<Answer> {
  const { store, input, now, signal } = request;
  const { statuses, shards, accounts } = await knownShards(store);
  const day = input.date ?? dayOf(now());
  return {
    kind: 'text',
    contentType: 'application/json',
    chunks: jsonByShard(shards, (shard) => rowsOf(store, shard, day, signal)),
    version: `${storeVersion(statuses, now())}-${accounts.length}-${shards.length}`,
  };
}

async function ofOneShard(
  request: RouteRequest<ForDay & { readonly account_id: string; readonly region: string }>,
  rowsOf: RowsOf,
): Promise<Answer> {
  const { store, input, now, signal } = request;
  const shard = { accountId: input.account_id, region: input.region };
  const version = storeVersion(await store.shards(), now());
  const rows = rowsOf(store, shard, input.date ?? dayOf(now()), signal);
  return { kind: 'text', contentType: 'application/json', chunks: jsonList(rows), version };
}

function connectionPages(
  store: Store,
  shard: Shard,
  day: string,
  signal: AbortSignal,
): AsyncIterable<readonly Connection[]> {
  return readPages((page) => store.connections(shard, day, { ...page, order: 'score' }), signal);
}

async function* connectionsOf(...of: Parameters<RowsOf>): AsyncGenerator<readonly unknown[]> {
  for await (const rows of connectionPages(...of)) {
    yield rows.map(({ source, dest, destPort, score }) => ({ source, dest, dest_port: destPort, score }));
  }
}

async function* endpointsOf(
  ...[store, shard, day, signal]: Parameters<RowsOf>
): AsyncGenerator<readonly unknown[]> {
  const pages = readPages<EndpointTotals>((page) => store.endpoints(shard, day, page), signal);
  for await (const rows of pages) yield rows.map(({ dest, destPort }) => ({ dest, dest_port: destPort }));
}

/** As the original's key has it; for data of this program, how far the shard has been read. */
function lastUpdate(status: ShardStatus | undefined): string | null {
  if (status?.lastUpdate !== undefined) return status.lastUpdate;
  if (status?.checkpoint === undefined) return null;
  return new Date(status.checkpoint.readUntilMs).toISOString().replace('Z', '000Z');
}
