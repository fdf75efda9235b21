import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RedisServer, runProcess, startRedisServer, suite, temporaryDirectory } from '@net/testing';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRedisStore } from '../../../src/store/redis/index.js';

const child = fileURLToPath(new URL('pinging-child.mjs', import.meta.url));

suite('a redis-server with TLS', ['redis-server', { command: 'openssl', install: 'openssl' }], () => {
  const folder = temporaryDirectory('tls');
  const certificate = join(folder, 'certificate.pem');
  let server: RedisServer;
  let url: string;
  beforeAll(async () => {
    const key = join(folder, 'key.pem');
    const made = await runProcess('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
      ...['-keyout', key, '-out', certificate],
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    const port = await unusedPort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    server = await startRedisServer({
      args: ['--tls-port', String(port), ...files, '--tls-auth-clients', 'no', '--requirepass', 'secret'],
    });
    url = `rediss://:secret@127.0.0.1:${port}`;
  });
  afterAll(() => server.stop());

  test('a certificate that nobody vouches for is refused, and the password is not told', async () => {
    await expect(openRedisStore({ kind: 'redis', url, timeoutMs: 500 })).rejects.toMatchObject({
      code: 'NET_TRACKER_STORE',
      message: expect.stringContaining('self-signed certificate'),
    });
  });

  test('one that is vouched for is taken, by address and by name', async () => {
    for (const each of [url, url.replace('127.0.0.1', 'localhost')]) {
      const { stdout, stderr } = await runProcess(process.execPath, [child], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate, STORE_URL: each },
      });
      expect({ stdout, stderr }).toEqual({ stdout: 'redis answers\n', stderr: '' });
    }
  });
});

async function unusedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
