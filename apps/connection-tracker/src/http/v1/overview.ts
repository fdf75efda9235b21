import { z } from 'zod';
import { knownShards } from '../known-shards.js';
import { defineRoute, type Route } from '../route.js';
import { noParams } from '../schemas.js';
import { storeVersion } from '../store-version.js';
import { rangeOf, rangeShape, shardShape, shardsOf } from './range.js';

const daySchema = z.object({ day: z.string(), connections: z.int(), records: z.number() });

export const overviewRoute: Route = defineRoute({
  path: '/v1/overview',
  operationId: 'get_overview',
  summary: 'Accounts and regions with their totals by day, and how far each has been read',
  tag: 'v1',
  params: noParams,
  query: z.strictObject({ ...rangeShape, ...shardShape }),
  answer: z.object({
    now: z.string(),
    store: z.string(),
    all_days: z.array(z.string()),
    days: z.array(daySchema),
    shards: z.array(
      z.object({
        account_id: z.string(),
        account_name: z.string().nullable(),
        region: z.string(),
        lag_seconds: z.number().nullable(),
        connections: z.int(),
        records: z.number(),
      }),
    ),
  }),
  handle: async ({ input, store, now }) => {
    const known = await knownShards(store);
    const { from, to } = rangeOf(input, now());
    const names = new Map(known.accounts.map(({ id, name }) => [id, name ?? null]));
    const lags = new Map(
      known.statuses.map(({ shard, checkpoint }) => [
        `${shard.accountId}/${shard.region}`,
        checkpoint?.readUntilMs,
      ]),
    );
    const days = new Map<string, { connections: number; records: number }>();
    const allDays = new Set<string>();
    const shards = [];
    for (const shard of shardsOf(known, input)) {
      let connections = 0;
      let records = 0;
      for (const total of await store.days(shard)) {
        allDays.add(total.day);
        if (total.day < from || total.day > to) continue;
        connections += total.connections;
        records += total.records;
        const day = days.get(total.day) ?? { connections: 0, records: 0 };
        days.set(total.day, {
          connections: day.connections + total.connections,
          records: day.records + total.records,
        });
      }
      const readUntilMs = lags.get(`${shard.accountId}/${shard.region}`);
      shards.push({
        account_id: shard.accountId,
        account_name: names.get(shard.accountId) ?? null,
        region: shard.region,
        lag_seconds: readUntilMs === undefined ? null : Math.max(0, now() - readUntilMs) / 1_000,
        connections,
        records,
      });
    }
    const value = {
      now: new Date(now()).toISOString(),
      store: store.kind,
      all_days: [...allDays].sort(),
      days: [...days.keys()].sort().map((day) => ({ day, ...days.get(day)! })),
      shards,
    };
    return {
      kind: 'json',
      value,
      version: `${storeVersion(known.statuses, now())}-${Math.floor(now() / 1_000)}`,
    };
  },
});
