import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Health, type Observability, createMetrics, serveObservability } from '../../src/index.js';

let server: Observability | undefined;
afterEach(async () => {
  await server?.close();
});

const start = async (health: () => Health | Promise<Health>): Promise<Observability> => {
  server = await serveObservability({
    port: 0,
    health,
    metrics: createMetrics(),
    routes: { '/': () => ({ status: 200, contentType: 'text/plain', body: 'own\n' }) },
  });
  return server;
};

describe('serveObservability', () => {
  test('answers health, metrics, own paths, and nothing else', async () => {
    let ok = true;
    const { url } = await start(() => ({ ok, lanes: 2 }));
    const get = async (path: string, init: RequestInit = {}): Promise<[number, string]> => {
      const response = await fetch(url + path, init);
      return [response.status, await response.text()];
    };
    expect(await get('/healthz')).toEqual([200, '{"ok":true,"lanes":2}\n']);
    ok = false;
    expect(await get('/healthz?x=1')).toEqual([503, '{"ok":false,"lanes":2}\n']);
    expect((await get('/metrics'))[1]).toContain('# TYPE metrics_series_dropped_total counter');
    expect(await get('/')).toEqual([200, 'own\n']);
    expect((await get('/constructor'))[0]).toBe(404);
    expect((await get('/metrics', { method: 'POST', body: 'x'.repeat(100_000) }))[0]).toBe(405);
    expect(await get('/healthz', { method: 'HEAD' })).toEqual([503, '']);
  });

  test('a health check that fails is not healthy, and its reason stays inside', async () => {
    const { url } = await start(() => Promise.reject(new Error('redis://user:password@host')));
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ok: false, reason: 'failed' });
  });

  test('garbage and half requests are cut off while others are answered', async () => {
    const { port, url } = await start(() => ({ ok: true }));
    const rude = connect(port, '127.0.0.1');
    await once(rude, 'connect');
    const cut = once(rude, 'close');
    rude.on('error', () => undefined);
    rude.write('\u0000\u0001garbage\r\n\r\n');
    await cut;
    const slow = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    for (const socket of slow) socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nx-half: ');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const gone = slow.map((socket) => once(socket, 'close'));
    await server?.close();
    await Promise.all(gone);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('a taken port and a foreign address are missing prerequisites', async () => {
    const { port } = await start(() => ({ ok: true }));
    const options = { health: () => ({ ok: true }), metrics: () => '' };
    await expect(serveObservability({ ...options, port })).rejects.toMatchObject({
      exitCode: 3,
      message: `cannot listen on 127.0.0.1 port ${port}: another process listens there`,
    });
    await expect(serveObservability({ ...options, port: 0, host: '192.0.2.1' })).rejects.toMatchObject({
      exitCode: 3,
    });
  });

  test('the signal closes it', async () => {
    const controller = new AbortController();
    const own = await serveObservability({
      port: 0,
      health: () => ({ ok: true }),
      metrics: () => 'x 1\n',
      signal: controller.signal,
    });
    expect(await (await fetch(`${own.url}/metrics`)).text()).toBe('x 1\n');
    controller.abort();
    await own.close();
    await expect(fetch(own.url)).rejects.toThrow();
  });
});
