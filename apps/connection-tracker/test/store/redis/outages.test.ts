import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type RedisServer, startProcess, startRedisServer, suite, until } from '@net/testing';
import { inspect } from 'node:util';
import { createClient } from 'redis';
import { openRedisStore } from '../../../src/store/redis/index.js';
import type { Store, StoreEvent } from '../../../src/store/index.js';
import { batch, DAY, delta, shard } from '../contract-suite.js';

const TIMEOUT_MS = 600;
const refused = { code: 'NET_TRACKER_STORE' };

suite('outages of a redis-server', ['redis-server'], () => {
  let server: RedisServer;
  let store: Store;
  beforeAll(async () => {
    server = await startRedisServer({ args: ['--appendfsync', 'always'] });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await tell(['FLUSHALL']);
    store = await openRedisStore({ kind: 'redis', url: server.url, timeoutMs: TIMEOUT_MS });
  });
  afterEach(() => store.close());

  /** A command by a connection of its own. */
  async function tell(command: readonly string[]): Promise<unknown> {
    const client = createClient({ url: server.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }

  async function restart(): Promise<void> {
    const { port, folder } = server;
    server = await startRedisServer({ args: ['--appendfsync', 'always'], port, folder });
  }

  const records = async (): Promise<number> => (await store.days(shard))[0]?.records ?? 0;

  test('killed: every method rejects in its time, and works after a restart', async () => {
    const first = batch('', [delta('a')]);
    await store.commit(first);
    const waiting = store;
    store = await openRedisStore({ kind: 'redis', url: server.url, timeoutMs: 250 });
    server.process.child.kill('SIGKILL');
    await server.process.ended;
    const page = { limit: 10 };
    const range = { from: DAY, to: DAY };
    const web = { dest: 'web', destPort: 1 };
    const lease = { shard, owner: 'a', fence: 1 };
    const startMs = performance.now();
    const outcomes = await Promise.allSettled([
      store.ping(),
      store.commit(batch(first.batchId, [delta('a')])),
      store.shards(),
      store.days(shard),
      store.accounts(),
      store.putAccounts([{ id: '1', name: 'a', domain: undefined, regions: [], attributes: {} }]),
      store.connections(shard, DAY, { ...page, order: 'score' }),
      store.connections(shard, DAY, { ...page, order: 'member' }),
      store.endpoints(shard, DAY, page),
      store.sourcesOf(shard, web, range, page),
      store.endpointsOf(shard, 'a', range, page),
      store.firstSeen(shard, { fromMs: 0, toMs: 1 }, page),
      store.evidence(shard, [{ source: 'a', ...web }]),
      store.distinctSources(shard, range),
      store.acquireLease(shard, 'a', 1_000),
      store.renewLease(lease, 1_000),
      store.releaseLease(lease),
      store.announceReplica('a', 1_000),
      store.removeReplica('a'),
      store.deleteBefore(DAY),
      store.loadShard(shard),
    ]);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected');
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused);
    }
    // Four times the time for the state of a shard; the machine may be busy.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await restart();
    await store.close();
    store = waiting;
    expect((await store.commit(batch(first.batchId, [delta('a')]))).status).toBe('committed');
    expect(await records()).toBe(2);
  }, 60_000);

  test('stopped: calls reject in their time; what was unknown is told when it is given again', async () => {
    const first = batch('', [delta('a', 3)]);
    server.process.child.kill('SIGSTOP');
    try {
      await expect(store.commit(first)).rejects.toMatchObject(refused);
      await expect(store.ping()).rejects.toMatchObject(refused);
    } finally {
      server.process.child.kill('SIGCONT');
    }
    expect((await store.commit(first)).status).toMatch(/committed|repeated/);
    expect(await records()).toBe(3);
  }, 30_000);

  test('full: commits are refused whole, reading and deleting go on', async () => {
    const first = batch('', [delta('a'), delta('b')]);
    await store.commit(first);
    const second = batch(first.batchId, [delta('a'), delta('c', 1, { day: '2026-01-02' })], {
      checkpoint: { cursor: 'x', readUntilMs: 1 },
    });
    await tell(['CONFIG', 'SET', 'maxmemory', '1000000']);
    try {
      await expect(store.commit(second)).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('OOM'),
        hint: expect.stringContaining('maxmemory'),
      });
      expect((await store.loadShard(shard)).version).toBe(first.batchId);
      expect((await store.connections(shard, DAY, { limit: 10, order: 'member' })).items).toHaveLength(2);
      expect((await store.shards())[0]!.checkpoint).toBeUndefined();
      expect(await store.deleteBefore('2026-01-02')).toEqual({ days: 1, connections: 2 });
    } finally {
      await tell(['CONFIG', 'SET', 'maxmemory', '0']);
    }
    expect((await store.commit(second)).status).toBe('committed');
    expect((await store.days(shard)).map(({ records }) => records)).toEqual([1, 1]);
  }, 30_000);

  test('a master that became a replica refuses until it is master again', async () => {
    const first = batch('', [delta('a')]);
    await tell(['REPLICAOF', '127.0.0.1', '1']);
    try {
      await expect(store.commit(first)).rejects.toMatchObject(refused);
    } finally {
      await tell(['REPLICAOF', 'NO', 'ONE']);
    }
    expect((await store.commit(first)).status).toBe('committed');
  }, 30_000);

  test('scripts that the server has forgotten are sent again', async () => {
    const first = batch('', [delta('a')]);
    await store.commit(first);
    await tell(['SCRIPT', 'FLUSH']);
    expect((await store.commit(batch(first.batchId, [delta('a')]))).status).toBe('committed');
    expect(await records()).toBe(2);
  });

  test('a connection that is cut is made again; calls in progress come to the same', async () => {
    let previous = '';
    for (let count = 0; count < 10; count++) {
      const next = batch(previous, [delta('a')]);
      const [{ status }] = await Promise.all([
        store.commit(next),
        tell(['CLIENT', 'KILL', 'TYPE', 'normal']),
      ]);
      expect(status).toMatch(/committed|repeated/);
      previous = next.batchId;
    }
    expect(await records()).toBe(10);
  }, 30_000);

  test('a key that holds something else is told, and the commit changes nothing', async () => {
    await tell(['SET', `connections:inbound:${shard.accountId}:${shard.region}:2026-01-02`, 'x']);
    await expect(
      store.commit(batch('', [delta('a'), delta('a', 1, { day: '2026-01-02' })])),
    ).rejects.toMatchObject({ ...refused, message: expect.stringContaining('connections:inbound') });
    expect((await store.loadShard(shard)).version).toBe('');
    expect((await store.connections(shard, DAY, { limit: 1, order: 'score' })).items).toEqual([]);
  });

  test('events go on after a restart, and end when they are aborted or the store is closed', async () => {
    const abort = new AbortController();
    const seen: StoreEvent[] = [];
    const watching = (async () => {
      for await (const event of store.events({ signal: abort.signal })) seen.push(event);
    })();
    let previous = '';
    const add = async (source: string): Promise<void> => {
      const next = batch(previous, [delta(source)]);
      await store.commit(next);
      previous = next.batchId;
    };
    const sources = (): string[] => seen.flatMap(({ changes }) => changes.map(({ source }) => source));
    // The reader may still be looking for its place when the first is committed.
    await until('the first event', async () => {
      await add('early');
      return seen.length > 0;
    });
    server.process.child.kill('SIGKILL');
    await server.process.ended;
    await restart();
    await add('late');
    await until('the event after the restart', () => sources().includes('late'));
    abort.abort();
    await watching;
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    const other = (async () => {
      for await (const _ of store.events({ signal: new AbortController().signal }));
    })();
    await store.close();
    await other;
    await expect(store.ping()).rejects.toMatchObject({ ...refused, message: 'the store is closed' });
  }, 30_000);
});

