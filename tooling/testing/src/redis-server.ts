import { startProcess, type StartedProcess } from './processes.js';
import { temporaryDirectory } from './temporary-directory.js';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A redis-server of the test's own, on loopback, in an empty folder. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly process: StartedProcess;
  stop(): Promise<void>;
}

/** Starts a redis-server that keeps an append-only file; `args` are added to its command line. */
export async function startRedisServer(
  options: { readonly args?: readonly string[]; readonly port?: number; readonly folder?: string } = {},
): Promise<RedisServer> {
  const folder = options.folder ?? temporaryDirectory('redis');
  for (let attempt = 0; ; attempt++) {
    const port = options.port ?? (await unusedPort());
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
    ];
    const server = startProcess('redis-server', [
      ...args,
      '--logfile',
      '',
      '--pidfile',
      join(folder, 'pid'),
      ...(options.args ?? []),
    ]);
    try {
      await server.waitFor(/Ready to accept connections/);
    } catch (error) {
      await server.stop();
      if (attempt < 3 && options.port === undefined) continue;
      throw error;
    }
    return {
      port,
      url: `redis://127.0.0.1:${port}`,
      folder,
      process: server,
      stop: async () => {
        await server.stop();
      },
    };
  }
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
