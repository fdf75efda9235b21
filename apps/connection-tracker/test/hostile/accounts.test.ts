import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory, until } from '@net/testing';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import { serve, type Served } from '../defects/running.js';
import { delta, shopShard } from './served-store.js';

const TOKEN = 'abcdef0123456789';
const MANY = process.env['NET_TEST_LONG'] === '1' ? 100_000 : 20_000;
let team: Server;
let service: Served;
let answer: RequestListener;
let elsewhere = 0;

const send =
  (body: string, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

beforeAll(async () => {
  answer = send(JSON.stringify([{ id: '111111111111', name: 'shop' }]));
  team = createServer((request, response) => {
    if (request.url === '/elsewhere') elsewhere += 1;
    answer(request, response);
  });
  team.listen(0, '127.0.0.1');
  await once(team, 'listening');
  const directory = temporaryDirectory('hostile-accounts');
  const fill = openEmbeddedStore({ directory });
  const deltas = [delta('gate', 'web/192.0.2.1')];
  await fill.commit({ shard: shopShard, fence: 1, batchId: '1', previous: '', deltas, seen: [] });
  await fill.close();
  const { port } = team.address() as AddressInfo;
  service = await serve(
    [
      ...['--team-service-url', `http://127.0.0.1:${port}`, '--accounts-interval', '1s'],
      // Nothing listens there: accounts that come are known, and cannot be read.
      ...['--endpoint-url', 'http://127.0.0.1:1', '--regions', 'eu-west-1', '--no-reverse-dns'],
      ...['--store-directory', directory, '--interval', '1h'],
    ],
    { OAUTH2_ACCESS_TOKENS: `tok=${TOKEN}` },
  );
  await until('the first list is read', async () => (await accounts())['111111111111']?.name === 'shop');
});
afterAll(async () => {
  await service.stop();
  team.closeAllConnections();
  team.close();
});

const accounts = async (): Promise<Record<string, { readonly name: string | null }>> =>
  (await (await fetch(`${service.origin}/accounts`)).json()) as Record<string, { name: string | null }>;

/** The service answers, and knows what it knew. */
async function isUp(): Promise<void> {
  expect(await (await fetch(`${service.origin}/health`)).json()).toBe('OK');
  expect((await accounts())['111111111111']).toMatchObject({ name: 'shop' });
  const connections = await fetch(`${service.origin}/connections/111111111111/eu-west-1?date=2026-03-10`);
  expect(await connections.json()).toEqual([
    { source: 'gate', dest: 'web/192.0.2.1', dest_port: 443, score: 1 },
  ]);
}

describe('a hostile team service', () => {
  const endless: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(1 << 20, 0x20);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    response.on('error', () => undefined);
    more();
  };
  test.each<[string, RequestListener, RegExp]>([
    ['that answers HTML', send('<html><script>alert(1)</script></html>'), /is not JSON/],
    ['that answers an object', send('{"__proto__":[1],"length":3}'), /is not a list/],
    [
      'that leads elsewhere',
      (request, response) =>
        void response.writeHead(302, { location: `http://${request.headers.host}/elsewhere` }).end(),
      /status 302/,
    ],
    [
      'that breaks off',
      (_, response) => void response.writeHead(200).write('[', () => response.destroy()),
      /could not be asked/,
    ],
    ['that never ends', endless, /more than \d+ bytes/],
  ])('%s: the last list stays in force, and what is wrong is told', async (_, listener, words) => {
    const told = service.log().length;
    answer = listener;
    await until('it is told', () => words.test(service.log().slice(told)), 30_000);
    await isUp();
    expect(elsewhere).toBe(0);
    expect(service.log()).not.toContain(TOKEN);
  });

  test('items of any type are left out, deep ones without what is deep, and the others count', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const items = [
      ...[
        'null',
        '7',
        '"x"',
        '[]',
        '{}',
        '{"id":{}}',
        '{"id":"../../x","name":"y"}',
        '{"id":1e99,"name":"z"}',
      ],
      ...['{"id":"333333333333","name":{"a":1}}', '{"id":"444444444444","name":"\\u001b[31m"}'],
      ...[
        '{"__proto__":{"id":"1"},"constructor":1}',
        '{"id":"555555555555","name":"<b>","__proto__":{"x":1}}',
      ],
      ...[`{"id":"666666666666","name":"deep","deep":${deep}}`, '{"id":"111111111111","name":"shop"}'],
      ...['{"id":"111111111111","name":"another"}'],
    ];
    answer = send(`[${items.join(',')}]`);
    await until('the list is read', async () => '666666666666' in (await accounts()));
    const known = Object.entries(await accounts()).map(([id, { name }]) => [id, name] as const);
    expect(Object.fromEntries(known)).toEqual({
      '111111111111': 'shop',
      '333333333333': null,
      '444444444444': null,
      '555555555555': '<b>',
      '666666666666': 'deep',
    });
    await isUp();
    // One line for the whole list, and none that is as long as a hostile list.
    expect(
      Math.max(
        ...service
          .log()
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThan(2_000);
  });

  test(`${MANY} accounts: the service answers meanwhile, and goes back to few`, async () => {
    const many = Array.from({ length: MANY }, (_, index) => ({
      id: String(7e11 + index),
      name: `n${index}`,
    }));
    answer = send(JSON.stringify([...many, { id: '111111111111', name: 'shop' }]));
    await until('they are known', () => service.log().includes(`${MANY + 1} accounts in 1 regions`), 60_000);
    await isUp();
    await until('they are all shown', async () => String(7e11 + MANY - 1) in (await accounts()), 60_000);
    answer = send(JSON.stringify([{ id: '111111111111', name: 'shop' }]));
    await until('few are known', () => /\d+1 accounts[^]* 1 accounts in 1/.test(service.log()), 60_000);
    await isUp();
  });
});
