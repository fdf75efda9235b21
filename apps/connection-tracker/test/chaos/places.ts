import { type RedisServer, startRedisCluster, startRedisServer, temporaryDirectory } from '@net/testing';
import { createConnection, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import { openRedisStore } from '../../src/store/redis/index.js';
import type { StorePlace } from './scenario.js';

/** A folder that all replicas of this machine share. */
export function embeddedPlace(): StorePlace {
  const directory = temporaryDirectory('chaos');
  return {
    args: ['--store-directory', directory],
    open: () => Promise.resolve(openEmbeddedStore({ directory })),
    mishaps: [],
    close: () => Promise.resolve(),
  };
}

/** One Redis, that is killed, stopped for a while, filled up, and cut off. */
export async function redisPlace(): Promise<StorePlace> {
  let server: RedisServer = await startRedisServer({ args: ['--appendfsync', 'always'] });
  const { port, folder, url } = server;
  const wire = await startWire(port);
  const command = async (...words: string[]): Promise<void> => {
    const socket = createConnection(port, '127.0.0.1').resume();
    socket.on('error', () => undefined);
    socket.end(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
    await once(socket, 'close');
  };
  return {
    args: [],
    env: { CONNECTION_TRACKER_REDIS_URL: `redis://127.0.0.1:${wire.port}` },
    open: () => openRedisStore({ kind: 'redis', url }),
    mishaps: [
      async () => {
        server.process.child.kill('SIGKILL');
        await server.process.ended;
        server = await startRedisServer({ port, folder, args: ['--appendfsync', 'always'] });
      },
      async () => {
        server.process.child.kill('SIGSTOP');
        await wait(1_500);
        server.process.child.kill('SIGCONT');
      },
      async () => {
        await command('CONFIG', 'SET', 'maxmemory', '1');
        await wait(1_000);
        await command('CONFIG', 'SET', 'maxmemory', '0');
      },
      async () => {
        wire.cut();
        await wait(500);
        wire.mend();
      },
      async () => {
        await command('SCRIPT', 'FLUSH');
      },
    ],
    close: async () => {
      await wire.close();
      await server.stop();
    },
  };
}

/** A cluster of three, of which one node after the other is away for a while. */
export async function clusterPlace(): Promise<StorePlace> {
  const cluster = await startRedisCluster();
  let turn = 0;
  return {
    args: ['--redis-cluster'],
    env: { CONNECTION_TRACKER_REDIS_URL: cluster.urls.join(',') },
    open: () => openRedisStore({ kind: 'redis-cluster', urls: cluster.urls }),
    mishaps: [
      async () => {
        const node = cluster.nodes[turn++ % cluster.nodes.length]!;
        node.process.child.kill('SIGSTOP');
        await wait(3_500);
        node.process.child.kill('SIGCONT');
      },
    ],
    close: () => cluster.stop(),
  };
}

interface Wire {
  readonly port: number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A way to a port that can be cut. */
async function startWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = createConnection(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
