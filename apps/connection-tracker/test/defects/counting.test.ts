import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import { type ConnectionDelta, shardKey } from '../../src/model/index.js';
import { createCommit } from '../../src/store/embedded/commit.js';
import { open } from 'lmdb';
import type { Store } from '../../src/store/index.js';
import { type AccountWorld, createAccountWorld, GROUP, MINUTE, plainNames, shard } from './account-world.js';

const NOON = Date.UTC(2026, 2, 10, 12);
const MIDNIGHT = Date.UTC(2026, 2, 11);
let world: AccountWorld;
beforeEach(async () => {
  world = await createAccountWorld(NOON);
});
afterEach(() => world.close());

const delta = (source: string, day = '2026-03-10', count = 1): ConnectionDelta => ({
  day,
  source,
  dest: world.web.label,
  destPort: 443,
  count,
  firstMs: NOON,
  lastMs: NOON,
  decidedBy: { ports: count },
  example: '',
});

describe('defects of the original tracker, counting:', () => {
  test('defect 1: an event that arrives after a pass, older than that pass, is counted once', async () => {
    const lease = await world.lease();
    const reader = world.reader();
    await world.arrive(NOON - MINUTE, '93.184.7.1');
    await reader.pass(lease);
    const passedAtMs = world.clock.now();
    world.clock.advance(6 * MINUTE);
    // Its window began before the pass; delivery took five minutes more.
    await world.arrive(NOON - 30_000, '93.184.7.2');
    const sinceThePass = await world.logs.filterLogEvents({ logGroupName: GROUP, startTime: passedAtMs });
    expect(sinceThePass.events).toEqual([]);
    for (let pass = 0; pass < 3; pass++) {
      await reader.pass(lease);
      world.clock.advance(MINUTE);
    }
    expect(await world.counts()).toEqual({
      '2026-03-10 93.184.7.1 443': 1,
      '2026-03-10 93.184.7.2 443': 1,
    });
  });

  const ids = async (): Promise<number> =>
    (await world.store.loadShard(shard)).seen.reduce(
      (sum, { fingerprints }) => sum + fingerprints.length / 12,
      0,
    );

  test('defect 2: death before or after any of the commits of a pass loses nothing and counts nothing twice', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let nth = 1; nth <= 3; nth++) {
        const source = `93.184.7.${nth + (when === 'after' ? 100 : 0)}`;
        const key = `2026-03-10 ${source} 443`;
        const lease = await world.lease();
        await world.arrive(world.clock.now() - MINUTE, source);
        let commits = 0;
        const dying: Store = {
          ...world.store,
          commit: async (batch) => {
            commits += 1;
            if (commits === nth && when === 'before') throw new Error('died');
            const result = await world.store.commit(batch);
            if (commits === nth) throw new Error('died');
            return result;
          },
        };
        const idsBefore = await ids();
        await world
          .reader({ store: dying })
          .pass(lease)
          .catch((error: Error) => expect(error.message).toBe('died'));
        // Nothing says that the event was read before it is counted.
        const isCounted = (await world.counts())[key] === 1;
        expect((await ids()) - idsBefore).toBe(isCounted ? 1 : 0);
        await world.reader().pass(lease);
        await world.reader().pass(lease);
        expect((await world.counts())[key]).toBe(1);
      }
    }
    expect(Object.values(await world.counts())).toEqual(Array<number>(6).fill(1));
  });

  test('defect 3: two writers of the same connection lose no update', async () => {
    const { fence } = await world.lease();
    const write = async (): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        for (;;) {
          const { version } = await world.store.loadShard(shard);
          const { status } = await world.store.commit({
            shard,
            fence,
            batchId: randomUUID(),
            previous: version,
            deltas: [delta('93.184.7.9')],
            seen: [],
          });
          if (status === 'committed') break;
          expect(status).toBe('conflict');
        }
      }
    };
    await Promise.all([write(), write()]);
    expect(await world.counts()).toEqual({ '2026-03-10 93.184.7.9 443': 80 });
  });

  test('defect 3: a commit touches as many keys on a day of 20,000 connections as on one of 20', async () => {
    const root = open({ path: `${temporaryDirectory('defects')}/counted.lmdb`, noSync: true });
    let touched = 0;
    const counting = new Proxy(root, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]): unknown => {
          if (/^(get|put|remove)/.test(String(name))) touched += 1;
          const answer = (member as (...all: unknown[]) => unknown).apply(target, given);
          return name === 'getKeys' || name === 'getRange' ? tally(answer as Iterable<unknown>) : answer;
        };
      },
    });
    function* tally(found: Iterable<unknown>): Generator<unknown> {
      for (const one of found) {
        touched += 1;
        yield one;
      }
    }
    const write = (work: () => unknown): Promise<unknown> => root.transaction(work);
    const commit = createCommit(
      { root: counting, now: () => NOON, write } as unknown as Parameters<typeof createCommit>[0],
      { deltas: 2_000, seenIds: 20_000 },
      () => undefined,
    );
    let previous = '';
    const add = async (deltas: readonly ConnectionDelta[]): Promise<void> => {
      const batchId = randomUUID();
      expect(await commit({ shard, fence: 1, batchId, previous, deltas, seen: [] })).toEqual({
        status: 'committed',
      });
      previous = batchId;
    };
    const touchedBy = async (source: string): Promise<number> => {
      touched = 0;
      await add([delta(source)]);
      return touched;
    };
    await add(Array.from({ length: 20 }, (_, index) => delta(`source-${index}`)));
    const small = [await touchedBy('source-7'), await touchedBy('new-1')];
    for (let from = 20; from < 20_000; from += 2_000)
      await add(Array.from({ length: 2_000 }, (_, index) => delta(`source-${from + index}`)));
    expect([await touchedBy('source-7'), await touchedBy('new-2')]).toEqual(small);
    expect(Math.max(...small)).toBeLessThan(30);
    await root.close();
  });

  test('defect 4: a pass over midnight copies nothing of yesterday into today', async () => {
    const lease = await world.lease();
    const reader = world.reader();
    world.clock.advance(MIDNIGHT - 10 * MINUTE - NOON);
    for (let host = 1; host <= 5; host++) await world.arrive(world.clock.now(), `93.184.7.${host}`);
    await reader.pass(lease);
    const yesterday = await world.counts();
    expect(Object.values(yesterday)).toEqual([1, 1, 1, 1, 1]);
    world.clock.advance(9 * MINUTE + 30_000);
    await world.arrive(world.clock.now(), '93.184.7.77');
    // Midnight passes while the pass names what it has read.
    const midway = world.reader({ names: plainNames(() => world.clock.advance(5 * MINUTE)) });
    await midway.pass(lease);
    expect(world.clock.now()).toBeGreaterThan(MIDNIGHT);
    expect(await world.counts()).toEqual({ ...yesterday, '2026-03-10 93.184.7.77 443': 1 });
    expect((await world.store.days(shard)).map(({ day }) => day)).toEqual(['2026-03-10']);
  });

  test("defect 5: records count in the UTC day of their own time, not of the tracker's", async () => {
    const lease = await world.lease();
    const reader = world.reader();
    world.clock.advance(MIDNIGHT + 7 * MINUTE - NOON);
    await world.arrive(MIDNIGHT - 1_000, '93.184.7.1');
    await world.arrive(MIDNIGHT, '93.184.7.1');
    await world.arrive(MIDNIGHT + MINUTE, '93.184.7.1');
    await reader.pass(lease);
    expect(await world.counts()).toEqual({
      '2026-03-10 93.184.7.1 443': 1,
      '2026-03-11 93.184.7.1 443': 2,
    });
  });

  test('defect 6: a time with exactly zero microseconds is written with all its digits and read again', async () => {
    const lease = await world.lease();
    expect(world.clock.now() % 1_000).toBe(0);
    await world.arrive(NOON - MINUTE, '93.184.7.1');
    await world.reader().pass(lease);
    const [status] = await world.store.shards();
    expect(shardKey(status!.shard)).toBe(shardKey(shard));
    expect(status!.lastUpdate).toBe('2026-03-10T12:00:00.000000Z');
    world.clock.advance(MINUTE);
    await world.arrive(world.clock.now() - 1_000, '93.184.7.2');
    // A new process knows only what is stored.
    await world.reader().pass(lease);
    expect((await world.store.shards())[0]!.lastUpdate).toBe('2026-03-10T12:01:00.000000Z');
    expect(Object.values(await world.counts())).toEqual([1, 1]);
  });
});
