import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type RedisServer, runProcess, startRedisServer, suite } from '@net/testing';
import { openRedisStore } from '../../../src/store/redis/index.js';
import type { Store } from '../../../src/store/index.js';
import { batch, DAY, delta, shard, T0 } from '../contract-suite.js';

const range = { from: DAY, to: DAY };
const web = { dest: 'web.elb.amazonaws.com', destPort: 443 };

suite('the Redis store in detail', ['redis-server', { command: 'redis-cli', install: 'redis-tools' }], () => {
  let server: RedisServer;
  let store: Store;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await tell('FLUSHALL');
    store = await openRedisStore({ kind: 'redis', url: server.url });
  });
  afterEach(() => store.close());

  async function tell(...command: string[]): Promise<string> {
    return (await runProcess('redis-cli', ['-p', String(server.port), ...command])).stdout.trim();
  }

  test('sums keep every digit', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    const first = batch('', [
      delta('a', most - 11, { firstMs: 1_767_225_600_123, lastMs: 1_767_225_600_987 }),
    ]);
    await store.commit(first);
    const second = batch(first.batchId, [delta('a', 4), delta('b', 7)]);
    await store.commit(second);
    expect(await store.days(shard)).toEqual([{ day: DAY, connections: 2, records: most }]);
    expect((await store.endpoints(shard, DAY, { limit: 5 })).items[0]!.records).toBe(most);
    expect((await store.connections(shard, DAY, { limit: 1, order: 'score' })).items[0]!.score).toBe(
      most - 7,
    );
    expect(await store.evidence(shard, [{ source: 'a', ...web }])).toEqual([
      {
        firstMs: 1_767_225_600_123,
        lastMs: T0,
        decidedBy: { syn: most - 7 },
        example: 'a -> web',
      },
    ]);
  });

  test('a commit as large as the limits, and what the store says of so many', async () => {
    const many = (from: number) =>
      Array.from({ length: store.limits.deltas }, (_, index) =>
        delta(`host-${from + index}`, 1, { dest: `d${(from + index) % 900}` }),
      );
    const fingerprints = new Uint8Array(12 * store.limits.seenIds).map((_, index) => index % 251);
    let previous = '';
    for (let part = 0; part < 6; part++) {
      const next = batch(previous, many(part * store.limits.deltas), {
        seen: [{ minute: part, fingerprints }],
      });
      expect((await store.commit(next)).status).toBe('committed');
      previous = next.batchId;
    }
    const state = await store.loadShard(shard);
    expect(state.seen).toHaveLength(6);
    expect(Buffer.compare(state.seen[3]!.fingerprints, fingerprints)).toBe(0);
    const distinct = await store.distinctSources(shard, range);
    expect(distinct.isExact).toBe(false);
    expect(distinct.count).toBeGreaterThan(12_000 * 0.95);
    expect(distinct.count).toBeLessThan(12_000 * 1.05);
    expect(await store.distinctSources(shard, range, { dest: 'd1', destPort: 443 })).toEqual({
      count: 14,
      isExact: true,
    });
    // More endpoints than one step deletes.
    expect(await store.deleteBefore('2026-01-02')).toEqual({ days: 1, connections: 12_000 });
    expect(await store.days(shard)).toEqual([]);
    expect((await store.firstSeen(shard, { fromMs: 0, toMs: T0 * 2 }, { limit: 1 })).items).toEqual([]);
    const left = (await tell('KEYS', '*')).split('\n').sort();
    expect(left).toEqual([
      `tracker:${shard.accountId}:${shard.region}:seen`,
      `tracker:${shard.accountId}:${shard.region}:state`,
      'tracker:events',
      'tracker:shards',
    ]);
  });

  test('an estimate over days counts a source once', async () => {
    let previous = '';
    for (const day of [DAY, '2026-01-02', '2026-01-03'])
      for (let part = 0; part < 2; part++) {
        const deltas = Array.from({ length: 1_900 }, (_, index) =>
          delta(`host-${part * 1_900 + index}`, 1, { day }),
        );
        const next = batch(previous, deltas);
        await store.commit(next);
        previous = next.batchId;
      }
    for (const endpoint of [undefined, web]) {
      const { count, isExact } = await store.distinctSources(
        shard,
        { from: DAY, to: '2026-01-03' },
        endpoint,
      );
      expect(isExact).toBe(false);
      expect(Math.abs(count - 3_800)).toBeLessThan(3_800 * 0.05);
    }
    expect(await store.distinctSources(shard, range, web)).toEqual({ count: 3_800, isExact: true });
  });

  test('deleting stops when it is told to, and goes on later', async () => {
    await store.commit(batch('', [delta('a'), delta('b')]));
    await expect(store.deleteBefore('2026-01-02', AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
    expect(await store.days(shard)).toHaveLength(1);
    expect(await store.deleteBefore('2026-01-02')).toEqual({ days: 1, connections: 2 });
  });

  test('a fence is greater than all before even when the server has lost everything', async () => {
    const held = await store.acquireLease(shard, 'one', 60_000);
    await tell('FLUSHALL');
    const next = await store.acquireLease(shard, 'two', 60_000);
    expect(next!.fence).toBeGreaterThan(held!.fence);
    expect((await store.commit(batch('', [delta('a')], { fence: held!.fence }))).status).toBe('fenced');
    expect(await store.renewLease(held!, 1_000)).toBe(false);
  });

  test('leases and replicas end by the clock of the server', async () => {
    await store.announceReplica('a', 1);
    const held = await store.acquireLease(shard, 'one', 2);
    const next = await (async () => {
      for (;;) {
        const lease = await store.acquireLease(shard, 'two', 60_000);
        if (lease !== undefined) return lease;
      }
    })();
    expect(next.fence).toBeGreaterThan(held!.fence);
    expect(await store.announceReplica('b', 60_000)).toEqual(['b']);
  });

  test('a page goes on after a connection that has moved or is gone', async () => {
    const sources = Array.from({ length: 9 }, (_, index) => `s${index}`);
    const first = batch(
      '',
      sources.map((source) => delta(source, 5)),
    );
    await store.commit(first);
    const page = { limit: 4, order: 'score' } as const;
    const one = await store.connections(shard, DAY, page);
    expect(one.items.map(({ source }) => source)).toEqual(['s8', 's7', 's6', 's5']);
    // The last of the page gains, and a page later everything below it is still there.
    await store.commit(batch(first.batchId, [delta('s5', 10)]));
    const two = await store.connections(shard, DAY, { ...page, cursor: one.cursor });
    expect(two.items.map(({ source }) => source)).toEqual(['s4', 's3', 's2', 's1']);
    for (const cursor of ['none', '{}', '[1]', '[null,"a"]'])
      expect((await store.connections(shard, DAY, { ...page, cursor })).items[0]!.source).toBe('s5');
  });

  test('a batch that cannot be counted is refused and changes nothing', async () => {
    for (const wrong of [
      batch('', [delta('a', 0)]),
      batch('', [delta('a', 1.5)]),
      batch('', [delta('a', 1, { day: '2026-02-30' })]),
      batch('', [delta('a', 1, { firstMs: Number.NaN })]),
      { ...batch('', [delta('a')]), batchId: '' },
    ])
      await expect(store.commit(wrong)).rejects.toMatchObject({ code: 'NET_TRACKER_STORE' });
    expect(await tell('DBSIZE')).toBe('0');
  });

  test('events of a store are capped', async () => {
    let previous = '';
    for (let count = 0; count < 2_300; count++) {
      const next = batch(previous, [delta('a')]);
      await store.commit(next);
      previous = next.batchId;
    }
    expect(Number(await tell('XLEN', 'tracker:events'))).toBeLessThan(2_200);
  });

  test('a server that deletes keys when it is full is warned of', async () => {
    const events: string[] = [];
    const note = (event: string): void => void events.push(event);
    const log = { debug: note, info: note, warn: note, error: note, child: () => log, isEnabled: () => true };
    await tell('CONFIG', 'SET', 'maxmemory', '1gb');
    await tell('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const warned = await openRedisStore({ kind: 'redis', url: server.url, log });
    await warned.close();
    expect(events).toEqual(['store.evicts']);
  });
});