suite('a redis-server that loads its data', ['redis-server'], () => {
  test('is waited for as long as a call may take', async () => {
    const first = await startRedisServer({ args: ['--appendonly', 'no'] });
    const { port, folder, url } = first;
    const client = createClient({ url });
    await client.connect();
    await client.eval("for key = 1, 2500 do redis.call('SET', 'key:' .. key, key) end");
    await client.sendCommand(['SAVE']);
    client.destroy();
    await first.stop();
    const slow = ['--key-load-delay', '400', '--loading-process-events-interval-bytes', '1024'];
    const files = ['--dir', folder, '--save', '', '--appendonly', 'no', '--logfile', ''];
    const loading = startProcess('redis-server', [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      ...files,
      ...slow,
    ]);
    try {
      await loading.waitFor(/Server initialized/);
      const hasty = await openRedisStore({ kind: 'redis', url, timeoutMs: 200 });
      await expect(hasty.ping()).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('LOADING'),
      });
      await hasty.close();
      const store = await openRedisStore({ kind: 'redis', url, timeoutMs: 20_000 });
      expect(await store.commit(batch('', [delta('a')]))).toEqual({ status: 'committed' });
      await store.close();
    } finally {
      await loading.stop();
    }
  }, 60_000);
});

suite('passwords of a redis-server', ['redis-server'], () => {
  const password = 'a/secret+word';
  const wrong = 'another%secret';
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer({ args: ['--requirepass', password] });
  });
  afterAll(() => server.stop());

  const url = (word: string): string =>
    `redis://default:${encodeURIComponent(word)}@127.0.0.1:${server.port}`;

  test('the url or the options bring them', async () => {
    for (const options of [{ url: url(password) }, { url: server.url, password }]) {
      const store = await openRedisStore({ kind: 'redis', ...options });
      await store.ping();
      await store.close();
    }
  });

  test('a user that may do no more than is documented can do everything', async () => {
    const client = createClient({ url: server.url, password });
    await client.connect();
    const keys = ['~accounts:*', '~connections:inbound:*', '~tracker:*'];
    const commands = ['+@read', '+@write', '+@scripting', '+@connection', '-@dangerous', '+info', '+time'];
    await client.sendCommand(['ACL', 'SETUSER', 'tracker', 'on', '>word', ...keys, ...commands]);
    client.destroy();
    const store = await openRedisStore({
      kind: 'redis',
      url: `redis://tracker:word@127.0.0.1:${server.port}`,
    });
    try {
      const lease = await store.acquireLease(shard, 'one', 60_000);
      const first = batch('', [delta('a')], { fence: lease!.fence });
      expect((await store.commit(first)).status).toBe('committed');
      expect(await store.renewLease(lease!, 1_000)).toBe(true);
      await store.releaseLease(lease!);
      await store.announceReplica('a', 1_000);
      await store.removeReplica('a');
      await store.putAccounts([{ id: '1', name: 'a', domain: undefined, regions: [], attributes: {} }]);
      const range = { from: DAY, to: DAY };
      const page = { limit: 10 };
      const web = { dest: 'web.elb.amazonaws.com', destPort: 443 };
      expect(await store.accounts()).toHaveLength(1);
      expect(await store.shards()).toHaveLength(1);
      expect((await store.endpoints(shard, DAY, page)).items).toHaveLength(1);
      expect((await store.connections(shard, DAY, { ...page, order: 'member' })).items).toHaveLength(1);
      expect((await store.sourcesOf(shard, web, range, page)).items).toHaveLength(1);
      expect((await store.endpointsOf(shard, 'a', range, page)).items).toHaveLength(1);
      expect(await store.evidence(shard, [{ source: 'a', ...web }])).toHaveLength(1);
      expect((await store.firstSeen(shard, { fromMs: 0, toMs: Date.now() }, page)).items).toHaveLength(1);
      expect(await store.distinctSources(shard, range)).toEqual({ count: 1, isExact: true });
      for await (const event of store.events({ after: '0-0', signal: new AbortController().signal })) {
        expect(event.changes).toHaveLength(1);
        break;
      }
      await store.loadShard(shard);
      expect(await store.deleteBefore('2026-01-02')).toEqual({ days: 1, connections: 1 });
    } finally {
      await store.close();
    }
  });

  test('they are in no error and in no log', async () => {
    const lines: string[] = [];
    const line = (...given: unknown[]): void => void lines.push(inspect(given, { depth: 9 }));
    const log = { debug: line, info: line, warn: line, error: line, child: () => log, isEnabled: () => true };
    const opened = (given: string): Promise<Store> =>
      openRedisStore({ kind: 'redis', url: given, timeoutMs: TIMEOUT_MS, log });
    const errors: unknown[] = [];
    for (const given of [
      url(wrong),
      server.url,
      `redis://default:${encodeURIComponent(wrong)}@127.0.0.1:1`,
      `redis://default:${encodeURIComponent(wrong)}@127.0.0.1:not-a-port`,
      `http://default:${encodeURIComponent(wrong)}@127.0.0.1`,
      `redis://default:${encodeURIComponent(wrong)}@127.0.0.1/path`,
    ])
      await opened(given).then(
        () => {
          throw new Error('opened');
        },
        (error: unknown) => errors.push(error),
      );
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual([
      ...Array.from({ length: 3 }, () => 'NET_TRACKER_STORE'),
      ...Array.from({ length: 3 }, () => 'NET_TRACKER_CONFIG'),
    ]);
    const shown =
      errors.map((error) => inspect(error, { depth: 9, showHidden: true })).join('\n') + lines.join('\n');
    expect(shown).not.toContain(wrong);
    expect(shown).not.toContain(encodeURIComponent(wrong));
    expect(shown).not.toContain('secret');
  }, 30_000);
});
