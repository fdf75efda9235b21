import { type RedisServer, runProcess, startRedisServer, temporaryDirectory } from '@net/testing';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import type { Random } from './random.js';

// A file whose end is torn is mended by Redis's own tool, as its default way may apply half a transaction later.
const ARGS = ['--appendfsync', 'always', '--aof-load-truncated', 'no'];

/** A redis-server to which things happen. */
export interface DisturbedServer {
  readonly url: string;
  /** One thing after the other, by chance; each is over when it resolves. Answers what it was. */
  disturb(random: Random): Promise<string>;
  stop(): Promise<void>;
}

export async function startDisturbedServer(): Promise<DisturbedServer> {
  let server: RedisServer = await startRedisServer({ args: ARGS });
  const { url, port, folder } = server;
  const older = join(temporaryDirectory('older'), 'files');
  let hasOlder = false;

  const tell = async (command: readonly string[]): Promise<string> => {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return String(await client.sendCommand(command));
    } catch {
      // The connection that is cut may be this one.
      return '';
    } finally {
      client.destroy();
    }
  };
  const kill = async (): Promise<void> => {
    server.process.child.kill('SIGKILL');
    await server.process.ended;
  };
  const start = async (): Promise<void> => {
    await mendFile(folder);
    server = await startRedisServer({ args: ARGS, port, folder });
  };

  const things: Readonly<Record<string, (random: Random) => Promise<void>>> = {
    killed: async () => {
      await kill();
      await start();
    },
    'kept for later': async () => {
      await kill();
      rmSync(older, { recursive: true, force: true });
      cpSync(folder, older, { recursive: true });
      hasOlder = true;
      await start();
    },
    'put back': async () => {
      if (!hasOlder) return;
      await kill();
      rmSync(join(folder, 'appendonlydir'), { recursive: true, force: true });
      cpSync(older, folder, { recursive: true });
      await start();
    },
    paused: async (random) => {
      server.process.child.kill('SIGSTOP');
      await pause(50 + random.below(500));
      server.process.child.kill('SIGCONT');
    },
    full: async (random) => {
      // Some commits still fit.
      const used = /used_memory:(\d+)/.exec(await tell(['INFO', 'memory']))?.[1] ?? '1';
      await tell(['CONFIG', 'SET', 'maxmemory', String(Number(used) + random.below(30_000))]);
      await pause(random.below(200));
      await tell(['CONFIG', 'SET', 'maxmemory', '0']);
    },
    cut: async () => {
      await tell(['CLIENT', 'KILL', 'TYPE', 'normal']);
    },
    'without scripts': async () => {
      await tell(['SCRIPT', 'FLUSH']);
    },
    demoted: async (random) => {
      await tell(['REPLICAOF', '127.0.0.1', '1']);
      await pause(random.below(100));
      await tell(['REPLICAOF', 'NO', 'ONE']);
    },
  };
  return {
    url,
    disturb: async (random) => {
      const name = random.pick(Object.keys(things));
      await things[name]!(random);
      return name;
    },
    stop: () => server.stop(),
  };
}

/** Cuts off the torn end of an append-only file, with the transaction that it is in. */
export async function mendFile(folder: string): Promise<void> {
  const manifest = join(folder, 'appendonlydir', 'appendonly.aof.manifest');
  // It asks before it cuts, and only then reads an answer.
  if ((await runProcess('redis-check-aof', [manifest])).code === 0) return;
  const { code, stdout, stderr } = await runProcess('redis-check-aof', ['--fix', manifest], {
    input: 'y\n',
  });
  if (code !== 0) throw new Error(`the append-only file cannot be mended: ${stdout}${stderr}`);
}
