import { z } from 'zod';
import { accountGraph, edgePath, layoutCircle } from '../../graph/index.js';
import { knownShards } from '../known-shards.js';
import { readPages } from '../read-pages.js';
import { accountOf } from '../original/account-connections.js';
import { defineRoute, type Route } from '../route.js';
import { integerText, noParams } from '../schemas.js';
import { storeVersion } from '../store-version.js';
import { rangeOf, rangeShape, shardShape, shardsOf } from './range.js';

const DEFAULT_EDGES = 300;
const INTERNET = 'internet';

export const graphRoute: Route = defineRoute({
  path: '/v1/graph',
  operationId: 'get_graph',
  summary: 'Accounts and networks that connect to each other, laid out',
  tag: 'v1',
  params: noParams,
  query: z.strictObject({
    ...rangeShape,
    ...shardShape,
    edges: integerText(1, 5_000)
      .optional()
      .meta({ description: `The strongest so many; default ${DEFAULT_EDGES}` }),
  }),
  answer: z.object({
    width: z.number(),
    height: z.number(),
    nodes: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        kind: z.enum(['account', 'network']),
        x: z.number(),
        y: z.number(),
      }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string(), score: z.number(), path: z.string() })),
    omitted: z.int().meta({ description: 'Edges left out' }),
  }),
  handle: async ({ input, store, now, signal }) => {
    const known = await knownShards(store);
    const { days } = rangeOf(input, now());
    const version = storeVersion(known.statuses, now());
    const links = [];
    for (const shard of shardsOf(known, input)) {
      const scores = new Map<string, number>();
      for (const day of days) {
        const pages = readPages(
          (page) => store.connections(shard, day, { ...page, order: 'member' }),
          signal,
        );
        for await (const rows of pages) {
          for (const { source, score } of rows) {
            const name = networkOf(source);
            scores.set(name, (scores.get(name) ?? 0) + score);
          }
        }
      }
      links.push({
        account: shard.accountId,
        sources: [...scores].map(([source, score]) => ({ source, score })),
      });
    }
    const names = new Map(known.accounts.map(({ id, name }) => [id, name ?? id]));
    const whole = accountGraph(links, names);
    const edges = whole.edges.slice(0, input.edges ?? DEFAULT_EDGES);
    const present = new Set(edges.flatMap(({ from, to }) => [from, to]));
    const graph = { nodes: whole.nodes.filter(({ id }) => present.has(id)), edges };
    const layout = layoutCircle(graph);
    const byId = new Map(layout.nodes.map((node) => [node.id, node]));
    const value = {
      ...layout,
      edges: edges.map((edge) => ({ ...edge, path: edgePath(byId.get(edge.from)!, byId.get(edge.to)!) })),
      omitted: whole.edges.length - edges.length,
    };
    return { kind: 'json', value, version };
  },
});

/** An account, a named network, or the rest of the internet: `<host>/<ip>` and bare addresses. */
function networkOf(source: string): string {
  return accountOf(source) ?? (/(^|\/)[0-9a-f:]*[.:][0-9a-f.:]+$/i.test(source) ? INTERNET : source);
}
