import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { InputError } from '../../src/errors.js';
import { parseProbe, probeFor } from '../../src/probe/parse-probe.js';
import { createProbes, runProbe } from '../../src/probe/run-probe.js';

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('probes', () => {
  test.each([
    '',
    'tcp://',
    'tcp://host',
    'tcp://host:0',
    'tcp://host:70000',
    'tcp://a b:1',
    'tcp://h:1/path',
    'udp://h:1',
    'http://',
    'https://u:p@host/',
    'command:',
    'command:relative',
  ])('%j is refused', (text) => {
    expect(() => parseProbe(text)).toThrow(InputError);
  });

  test('the word owner stands for an address', () => {
    expect(probeFor(parseProbe('tcp://owner:22'), '10.0.0.9')).toMatchObject({ host: '10.0.0.9', port: 22 });
    expect(probeFor(parseProbe('http://owner:8080/up'), '2001:db8::9')).toMatchObject({
      url: 'http://[2001:db8::9]:8080/up',
    });
    expect(probeFor(parseProbe('command:/bin/ping -c 1 owner'), '10.0.0.9')).toMatchObject({
      args: ['-c', '1', '10.0.0.9'],
    });
  });

  test('tcp and http tell what answers and what does not', async () => {
    const tcp = createServer((socket) => socket.destroy());
    const http = createHttpServer((request, response) =>
      response.writeHead(request.url === '/up' ? 204 : 503).end(),
    );
    const silent = createHttpServer(() => undefined);
    try {
      const [tcpPort, httpPort, silentPort] = await Promise.all([listen(tcp), listen(http), listen(silent)]);
      const ok = async (text: string, timeoutMs = 5_000): Promise<boolean> =>
        (await runProbe(parseProbe(text), timeoutMs)).ok;
      expect(await ok(`tcp://127.0.0.1:${tcpPort}`)).toBe(true);
      expect(await ok(`http://127.0.0.1:${httpPort}/up`)).toBe(true);
      expect(await ok(`http://127.0.0.1:${httpPort}/down`)).toBe(false);
      expect(await runProbe(parseProbe(`http://127.0.0.1:${silentPort}/`), 50)).toMatchObject({
        ok: false,
        detail: expect.stringContaining('within 50 ms') as unknown,
      });
      tcp.close();
      await once(tcp, 'close');
      expect(await ok(`tcp://127.0.0.1:${tcpPort}`)).toBe(false);
      // One far end that answers is enough.
      const probes = createProbes({
        own: [parseProbe(`tcp://127.0.0.1:${tcpPort}`), parseProbe(`http://127.0.0.1:${httpPort}/up`)],
        path: [],
        owner: [],
        timeoutMs: 5_000,
      });
      expect(await probes.own?.()).toMatchObject({ ok: true });
      expect([probes.path, probes.owner]).toEqual([undefined, undefined]);
    } finally {
      for (const server of [tcp, http, silent]) server.close();
      silent.closeAllConnections();
    }
  });

  test('a command counts by its exit code, and is killed when it takes too long', async () => {
    expect((await runProbe(parseProbe('command:/bin/true'), 5_000)).ok).toBe(true);
    expect((await runProbe(parseProbe('command:/bin/false'), 5_000)).ok).toBe(false);
    expect((await runProbe(parseProbe('command:/no/such/program'), 5_000)).ok).toBe(false);
    expect((await runProbe(parseProbe('command:/bin/sleep 60'), 50)).detail).toContain('within 50 ms');
  });
});
