import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RedisCluster, startRedisCluster, startRedisServer, suite, testSeed, until } from '@net/testing';
import { readFile } from 'node:fs/promises';
import { createClient } from 'redis';
import type { Shard } from '../../../src/model/index.js';
import { openRedisStore } from '../../../src/store/redis/index.js';
import { batch, delta, shard } from '../contract-suite.js';
import { expectTruth } from './chaos/truth.js';
import { writeAll } from './chaos/writer.js';

async function tell(url: string, command: readonly string[]): Promise<string> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return String(await client.sendCommand(command));
  } finally {
    client.destroy();
  }
}

const requirements = ['redis-server', { command: 'redis-cli', install: 'redis-tools' }] as const;

suite('a Redis Cluster without replicas', requirements, () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  test('without one of its nodes it refuses in time, and works when that is back', async () => {
    const store = await openRedisStore({ kind: 'redis-cluster', urls: cluster.urls, timeoutMs: 1_000 });
    try {
      const nodes = [...cluster.nodes];
      const gone = nodes.pop()!;
      gone.process.child.kill('SIGSTOP');
      try {
        await until(
          'the others to see it',
          async () => (await tell(nodes[0]!.url, ['CLUSTER', 'INFO'])).includes('cluster_state:fail'),
          20_000,
        );
        await expect(store.commit(batch('', [delta('a')]))).rejects.toMatchObject({
          code: 'NET_TRACKER_STORE',
        });
      } finally {
        gone.process.child.kill('SIGCONT');
      }
      await until(
        'a commit',
        async () => {
          const { version } = await store.loadShard(shard);
          return (await store.commit(batch(version, [delta('a')]))).status === 'committed';
        },
        20_000,
      );
      expect((await store.days(shard))[0]!.records).toBe(1);
    } finally {
      await store.close();
    }
  });
});

suite('a Redis Cluster with a replica of each master', requirements, () => {
  test('masters die one after the other while shards on all nodes are written to: the counts are the truth', async () => {
    const cluster = await startRedisCluster({ replicasOfEach: 1, nodeTimeoutMs: 1_000 });
    const started: { stop(): Promise<void> }[] = [];
    const seed = testSeed();
    const shards = Array.from(
      { length: 6 },
      (_, index): Shard => ({ accountId: String(100_000_000_000 + index), region: 'eu-west-1' }),
    );
    const store = await openRedisStore({ kind: 'redis-cluster', urls: cluster.urls, timeoutMs: 1_000 });
    try {
      let batches = 0;
      const write = async (more: number) => {
        batches += more;
        return Promise.all(shards.map((each) => writeAll(store, each, { seed, batches })));
      };
      await write(20);
      const nodes = [...cluster.nodes];
      for (let round = 0; round < 3; round++) {
        // Which is a master now is told by the cluster.
        const roles = await Promise.all(nodes.map(({ url }) => tell(url, ['ROLE'])));
        const at = roles.findIndex((role) => role.startsWith('master'));
        const { port, folder, process } = nodes[at]!;
        process.child.kill('SIGKILL');
        await process.ended;
        const counts = await write(40);
        expect(counts.every(({ committed, repeated }) => committed + repeated >= 40)).toBe(true);
        const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
        // The others know its bus by the port that is in the file of its nodes.
        const [, bus] = /@(\d+) myself/.exec(await nodesFile(folder)) ?? [];
        const again = await startRedisServer({ port, folder, args: [...args, '--cluster-port', bus!] });
        started.push(again);
        nodes.splice(at, 1);
        nodes.push(again);
        await until(
          'the node to be a replica, and whole again',
          async () => {
            const links = await tell(again.url, ['INFO', 'replication']);
            const state = await tell(again.url, ['CLUSTER', 'INFO']);
            return links.includes('master_link_status:up') && state.includes('cluster_state:ok');
          },
          30_000,
        );
      }
      for (const each of shards) await expectTruth(store, each, seed, batches);
      expect((await store.shards()).length).toBe(shards.length);
    } finally {
      await store.close();
      for (const each of started) await each.stop();
      await cluster.stop();
    }
  });
});

function nodesFile(folder: string): Promise<string> {
  return readFile(`${folder}/nodes.conf`, 'utf8');
}
