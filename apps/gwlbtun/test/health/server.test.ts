import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@net/testing';
import { type HealthServer, startHealthServer } from '../../src/health/server.js';
import { HandlerError } from '../../src/index.js';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const started: HealthServer[] = [];
const sockets: Socket[] = [];

async function start(options: { maxConnections?: number; patienceMs?: number; fail?: boolean } = {}) {
  const failures: unknown[] = [];
  const server = await startHealthServer(
    { port: 0, address: '127.0.0.1', ...options },
    {
      report: () => {
        if (options.fail) throw new Error('broken');
        return { status: 200, contentType: 'application/json', body: '{}' };
      },
      healthz: () => ({ status: 503, contentType: 'text/plain', body: 'sick\n' }),
      metrics: () => undefined,
      failed: (error) => failures.push(error),
    },
  );
  started.push(server);
  return {
    server,
    failures,
    get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init),
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(started.splice(0).map((server) => server.close()));
});

describe('answers', () => {
  test('any path gets the report, with the original headers', async () => {
    const { get } = await start();
    for (const path of ['/', '/health?x=1', '/any/path']) {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('max-age=0, no-cache');
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('content-length')).toBe('2');
      expect(await response.text()).toBe('{}');
    }
  });

  test('/healthz has its own, /metrics can be absent, HEAD has no body, other methods are refused', async () => {
    const { get } = await start();
    expect((await get('/healthz')).status).toBe(503);
    expect((await get('/metrics')).status).toBe(404);
    expect(await (await get('/', { method: 'HEAD' })).text()).toBe('');
    expect((await get('/', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405);
  });

  test('a failure inside is 503 and told', async () => {
    const { get, failures } = await start({ fail: true });
    expect((await get('/')).status).toBe(503);
    expect(failures).toHaveLength(1);
  });
});

describe('rude clients', () => {
  // Two hundred of these end the original by SIGPIPE.
  test('that half-close and reset', async () => {
    const { server, get } = await start();
    for (let index = 0; index < 300; index++) {
      const socket = await open(server.port);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      // A reset while the end is still being sent keeps Node 20 busy for ever, on this side.
      socket.end();
      await once(socket, 'finish');
      socket.resetAndDestroy();
    }
    expect((await get('/')).status).toBe(200);
  });

  test('that say nothing, in any number, do not keep others out', async () => {
    const { server, get } = await start({ maxConnections: 8, patienceMs: 60_000 });
    for (let index = 0; index < 40; index++) await open(server.port);
    expect((await get('/')).status).toBe(200);
  });

  test('that say nothing are sent away after a while', async () => {
    const { server } = await start({ patienceMs: 200 });
    const socket = await open(server.port);
    let isClosed = false;
    socket.on('data', () => undefined).on('close', () => (isClosed = true));
    await until('the connection to be closed', () => isClosed, 20_000);
  });

  test('that send their request byte by byte are sent away', async () => {
    const { server } = await start({ patienceMs: 300 });
    const socket = await open(server.port);
    let isClosed = false;
    socket.on('data', () => undefined).on('close', () => (isClosed = true));
    const timer = setInterval(() => socket.write('G'), 20);
    await until('the connection to be closed', () => isClosed, 20_000);
    clearInterval(timer);
  });

  test('that send garbage or endless headers', async () => {
    const { server, get } = await start();
    for (const bytes of [
      Buffer.alloc(70_000, 0xff),
      Buffer.from(`GET / HTTP/1.1\r\nX: ${'a'.repeat(70_000)}`),
    ]) {
      const socket = await open(server.port);
      let isClosed = false;
      socket.on('data', () => undefined).on('close', () => (isClosed = true));
      socket.write(bytes);
      await until('the connection to be closed', () => isClosed, 20_000);
    }
    expect((await get('/')).status).toBe(200);
  });
});

test('a port that is taken is refused at once, by its name', async () => {
  const { server } = await start();
  const second = startHealthServer(
    { port: server.port, address: '127.0.0.1' },
    {
      report: () => ({ status: 200, contentType: '', body: '' }),
      healthz: () => ({ status: 200, contentType: '', body: '' }),
      metrics: () => undefined,
      failed: () => undefined,
    },
  );
  await expect(second).rejects.toThrow(HandlerError);
  await expect(second).rejects.toMatchObject({ code: 'NET_GWLBTUN_HEALTH_PORT', exitCode: 3 });
  await expect(second).rejects.toThrow(`127.0.0.1:${server.port}`);
});
