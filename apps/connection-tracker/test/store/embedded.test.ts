import { describe, expect, test } from '@jest/globals';
import { startProcess, temporaryDirectory } from '@net/testing';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import { contractSuite, DAY, shard } from './contract-suite.js';

contractSuite('the embedded store', () => {
  const directory = temporaryDirectory('store');
  let store = openEmbeddedStore({ directory });
  return Promise.resolve({
    store,
    reopen: async () => {
      await store.close();
      store = openEmbeddedStore({ directory });
      return store;
    },
    close: () => store.close(),
  });
});

const child = fileURLToPath(new URL('committing-child.mjs', import.meta.url));

describe('a process that is killed', () => {
  test('what it was told is committed is there, and nothing is counted twice', async () => {
    const directory = temporaryDirectory('killed');
    let told = 0;
    for (let round = 0; round < 6; round++) {
      const process_ = startProcess(process.execPath, [child, directory]);
      await process_.waitFor(/committed \d+/);
      // Some way into what it does, without a clock of ours.
      await process_.waitFor(new RegExp(`committed ${told + 3 + round * 2}\\b`));
      process_.child.kill('SIGKILL');
      const { stdout } = await process_.ended;
      told = Math.max(told, ...[...stdout.matchAll(/committed (\d+)/g)].map(([, count]) => Number(count)));
      const store = openEmbeddedStore({ directory });
      const [total] = await store.days(shard);
      const state = await store.loadShard(shard);
      // Each commit adds two records and writes its number as the cursor; the last may not have been told.
      expect(total!.records).toBe(2 * Number(state.checkpoint!.cursor));
      expect(Number(state.checkpoint!.cursor)).toBeGreaterThanOrEqual(told);
      told = Number(state.checkpoint!.cursor);
      await store.close();
    }
  });

  test('two processes at one folder: leases keep them apart', async () => {
    const directory = temporaryDirectory('two');
    const one = openEmbeddedStore({ directory });
    const process_ = startProcess(process.execPath, [child, directory, 'lease']);
    try {
      await process_.waitFor(/holds/);
      expect(await one.acquireLease(shard, 'one', 1_000)).toBeUndefined();
      expect((await one.shards())[0]?.owner).toBe('child');
    } finally {
      await process_.stop(0);
      await one.close();
    }
    expect(DAY).toBeDefined();
  });
});

test('a folder that cannot be used is said', () => {
  expect(() => openEmbeddedStore({ directory: '/dev/null/store' })).toThrow(
    expect.objectContaining({ code: 'NET_TRACKER_STORE' }),
  );
});

test('leases last by a clock that nobody sets, and end with the machine', async () => {
  const directory = temporaryDirectory('boots');
  let nowMs = 5_000_000;
  const open = (boot: string, wallMs: number) =>
    openEmbeddedStore({ directory, now: () => wallMs, machine: { boot, nowMs: () => nowMs } });
  const day = 86_400_000;
  const ahead = open('first', 3 * day);
  const behind = open('first', day);
  expect(await ahead.acquireLease(shard, 'ahead', 1_000)).toMatchObject({ fence: 1 });
  expect(await behind.announceReplica('behind', 1_000)).toEqual(['behind']);
  expect(await behind.acquireLease(shard, 'behind', 1_000)).toBeUndefined();
  nowMs += 1_001;
  expect(await behind.acquireLease(shard, 'behind', 1_000)).toMatchObject({ fence: 2 });
  await ahead.close();
  await behind.close();
  // Started again: the clock begins at nothing.
  nowMs = 10;
  const after = open('second', day);
  expect(await after.announceReplica('after', 1_000)).toEqual(['after']);
  expect(await after.acquireLease(shard, 'after', 1_000)).toMatchObject({ fence: 3 });
  await after.close();
});
