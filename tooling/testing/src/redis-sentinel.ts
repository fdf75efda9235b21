import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess, type StartedProcess, startProcess } from './processes.js';
import { type RedisServer, startRedisServer } from './redis-server.js';
import { temporaryDirectory } from './temporary-directory.js';
import { until } from './until.js';
import { unusedPort } from './unused-port.js';

/** A master with one replica, watched by one sentinel, on loopback. */
export interface RedisSentinel {
  readonly name: string;
  /** Of the sentinel. */
  readonly url: string;
  readonly sentinel: StartedProcess;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Port of whom the sentinel takes for the master now. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

export interface RedisSentinelOptions {
  /** After this time without an answer the master is replaced. Default 1,000. */
  readonly downAfterMs?: number;
  /** Added to the command lines of both servers. */
  readonly args?: readonly string[];
}

/** Starts all three and waits until the replica follows and the sentinel knows of it. */
export async function startRedisSentinel(options: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const { downAfterMs = 1_000 } = options;
  const args = ['--repl-diskless-sync-delay', '0', ...(options.args ?? [])];
  const name = 'tracker';
  const started: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    for (const each of [...started].reverse()) await each.stop();
  };
  try {
    const master = await startRedisServer({ args });
    started.push(master);
    const replica = await startRedisServer({
      args: ['--replicaof', '127.0.0.1', String(master.port), ...args],
    });
    started.push(replica);
    await until('the replica to follow', async () =>
      (await ask(replica.port, ['info', 'replication'])).includes('master_link_status:up'),
    );
    const { port, process } = await startSentinel(name, master.port, downAfterMs);
    started.push(process);
    await until(
      'the sentinel to know the replica',
      async () => (await ask(port, ['sentinel', 'replicas', name])).includes(String(replica.port)),
      20_000,
    );
    const masterPort = async (): Promise<number> =>
      Number((await ask(port, ['sentinel', 'get-master-addr-by-name', name])).split('\n')[1]);
    return { name, url: `redis://127.0.0.1:${port}`, sentinel: process, master, replica, masterPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(
  name: string,
  masterPort: number,
  downAfterMs: number,
): Promise<{ readonly port: number; readonly process: StartedProcess }> {
  for (let attempt = 0; ; attempt++) {
    const folder = temporaryDirectory('sentinel');
    const port = await unusedPort();
    const file = join(folder, 'sentinel.conf');
    writeFileSync(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${folder}`,
        `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
        `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
        `sentinel failover-timeout ${name} 5000`,
        '',
      ].join('\n'),
    );
    const process = startProcess('redis-server', [file, '--sentinel']);
    try {
      await process.waitFor(/\+monitor master/);
      return { port, process };
    } catch (error) {
      await process.stop();
      if (attempt >= 3) throw error;
    }
  }
}

async function ask(port: number, command: readonly string[]): Promise<string> {
  return (await runProcess('redis-cli', ['-p', String(port), ...command])).stdout;
}
