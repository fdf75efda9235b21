import { expect, test } from '@jest/globals';
import { type RedisServer, startRedisServer, suite } from '@net/testing';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { batch, delta, shard } from '../contract-suite.js';
import { mendFile } from './chaos/disturbances.js';

const requirements = ['redis-server', { command: 'redis-check-aof', install: 'redis-tools' }] as const;

suite('an append-only file that ends within a commit', requirements, () => {
  /** Loses the end of a commit, commits it again, and restarts once more. */
  async function tear(mends: boolean): Promise<{ readonly records: number; readonly events: string[] }> {
    const args = ['--appendfsync', 'always', ...(mends ? ['--aof-load-truncated', 'no'] : [])];
    let server: RedisServer = await startRedisServer({ args });
    const { port, folder, url } = server;
    const restart = async (): Promise<void> => {
      if (mends) await mendFile(folder);
      server = await startRedisServer({ args, port, folder });
    };
    const kill = async (): Promise<void> => {
      server.process.child.kill('SIGKILL');
      await server.process.ended;
    };
    const events: string[] = [];
    const note = (event: string): void => void events.push(event);
    const log = { debug: note, info: note, warn: note, error: note, child: () => log, isEnabled: () => true };
    const store = await openRedisStore({ kind: 'redis', url, log });
    try {
      const first = batch('', [delta('a')]);
      await store.commit(first);
      const lost = batch(first.batchId, [delta('a', 10), delta('b', 20)]);
      await store.commit(lost);
      await kill();
      const file = join(folder, 'appendonlydir', 'appendonly.aof.1.incr.aof');
      // Within the last commands: most of the commit is there.
      truncateSync(file, statSync(file).size - 60);
      await restart();
      expect((await store.loadShard(shard)).version).toBe(first.batchId);
      expect((await store.commit(lost)).status).toBe('committed');
      await kill();
      await restart();
      const { version } = await store.loadShard(shard);
      expect(version).toBe(lost.batchId);
      await store.commit(batch(version, [delta('c', 100)]));
      const [day] = await store.days(shard);
      return { records: day!.records, events: events.filter((event) => event === 'store.torn') };
    } finally {
      await store.close();
      await server.stop();
    }
  }

  test('mended by its tool, counts are exact', async () => {
    expect(await tear(true)).toEqual({ records: 131, events: [] });
  });

  test('loaded as it is, counts are exact or it is told', async () => {
    const { records, events } = await tear(false);
    expect(records === 131 || events.length > 0).toBe(true);
  });
});
