import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { propertyOptions, type RedisServer, startRedisServer, suite } from '@net/testing';
import fc from 'fast-check';
import { createClient } from 'redis';
import { timeText } from '../../../src/store/redis/scripts/time-text.js';
import { openRedisStore } from '../../../src/store/redis/index.js';
import type { Store } from '../../../src/store/index.js';
import { batch, DAY, delta, shard, T0 } from '../contract-suite.js';

const all = { limit: 10_000 };
const name = `${shard.accountId}:${shard.region}`;
const dayKey = (day: string): string => `connections:inbound:${name}:${day}`;

function connect(url: string) {
  return createClient({ url });
}

suite('a database of the original', ['redis-server'], () => {
  let server: RedisServer;
  let store: Store;
  let raw: ReturnType<typeof connect>;
  beforeAll(async () => {
    server = await startRedisServer();
    raw = connect(server.url);
    await raw.connect();
  });
  afterAll(async () => {
    raw.destroy();
    await server.stop();
  });
  beforeEach(async () => {
    await raw.flushAll();
  });
  afterEach(() => store.close());
  const open = async (): Promise<void> => {
    store = await openRedisStore({ kind: 'redis', url: server.url });
  };

  test('what it left is read as if it were ours', async () => {
    await raw.zAdd(dayKey(DAY), [
      { value: 'ec2-1.compute.amazonaws.com/198.51.100.1->web:443', score: 7 },
      { value: '123456789012/eu-west-1/foo->web:443', score: 3 },
      { value: '123456789012/eu-west-1/foo->db/10.0.0.1:5432', score: 2 },
    ]);
    await raw.zAdd(dayKey('2025-12-31'), [{ value: 'x->web:443', score: 1 }]);
    await raw.set(`accounts:${name}:last_update`, '2026-01-01T12:00:00.000001Z');
    await raw.set('accounts:999:eu-central-1:last_update', '2026-01-01T12:00:00Z');
    const item = {
      id: '123456789012',
      name: 'foo',
      type: 'aws',
      domain: 'foo.example.org',
      regions: ['eu-west-1'],
    };
    await raw.set('accounts:123456789012', JSON.stringify(item));
    await raw.set('accounts:1', 'no JSON');
    await raw.set('connections:inbound:other', 'x');
    await raw.zAdd(dayKey('no-day'), [{ value: 'x->web:443', score: 1 }]);
    await open();
    expect(await store.shards()).toEqual([
      {
        shard,
        checkpoint: undefined,
        committedAtMs: undefined,
        lastUpdate: '2026-01-01T12:00:00.000001Z',
        owner: undefined,
      },
      expect.objectContaining({ shard: { accountId: '999', region: 'eu-central-1' } }),
    ]);
    expect(await store.accounts()).toEqual([
      {
        id: '123456789012',
        name: 'foo',
        domain: 'foo.example.org',
        regions: ['eu-west-1'],
        attributes: { type: 'aws' },
      },
    ]);
    expect(await store.days(shard)).toEqual([
      { day: '2025-12-31', connections: 1, records: 1 },
      { day: DAY, connections: 3, records: 12 },
    ]);
    const byScore = (await store.connections(shard, DAY, { ...all, order: 'score' })).items;
    expect(byScore.map(({ score }) => score)).toEqual([7, 3, 2]);
    const byMember = (await store.connections(shard, DAY, { ...all, order: 'member' })).items;
    expect(byMember.map(({ dest }) => dest)).toEqual(['db/10.0.0.1', 'web', 'web']);
    expect((await store.endpoints(shard, DAY, all)).items).toEqual([
      { dest: 'web', destPort: 443, records: 10, sources: 2 },
      { dest: 'db/10.0.0.1', destPort: 5432, records: 2, sources: 1 },
    ]);
    const range = { from: '2025-12-31', to: DAY };
    expect((await store.sourcesOf(shard, { dest: 'web', destPort: 443 }, range, all)).items).toEqual([
      { source: '123456789012/eu-west-1/foo', days: { [DAY]: 3 }, firstMs: undefined, lastMs: undefined },
      expect.objectContaining({ source: 'ec2-1.compute.amazonaws.com/198.51.100.1' }),
      expect.objectContaining({ source: 'x', days: { '2025-12-31': 1 } }),
    ]);
    expect((await store.endpointsOf(shard, '123456789012/eu-west-1/foo', range, all)).items).toHaveLength(2);
    expect(await store.distinctSources(shard, range)).toEqual({ count: 3, isExact: true });
    expect(await store.evidence(shard, [{ source: 'x', dest: 'web', destPort: 443 }])).toEqual([undefined]);
    expect(await store.deleteBefore(DAY)).toEqual({ days: 1, connections: 1 });
    expect(await raw.exists(dayKey('2025-12-31'))).toBe(0);
  });

  test('a day that it began and we go on with adds up, whatever is read in between', async () => {
    const members = fc.array(
      fc.record({
        source: fc.constantFrom('a', 'b', 'c', 'd'),
        port: fc.constantFrom(1, 2),
        score: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 8 },
    );
    const steps = fc.array(
      fc.oneof(
        fc.record({ commit: fc.uniqueArray(fc.constantFrom('a', 'b', 'e'), { maxLength: 3 }) }),
        fc.record({ read: fc.constantFrom('days', 'endpoints', 'members') }),
      ),
      { maxLength: 6 },
    );
    await open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(members, steps, async (left, list) => {
        run += 1;
        const at = { accountId: String(run), region: 'eu-west-1' };
        const model = new Map<string, number>();
        for (const { source, port, score } of left) model.set(`${source}->web:${port}`, score);
        if (model.size > 0)
          await raw.zAdd(
            `connections:inbound:${run}:eu-west-1:${DAY}`,
            [...model].map(([value, score]) => ({ value, score })),
          );
        // Opened anew, as the original's keys are looked for once a minute.
        await store.close();
        await open();
        let previous = '';
        for (const step of list) {
          if ('commit' in step) {
            const next = batch(
              previous,
              step.commit.map((source) => delta(source, 2, { dest: 'web', destPort: 1 })),
            );
            expect(await store.commit({ ...next, shard: at })).toEqual({ status: 'committed' });
            previous = next.batchId;
            for (const source of step.commit) {
              const member = `${source}->web:1`;
              model.set(member, (model.get(member) ?? 0) + 2);
            }
          } else if (step.read === 'days') await store.days(at);
          else if (step.read === 'endpoints') await store.endpoints(at, DAY, all);
          else await store.connections(at, DAY, { ...all, order: 'member' });
        }
        const records = [...model.values()].reduce((sum, score) => sum + score, 0);
        expect(await store.days(at)).toEqual(
          model.size === 0 ? [] : [{ day: DAY, connections: model.size, records }],
        );
        const { items } = await store.connections(at, DAY, { ...all, order: 'member' });
        expect(
          new Map(items.map(({ source, destPort, score }) => [`${source}->web:${destPort}`, score])),
        ).toEqual(model);
        const endpoints = (await store.endpoints(at, DAY, all)).items;
        expect(endpoints.reduce((sum, each) => sum + each.records, 0)).toBe(records);
        expect(endpoints.reduce((sum, each) => sum + each.sources, 0)).toBe(model.size);
      }),
      propertyOptions(25),
    );
  });

  test('what we write it can read: its keys, its members, its times', async () => {
    await open();
    await store.commit(
      batch('', [delta('10.0.0.1', 3), delta('s->t', 1)], { checkpoint: { cursor: 'x', readUntilMs: T0 } }),
    );
    await store.putAccounts([
      {
        id: '1',
        name: 'foo',
        domain: 'foo.example.org',
        regions: ['eu-west-1'],
        attributes: { type: 'aws' },
      },
    ]);
    expect(await raw.zRangeWithScores(dayKey(DAY), 0, -1)).toEqual([
      { value: 's-%3Et->web.elb.amazonaws.com:443', score: 1 },
      { value: '10.0.0.1->web.elb.amazonaws.com:443', score: 3 },
    ]);
    const lastUpdate = await raw.get(`accounts:${name}:last_update`);
    expect(lastUpdate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const [status] = await store.shards();
    expect(status!.lastUpdate).toBe(lastUpdate);
    expect(Math.abs(Date.parse(lastUpdate!.replace(/\d{3}Z$/, 'Z')) - status!.committedAtMs!)).toBeLessThan(
      2,
    );
    expect(JSON.parse((await raw.get('accounts:1'))!)).toEqual({
      id: '1',
      name: 'foo',
      domain: 'foo.example.org',
      regions: ['eu-west-1'],
      type: 'aws',
    });
    const others = (await raw.keys('*')).filter((key) => !key.startsWith('tracker:'));
    expect(others.sort()).toEqual(['accounts:1', `accounts:${name}:last_update`, dayKey(DAY)].sort());
  });

  test('times are written as the calendar has them', async () => {
    await open();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 253_402_300_799 }), async (seconds) => {
        const text = await raw.eval(`${timeText} return time_text(tonumber(ARGV[1]), tonumber(ARGV[2]))`, {
          arguments: [String(seconds), '45'],
        });
        expect(text).toBe(new Date(seconds * 1_000).toISOString().replace('.000Z', '.000045Z'));
      }),
      propertyOptions(200),
    );
  });
});
