import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { jwtScheme, serveHttp, staticTokens, tokeninfoScheme } from '../../src/http/index.js';
import { rawRequest, startTestServer, type TestServer } from './test-server.js';

let server: TestServer | undefined;
const SECRET = 'a-token-of-sufficient-length';

afterEach(async () => {
  await server?.service.close();
  server = undefined;
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('static tokens', () => {
  test('every path but health and the page asks for one', async () => {
    server = await startTestServer({ auth: [staticTokens(['another-one-of-them-all', SECRET])] });
    for (const path of [
      '/accounts',
      '/connections',
      '/metrics',
      '/v1/overview',
      '/swagger.json',
      '/v1/stream',
    ]) {
      const response = await server.get(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    for (const path of ['/health', '/healthz', '/ui/']) expect((await server.get(path)).status).toBe(200);
    expect((await server.get('/accounts', bearer(SECRET))).status).toBe(200);
    expect((await server.get('/accounts', bearer('not-one-of-these-tokens'))).status).toBe(401);
  });

  test('how far shards are is told only to who may know', async () => {
    server = await startTestServer({ auth: [staticTokens([SECRET])] });
    expect(await server.json('/readyz')).toEqual({ status: 'ready', store: 'memory' });
    expect(await server.json('/readyz', bearer(SECRET))).toMatchObject({
      shards: { '111111111111/eu-west-1': { lag_seconds: 60, owner: null } },
    });
  });

  test('no refusal and no log line has the credential in it', async () => {
    server = await startTestServer({ auth: [staticTokens([SECRET])] });
    server.store.failure = Object.assign(new Error('down'), { code: 'NET_TRACKER_STORE' });
    const wrong = 'wrong-but-still-secret-token';
    const texts = [
      await (await server.get('/accounts', bearer(wrong))).text(),
      await (await server.get('/nowhere', bearer(SECRET))).text(),
      await (await server.get('/accounts', bearer(SECRET))).text(),
      JSON.stringify(server.logged),
    ];
    for (const text of texts) {
      expect(text).not.toContain(wrong);
      expect(text).not.toContain(SECRET);
    }
  });

  test('short ones are refused at the start', () => {
    expect(() => staticTokens(['short'])).toThrow(expect.objectContaining({ code: 'NET_TRACKER_CONFIG' }));
    expect(() => staticTokens([])).toThrow(expect.objectContaining({ code: 'NET_TRACKER_CONFIG' }));
  });
});

describe('tokens that others know', () => {
  let other: Server;
  let url: string;
  let asked: (string | undefined)[] = [];
  let jwks: object = {};

  beforeAll(async () => {
    other = createServer((request, response) => {
      if (request.url === '/keys') {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
        return;
      }
      const token = request.headers.authorization;
      asked.push(token);
      if (token === 'Bearer broken') response.writeHead(500).end();
      else if (token === 'Bearer good') {
        response.end(JSON.stringify({ uid: 'jane', scope: ['uid'], expires_in: 3600 }));
      } else if (token === 'Bearer scopeless') response.end(JSON.stringify({ uid: 'joe', scope: ['cn'] }));
      else response.writeHead(400).end('{}');
    });
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    other.closeAllConnections();
    other.close();
  });

  test('tokeninfo says who may, as the original asked it', async () => {
    asked = [];
    let nowMs = 0;
    const scheme = tokeninfoScheme({ url: `${url}/tokeninfo`, monotonicMs: () => nowMs });
    server = await startTestServer({ auth: [scheme] });
    expect((await server.get('/accounts', bearer('good'))).status).toBe(200);
    expect((await server.get('/accounts', bearer('good'))).status).toBe(200);
    expect(asked).toEqual(['Bearer good']);
    nowMs = 61_000;
    expect((await server.get('/accounts', bearer('good'))).status).toBe(200);
    expect(asked).toHaveLength(2);
    expect((await server.get('/accounts', bearer('scopeless'))).status).toBe(403);
    expect((await server.get('/accounts', bearer('bad'))).status).toBe(401);
    expect((await server.get('/accounts', bearer('broken'))).status).toBe(503);
  });

  test('JSON web tokens are checked by the remote key set', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const { privateKey: strangers } = await generateKeyPair('ES256');
    jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
    const scheme = jwtScheme({
      keysUrl: `${url}/keys`,
      issuer: 'https://id',
      audience: 'ct',
      scopes: ['read'],
    });
    server = await startTestServer({ auth: [scheme] });
    const token = (key: typeof privateKey, claims: object, audience = 'ct', expires = '1h') =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer('https://id')
        .setAudience(audience)
        .setExpirationTime(expires)
        .sign(key);
    const status = async (jwt: string) => (await server!.get('/accounts', bearer(jwt))).status;
    expect(await status(await token(privateKey, { scope: 'read write' }))).toBe(200);
    expect(await status(await token(privateKey, { scp: ['read'] }))).toBe(200);
    expect(await status(await token(privateKey, { scope: 'write' }))).toBe(403);
    expect(await status(await token(privateKey, { scope: 'read' }, 'others'))).toBe(401);
    expect(await status(await token(privateKey, { scope: 'read' }, 'ct', '-1h'))).toBe(401);
    expect(await status(await token(strangers, { scope: 'read' }))).toBe(401);
    expect(await status('eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkIn0.')).toBe(401);
  });
});

describe('who is let in', () => {
  test('without authentication nothing but the loopback is listened on', async () => {
    server = await startTestServer();
    const options = { host: '0.0.0.0', auth: [] } as never;
    await expect(serveHttp(options)).rejects.toMatchObject({ code: 'NET_TRACKER_CONFIG' });
  });

  test('without authentication a name that somebody pointed at the loopback is refused', async () => {
    server = await startTestServer();
    const refused = await rawRequest(server.origin, '/accounts', { headers: { host: 'evil.example:80' } });
    expect(refused.status).toBe(421);
    const accepted = await rawRequest(server.origin, '/accounts', { headers: { host: 'localhost:8080' } });
    expect(accepted.status).toBe(200);
  });

  test('insecureOpen answers every name', async () => {
    server = await startTestServer({ insecureOpen: true });
    const response = await rawRequest(server.origin, '/accounts', { headers: { host: 'tracker.example' } });
    expect(response.status).toBe(200);
  });

  test('too many requests are told when to come again', async () => {
    server = await startTestServer({ rateLimit: { requestsPerSecond: 0.01, burst: 2 } });
    expect((await server.get('/accounts')).status).toBe(200);
    expect((await server.get('/accounts')).status).toBe(200);
    const response = await server.get('/accounts');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(1);
    expect((await server.get('/health')).status).toBe(200);
  });
});

describe('hostile requests', () => {
  test.each<[string, string, Record<string, string>, string | undefined, number]>([
    ['POST', '/connections', {}, '{}', 405],
    ['DELETE', '/accounts', {}, undefined, 405],
    ['GET', '/connections', { 'content-length': '5' }, 'aaaaa', 413],
    ['GET', '/nowhere', {}, undefined, 404],
    ['GET', '/connections/%E0%A4%A/eu', {}, undefined, 400],
    ['GET', `/connections?date=${'9'.repeat(20_000)}`, {}, undefined, 414],
    ['GET', '/ui/../../package.json', {}, undefined, 404],
    ['GET', '/ui/%2e%2e/package.json', {}, undefined, 404],
    ['GET', '/v1/connections?__proto__=1', {}, undefined, 400],
    ['GET', '/v1/connections?limit=1e3', {}, undefined, 400],
    ['GET', '/v1/connections?cursor=x', {}, undefined, 400],
    ['GET', '/v1/connections?from=2026-11-20&to=2026-11-19', {}, undefined, 400],
    ['GET', '/v1/connections?from=1970-01-01', {}, undefined, 400],
    ['GET', '/v1/connections?port=70000', {}, undefined, 400],
    ['GET', '/v1/connections', { accept: 'image/png' }, undefined, 406],
    ['GET', '/v1/explain?account=1&region=x&source=a&dest=b&port=1', {}, undefined, 404],
  ])('%s %.60s', async (method, path, headers, body, status) => {
    server = await startTestServer();
    const response = await rawRequest(server.origin, path, { method, headers }, body);
    expect(response.status).toBe(status);
    expect(response.body).not.toContain('    at ');
    expect((await server.get('/health')).status).toBe(200);
  });

  test('a store that is gone is a 503, and health and the page still answer', async () => {
    server = await startTestServer();
    server.store.failure = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3'), {
      code: 'NET_TRACKER_STORE',
    });
    const response = await server.get('/connections');
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('10.1.2.3');
    expect(await server.json('/readyz')).toMatchObject({ status: 'store-unreachable' });
    expect((await server.get('/health')).status).toBe(200);
    expect((await server.get('/ui/')).status).toBe(200);
  });

  test('the security policy knows no script but the own', async () => {
    server = await startTestServer();
    const policy = (await server.get('/ui/')).headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });
});
