import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { ConnectionDelta, Shard } from '../../src/model/index.js';
import type { CommitBatch, Store, StoreEvent } from '../../src/store/index.js';

export const shard: Shard = { accountId: '123456789012', region: 'eu-west-1' };
export const other: Shard = { accountId: '210987654321', region: 'eu-central-1' };
export const DAY = '2026-01-01';
export const T0 = Date.UTC(2026, 0, 1, 12);

export function delta(source: string, count = 1, more: Partial<ConnectionDelta> = {}): ConnectionDelta {
  return {
    source,
    dest: 'web.elb.amazonaws.com',
    destPort: 443,
    day: DAY,
    count,
    firstMs: T0,
    lastMs: T0,
    decidedBy: { syn: count },
    example: `${source} -> web`,
    ...more,
  };
}

export function batch(
  previous: string,
  deltas: readonly ConnectionDelta[],
  more: Partial<CommitBatch> = {},
): CommitBatch {
  return { shard, fence: 1, batchId: randomUUID(), previous, deltas, seen: [], ...more };
}

/** A store, and the same opened again as after a restart. */
export interface StoreUnderTest {
  readonly store: Store;
  reopen(): Promise<Store>;
  close(): Promise<void>;
}

/** What every store must do. */
export function contractSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.close());

    const all = { limit: 1_000 };
    const scores = async (from: Store = store, of: Shard = shard, day = DAY): Promise<string[]> =>
      (await from.connections(of, day, { ...all, order: 'score' })).items.map(
        ({ source, dest, destPort, score }) => `${source}->${dest}:${destPort} ${score}`,
      );

    test('a shard that nobody wrote to is empty, and no error', async () => {
      expect(await store.loadShard(shard)).toEqual({ version: '', checkpoint: undefined, seen: [] });
      expect(await store.shards()).toEqual([]);
      expect(await store.days(shard)).toEqual([]);
      expect(await scores()).toEqual([]);
      expect(await store.accounts()).toEqual([]);
      expect((await store.distinctSources(shard, { from: DAY, to: DAY })).count).toBe(0);
      expect(await store.evidence(shard, [{ source: 'a', dest: 'b', destPort: 1 }])).toEqual([undefined]);
    });

    test('a batch adds up; given again it is repeated; on another state it conflicts', async () => {
      const first = batch('', [delta('a', 2), delta('b')]);
      expect(await store.commit(first)).toEqual({ status: 'committed' });
      expect(await store.commit(first)).toEqual({ status: 'repeated' });
      expect(await store.commit(batch('', [delta('a')]))).toEqual({ status: 'conflict' });
      expect(await store.commit(batch(first.batchId, [delta('a')]))).toEqual({ status: 'committed' });
      expect(await scores()).toEqual(['a->web.elb.amazonaws.com:443 3', 'b->web.elb.amazonaws.com:443 1']);
      expect(await store.days(shard)).toEqual([{ day: DAY, connections: 2, records: 4 }]);
    });

    test('checkpoint and fingerprints move with the counts, and survive a restart', async () => {
      const prints = (byte: number): Uint8Array => new Uint8Array(24).fill(byte);
      const first = batch('', [delta('a')], { seen: [{ minute: 5, fingerprints: prints(1) }] });
      await store.commit(first);
      const second = batch(first.batchId, [], {
        seen: [
          { minute: 5, fingerprints: prints(2) },
          { minute: 7, fingerprints: prints(3) },
        ],
        checkpoint: { cursor: '{"at":1}', readUntilMs: T0 },
      });
      await store.commit(second);
      const state = await (await under.reopen()).loadShard(shard);
      expect(state.version).toBe(second.batchId);
      expect(state.checkpoint).toEqual({ cursor: '{"at":1}', readUntilMs: T0 });
      expect(state.seen.map(({ minute, fingerprints }) => [minute, fingerprints.length])).toEqual([
        [5, 48],
        [7, 24],
      ]);
    });

    test('fingerprints of minutes that are over are forgotten', async () => {
      const first = batch('', [], {
        seen: [5, 6, 7].map((minute) => ({ minute, fingerprints: new Uint8Array(12) })),
      });
      await store.commit(first);
      await store.commit(batch(first.batchId, [], { forgetSeenBefore: 7 }));
      expect((await store.loadShard(shard)).seen.map(({ minute }) => minute)).toEqual([7]);
    });

    test('a lease keeps others out, ends by itself, and its fence only grows', async () => {
      const held = await store.acquireLease(shard, 'one', 60_000);
      expect(held).toMatchObject({ owner: 'one' });
      expect(await store.acquireLease(shard, 'two', 60_000)).toBeUndefined();
      expect(await store.renewLease(held!, 60_000)).toBe(true);
      await store.releaseLease(held!);
      const next = await store.acquireLease(shard, 'two', 60_000);
      expect(next!.fence).toBeGreaterThan(held!.fence);
      expect(await store.renewLease(held!, 60_000)).toBe(false);
      expect(await store.commit(batch('', [delta('a')], { fence: held!.fence }))).toEqual({
        status: 'fenced',
      });
      expect(await store.commit(batch('', [delta('a')], { fence: next!.fence }))).toEqual({
        status: 'committed',
      });
      expect((await store.shards())[0]).toMatchObject({ owner: 'two' });
    });

    test('replicas that are alive are known by name', async () => {
      await store.announceReplica('b', 60_000);
      expect(await store.announceReplica('a', 60_000)).toEqual(['a', 'b']);
      await store.removeReplica('b');
      expect(await store.announceReplica('a', 60_000)).toEqual(['a']);
    });

    test('pages: every item once, in order, whatever the size of a page', async () => {
      const deltas = Array.from({ length: 25 }, (_, index) =>
        delta(`s${index % 7}-${index}`, 1 + (index % 3)),
      );
      await store.commit(batch('', deltas));
      for (const order of ['score', 'member'] as const) {
        const whole = (await store.connections(shard, DAY, { ...all, order })).items;
        expect(whole).toHaveLength(25);
        const paged = [];
        let cursor: string | undefined;
        do {
          const page = await store.connections(shard, DAY, { limit: 4, cursor, order });
          paged.push(...page.items);
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(whole);
      }
      const ranked = (await store.connections(shard, DAY, { ...all, order: 'score' })).items;
      const keys = ranked.map(({ score, source }) => [score, source] as const);
      const sorted = [...keys].sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1));
      expect(keys).toEqual(sorted);
    });

    test('endpoints, their sources over days, and where a source was', async () => {
      const next = '2026-01-02';
      await store.commit(
        batch('', [
          delta('a', 3),
          delta('b', 1),
          delta('a', 2, { day: next, firstMs: T0 + 1, lastMs: T0 + 5 }),
          delta('a', 9, { dest: 'db', destPort: 5432 }),
        ]),
      );
      expect((await store.endpoints(shard, DAY, all)).items).toEqual([
        { dest: 'db', destPort: 5432, records: 9, sources: 1 },
        { dest: 'web.elb.amazonaws.com', destPort: 443, records: 4, sources: 2 },
      ]);
      const web = { dest: 'web.elb.amazonaws.com', destPort: 443 };
      const range = { from: DAY, to: next };
      expect((await store.sourcesOf(shard, web, range, all)).items).toEqual([
        { source: 'a', days: { [DAY]: 3, [next]: 2 }, firstMs: T0, lastMs: T0 + 5 },
        { source: 'b', days: { [DAY]: 1 }, firstMs: T0, lastMs: T0 },
      ]);
      expect(
        (await store.endpointsOf(shard, 'a', range, all)).items.map(({ dest, days }) => [dest, days]),
      ).toEqual([
        ['db', { [DAY]: 9 }],
        ['web.elb.amazonaws.com', { [DAY]: 3, [next]: 2 }],
      ]);
      expect((await store.distinctSources(shard, range)).count).toBe(2);
      expect((await store.distinctSources(shard, range, { dest: 'db', destPort: 5432 })).count).toBe(1);
      const one = await store.sourcesOf(shard, web, range, { limit: 1 });
      expect(
        (await store.sourcesOf(shard, web, range, { limit: 1, cursor: one.cursor })).items.map(
          ({ source }) => source,
        ),
      ).toEqual(['b']);
    });

    test('evidence adds up over days, and the first time moves back when something late comes', async () => {
      const first = batch('', [delta('a', 2)]);
      await store.commit(first);
      const late = delta('a', 1, { firstMs: T0 - 500, lastMs: T0 - 500, decidedBy: { ports: 1 } });
      await store.commit(batch(first.batchId, [late, delta('b', 1, { firstMs: T0 + 10, lastMs: T0 + 10 })]));
      const key = { source: 'a', dest: 'web.elb.amazonaws.com', destPort: 443 };
      expect(await store.evidence(shard, [key, { ...key, source: 'x' }])).toEqual([
        { firstMs: T0 - 500, lastMs: T0, decidedBy: { syn: 2, ports: 1 }, example: 'a -> web' },
        undefined,
      ]);
      const span = { fromMs: T0 - 1_000, toMs: T0 + 1_000 };
      const { items } = await store.firstSeen(shard, span, all);
      expect(items.map(({ source, firstMs }) => [source, firstMs])).toEqual([
        ['a', T0 - 500],
        ['b', T0 + 10],
      ]);
      expect((await store.firstSeen(shard, { fromMs: T0, toMs: T0 + 10 }, all)).items).toEqual([]);
    });

    test('hostile names are kept as they are', async () => {
      const names = ['a->b:1', '<script>', 'x:y:9', 'line\nbreak', '%3E', 'ünïcode', ''];
      await store.commit(
        batch(
          '',
          names.map((name) => delta(name, 1, { dest: `${name}!`, destPort: 7 })),
        ),
      );
      const { items } = await store.connections(shard, DAY, { ...all, order: 'member' });
      expect(items.map(({ source }) => source).sort()).toEqual([...names].sort());
      expect(items.every(({ source, dest, destPort }) => dest === `${source}!` && destPort === 7)).toBe(true);
    });

    test('days that are over go, with connections that were not seen since', async () => {
      const later = '2026-02-01';
      const lateMs = Date.UTC(2026, 1, 1, 1);
      await store.commit(
        batch('', [
          delta('old'),
          delta('both'),
          delta('both', 1, { day: later, firstMs: lateMs, lastMs: lateMs }),
        ]),
      );
      expect(await store.deleteBefore(later)).toMatchObject({ days: 1 });
      expect((await store.days(shard)).map(({ day }) => day)).toEqual([later]);
      expect(await scores()).toEqual([]);
      const key = { dest: 'web.elb.amazonaws.com', destPort: 443 };
      const [old, both] = await store.evidence(shard, [
        { source: 'old', ...key },
        { source: 'both', ...key },
      ]);
      expect(old).toBeUndefined();
      expect(both).toMatchObject({ lastMs: lateMs });
    });

    test('accounts are kept whole', async () => {
      const account = {
        id: '1',
        name: 'foo',
        domain: 'foo.example.org',
        regions: ['eu-west-1'],
        attributes: { id: '1', name: 'foo', x: [1] },
      };
      await store.putAccounts([account]);
      expect(await store.accounts()).toEqual([account]);
    });

    test('events tell of commits, from now on and after one that is known', async () => {
      const abort = new AbortController();
      const seen: StoreEvent[] = [];
      const watching = (async () => {
        for await (const event of store.events({ signal: abort.signal })) {
          seen.push(event);
          if (seen.length === 2) abort.abort();
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const first = batch('', [delta('a'), delta('b', 5)]);
      await store.commit(first);
      await store.commit(batch(first.batchId, [delta('a')]));
      await watching;
      expect(seen[0]!.changes.map(({ source, count, isNew }) => [source, count, isNew])).toEqual([
        ['b', 5, true],
        ['a', 1, true],
      ]);
      expect(seen[1]!.changes).toMatchObject([{ source: 'a', score: 2, isNew: false }]);
      const again = new AbortController();
      for await (const event of store.events({ after: seen[0]!.id, signal: again.signal })) {
        expect(event.id).toBe(seen[1]!.id);
        break;
      }
    });

    test('a batch beyond the limits is refused and changes nothing', async () => {
      const many = Array.from({ length: store.limits.deltas + 1 }, (_, index) => delta(`s${index}`));
      await expect(store.commit(batch('', many))).rejects.toMatchObject({ code: 'NET_TRACKER_STORE' });
      expect(await scores()).toEqual([]);
    });

    test('random batches, some given again, some on another state: the sums are those of a model', async () => {
      const commits = fc.array(
        fc.record({
          deltas: fc.array(
            fc.record({
              source: fc.constantFrom('a', 'b', 'c->d', 'e:1'),
              day: fc.constantFrom(DAY, '2026-01-02'),
              count: fc.integer({ min: 1, max: 5 }),
            }),
            { maxLength: 6 },
          ),
          again: fc.boolean(),
          stale: fc.boolean(),
          isOther: fc.boolean(),
        }),
        { maxLength: 8 },
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(commits, async (list) => {
          run += 1;
          const shards = [shard, other].map((each) => ({ ...each, region: `${each.region}-${run}` }));
          const model = new Map<string, number>();
          const versions = new Map<Shard, string>(shards.map((each) => [each, '']));
          for (const { deltas, again, stale, isOther } of list) {
            const at = shards[isOther ? 1 : 0]!;
            const grouped = new Map<string, ConnectionDelta>();
            for (const { source, day, count } of deltas) {
              const key = `${source} ${day}`;
              grouped.set(key, delta(source, (grouped.get(key)?.count ?? 0) + count, { day }));
            }
            const given = { ...batch(stale ? 'none' : versions.get(at)!, [...grouped.values()]), shard: at };
            const { status } = await store.commit(given);
            expect(status).toBe(stale ? 'conflict' : 'committed');
            if (stale) continue;
            if (again) expect((await store.commit(given)).status).toBe('repeated');
            versions.set(at, given.batchId);
            for (const each of given.deltas) {
              const key = `${at.region} ${each.day} ${each.source}`;
              model.set(key, (model.get(key) ?? 0) + each.count);
            }
          }
          const found = new Map<string, number>();
          for (const at of shards)
            for (const { day, connections, records } of await store.days(at)) {
              const { items } = await store.connections(at, day, { ...all, order: 'score' });
              expect(items).toHaveLength(connections);
              expect(items.reduce((sum, { score }) => sum + score, 0)).toBe(records);
              for (const { source, score } of items) found.set(`${at.region} ${day} ${source}`, score);
            }
          expect(found).toEqual(model);
        }),
        propertyOptions(40),
      );
    });
  });
}
