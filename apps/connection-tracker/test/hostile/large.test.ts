import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import compression from 'compression';
import express from 'express';
import { sendAnswer } from '../../src/http/send-answer.js';
import type { Page, PageRequest, Store } from '../../src/store/index.js';
import { until } from '@net/testing';
import { delta, serveStore, type ServedStore } from './served-store.js';

const CONNECTIONS = process.env['NET_TEST_LONG'] === '1' ? 100_000 : 12_000;

let tracker: ServedStore;
/** Rows of each page that was read of the store. */
let pages: number[] = [];

const PAGED = ['connections', 'endpoints', 'sourcesOf', 'endpointsOf', 'firstSeen'] as const;

function watched(store: Store): Store {
  const read =
    (name: (typeof PAGED)[number]) =>
    async (...given: unknown[]): Promise<Page<unknown>> => {
      const page = await (store[name] as (...all: unknown[]) => Promise<Page<unknown>>)(...given);
      expect((given.at(-1) as PageRequest).limit).toBeLessThanOrEqual(1_000);
      pages.push(page.items.length);
      return page;
    };
  return { ...store, ...Object.fromEntries(PAGED.map((name) => [name, read(name)])) };
}

beforeAll(async () => {
  tracker = await serveStore({}, watched);
  await tracker.add(
    Array.from({ length: CONNECTIONS }, (_, index) =>
      delta(
        `host-${index}.example.net/93.184.${(index >> 8) & 255}.${index & 255}`,
        `web-${index % 3_000}/192.0.2.1`,
        {
          count: 1 + (index % 50),
        },
      ),
    ),
  );
}, 120_000);
afterAll(() => tracker.close());

const of = 'account=111111111111&region=eu-west-1';

describe('a large store', () => {
  test.each([
    ['/connections', CONNECTIONS],
    ['/connections/111111111111/eu-west-1', CONNECTIONS],
    ['/endpoints', 3_000],
    ['/account-connections', CONNECTIONS],
    ['/v1/connections?format=ndjson', CONNECTIONS],
    ['/v1/connections?limit=10000', 10_000],
    [`/v1/connections?${of}&q=host-19&limit=10000`, CONNECTIONS],
    [`/v1/new?${of}&limit=10000`, 10_000],
    [`/v1/source?${of}&source=host-7.example.net/93.184.0.7&limit=10000`, 1],
    ['/v1/graph', CONNECTIONS],
  ])('%s is read in pages of at most a thousand rows', async (path, rows) => {
    pages = [];
    const response = await fetch(tracker.origin + path);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(pages.reduce((sum, many) => sum + many, 0)).toBeGreaterThanOrEqual(rows);
  });

  test('short requests are answered in between the pages of long ones', async () => {
    let isOver = false;
    const long = Promise.all(
      Array.from({ length: 8 }, async () => (await fetch(`${tracker.origin}/connections`)).arrayBuffer()),
    ).finally(() => (isOver = true));
    let short = 0;
    while (!isOver) {
      expect((await fetch(`${tracker.origin}/health`)).status).toBe(200);
      short += 1;
    }
    const sizes = (await long).map(({ byteLength }) => byteLength);
    expect(new Set(sizes).size).toBe(1);
    expect(short).toBeGreaterThan(5);
  });

  test.each(['gzip', 'identity'])(
    'answers of any length keep one listener to their end: %s',
    async (encoding) => {
      let listeners = 0;
      let drained = 0;
      const app = express();
      app.use(compression());
      app.use((request, response) => {
        const on = response.on.bind(response);
        response.on = ((name: string, listener: () => void) => {
          if (name === 'drain') listeners += 1;
          return on(name, listener);
        }) as typeof response.on;
        response.prependListener('drain', () => (drained += 1));
        const chunks = (async function* () {
          for (let sent = 0; sent < 300; sent++)
            yield await Promise.resolve(randomBytes(50_000).toString('hex'));
        })();
        const answer = { kind: 'text', contentType: 'text/plain', chunks } as const;
        void sendAnswer(request, response, answer, new AbortController().signal);
      });
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const asked = get(`http://127.0.0.1:${port}/`, { headers: { 'accept-encoding': encoding } });
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      let bytes = 0;
      for await (const chunk of response) bytes += (chunk as Buffer).length;
      server.close();
      expect(bytes).toBeGreaterThan(10_000_000);
      expect(drained).toBeGreaterThan(1);
      expect(listeners).toBe(1);
    },
  );

  test('a caller that does not read is not read for', async () => {
    pages = [];
    const [response] = (await once(get(`${tracker.origin}/connections`), 'response')) as [IncomingMessage];
    response.pause();
    // What fits into the buffers of the connection is read; then nothing is.
    let before = -1;
    await until('it rests', async () => {
      const isSame = pages.length === before;
      before = pages.length;
      await sleep(200);
      return isSame && before === pages.length;
    });
    if (CONNECTIONS > 50_000) expect(pages.length).toBeLessThan(CONNECTIONS / 500);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => (bytes += chunk.length));
    response.resume();
    await once(response, 'end');
    expect(bytes).toBeGreaterThan(CONNECTIONS * 50);
  });
});
