import { runProcess } from './processes.js';
import { type RedisServer, startRedisServer } from './redis-server.js';
import { until } from './until.js';
import { unusedPort } from './unused-port.js';

/** A Redis Cluster of the test's own, on loopback, in empty folders. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export interface RedisClusterOptions {
  /** Default 3. */
  readonly masters?: number;
  readonly replicasOfEach?: number;
  /** After this time without an answer a node counts as gone. Default 2,000. */
  readonly nodeTimeoutMs?: number;
}

/** Starts nodes, spreads the slots over them, and waits until each says that the cluster is whole. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicasOfEach = 0, nodeTimeoutMs = 2_000 } = options;
  const nodes: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let count = masters * (1 + replicasOfEach); count > 0; count--) {
      const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
      // A replica that has not yet got its master's data cannot replace it.
      args.push('--repl-diskless-sync-delay', '0');
      nodes.push(await startRedisServer({ args: [...args, '--cluster-port', String(await unusedPort())] }));
    }
    const places = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const created = await runProcess('redis-cli', [
      ...['--cluster', 'create', ...places],
      ...['--cluster-replicas', String(replicasOfEach), '--cluster-yes'],
    ]);
    if (created.code !== 0) throw new Error(`no cluster: ${created.stdout}${created.stderr}`);
    for (const { port } of nodes)
      await until(
        `the node at port ${port} to find the cluster whole`,
        async () => {
          const [info, known, links] = await Promise.all([
            ask(port, ['cluster', 'info']),
            ask(port, ['cluster', 'nodes']),
            ask(port, ['info', 'replication']),
          ]);
          const replicas = known.split('\n').filter((line) => / (myself,)?slave /.test(line)).length;
          const isSynced = links.includes('role:master') || links.includes('master_link_status:up');
          return isSynced && info.includes('cluster_state:ok') && replicas === masters * replicasOfEach;
        },
        20_000,
      );
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, urls: nodes.map(({ url }) => url), stop };
}

async function ask(port: number, command: readonly string[]): Promise<string> {
  return (await runProcess('redis-cli', ['-p', String(port), ...command])).stdout;
}
