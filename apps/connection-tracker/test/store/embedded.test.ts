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
