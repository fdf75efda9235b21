import { connect } from 'node:net';
import { toUSVString } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { rawRequest } from '../http/test-server.js';
import { DAY, delta, serveStore, type ServedStore } from './served-store.js';

let tracker: ServedStore;
let before: unknown;
beforeAll(async () => {
  tracker = await serveStore();
  await tracker.add(
    Array.from({ length: 300 }, (_, index) =>
      delta(`source-${index % 40}`, `web-${index % 7}/192.0.2.1`, { destPort: index, count: index + 1 }),
    ),
  );
  before = await tracker.json(`/connections?date=${DAY}`);
});
afterAll(() => tracker.close());

const PATHS = [
  ...[
    '/health',
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/swagger.json',
    '/',
    '/ui/',
    '/addresses',
  ],
  ...[
    '/accounts',
    '/connections',
    '/connections/111111111111/eu-west-1',
    '/endpoints',
    '/account-connections',
  ],
  ...['/endpoints/111111111111/eu-west-1', '/v1/connections', '/v1/overview', '/v1/endpoint', '/v1/source'],
  ...['/v1/new', '/v1/explain', '/v1/graph', '/v1/accounts', '/v1/days'],
];
const NAMES = [
  ...[
    'date',
    'from',
    'to',
    'account',
    'region',
    'source',
    'dest',
    'port',
    'not_port',
    'min_score',
    'q',
    'limit',
  ],
  ...[
    'cursor',
    'order',
    'format',
    'include',
    'days',
    '__proto__',
    'constructor',
    'toString',
    'a[b]',
    'a[]',
    '',
  ],
];
const VALUES = [
  ...[
    DAY,
    '2026-02-30',
    '0000-00-00',
    '9999-12-31',
    '+275760-09-13',
    '111111111111',
    'eu-west-1',
    '0',
    '-1',
    '443',
  ],
  ...[
    '1e9',
    '99999999999999999999',
    '10001',
    'NaN',
    'Infinity',
    '0x10',
    '1,2,3',
    ',',
    '*',
    'source-1',
    'source*',
  ],
  ...[
    'web-1/192.0.2.1',
    'score',
    'member',
    'csv',
    'tsv',
    'ndjson',
    'json',
    'null',
    '__proto__',
    '->',
    ':',
    '\u0000',
  ],
  ...['W10', 'WyIyMDI2LTAzLTEwIl0', btoa(`["${DAY}","111111111111/eu-west-1","[1e999,\\"x\\"]",0]`)],
  ...[
    btoa(`["${DAY}","111111111111/eu-west-1","[-5,\\"\\ud800\\"]",999999]`),
    'a'.repeat(2_049),
    '€'.repeat(2_000),
  ],
  ...[btoa(`["${DAY}","../..",null,-1]`), btoa('{"__proto__":[]}'), '7d', ' ', '%', '\r\n', '<script>'],
];

const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 12 }));
const escaped = value.map((text) => encodeURIComponent(toUSVString(text)));
/** What is no percent escape, or one of no character. */
const broken = fc.constantFrom(
  '%',
  '%z',
  '%ff',
  '%c0%af',
  '%00',
  '%ed%a0%80',
  '%2e%2e%2f',
  '%2F',
  '..',
  '//',
  '\\',
  ';',
);
const query = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), fc.oneof({ weight: 6, arbitrary: escaped }, broken)), {
    maxLength: 6,
  })
  .map((pairs) => pairs.map(([name, text]) => `${encodeURIComponent(name)}=${text}`).join('&'));
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PATHS) },
  fc
    .array(fc.oneof(escaped, broken, fc.constantFrom('connections', 'endpoints', 'v1', 'ui', 'original')), {
      maxLength: 4,
    })
    .map((parts) => `/${parts.join('/')}`),
);
const header = fc.tuple(
  fc.constantFrom(
    ...[
      'accept',
      'accept-encoding',
      'if-none-match',
      'if-modified-since',
      'range',
      'last-event-id',
      'cookie',
    ],
    ...['authorization', 'x-forwarded-for', 'x-forwarded-host', 'origin', 'expect', 'content-length', 'te'],
  ),
  fc.oneof(
    fc.constantFrom(
      '*',
      '*/*',
      '0',
      '',
      'text/csv;q=NaN',
      'W/"',
      '"',
      'bytes=0-0,5-9',
      'gzip;q=-1',
      'Bearer ',
      'br',
    ),
    fc.constantFrom(',,,,', `${'a/b,'.repeat(2_000)}*/*`, '100-continue', 'text/html', 'identity;q=0, *;q=0'),
    fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    }),
  ),
);

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Every answer is a right one or says what is wrong with the request, in the one form. */
function checkAnswer({ status, headers, body }: Answered, method: string): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(headers['x-content-type-options']).toBe('nosniff');
  // A caller that takes any encoding gets one.
  if (method === 'HEAD' || headers['content-encoding'] !== undefined) return;
  if (status >= 400) {
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(body)).toMatchObject({ status, title: expect.any(String) });
    expect(body).not.toMatch(/node_modules|\bat .*:\d+:\d+|<script>/);
  }
  if (status === 200 && /^application\/json/.test(String(headers['content-type']))) JSON.parse(body);
}

describe('hostile requests', () => {
  test('of any path, query and headers have a right answer or a problem document, never an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        path,
        query,
        fc.array(header, { maxLength: 3 }),
        fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE', 'PROPFIND'),
        async (at, asked, headers, method) => {
          const target = `${at}${asked === '' ? '' : `?${asked}`}`;
          const answer = await rawRequest(tracker.origin, target, {
            method,
            headers: { ...Object.fromEntries(headers), 'content-length': '0', connection: 'close' },
          });
          // What Node itself refuses does not come to us.
          if ([400, 417, 431].includes(answer.status) && answer.body === '') return;
          checkAnswer(answer, method);
        },
      ),
      propertyOptions(600),
    );
    expect(tracker.logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await tracker.json(`/connections?date=${DAY}`)).toEqual(before);
  });

  test.each(PATHS.filter((one) => one !== '/'))(
    'names that every object has are no parameters: %s',
    async (at) => {
      for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'prototype'])
        for (const suffix of ['=x', '[x]=1', '=1&date=2026-03-10'])
          checkAnswer(await rawRequest(tracker.origin, `${at}?${name}${suffix}`), 'GET');
      for (const name of ['date', 'limit', 'account', 'source']) {
        const twice = await rawRequest(tracker.origin, `${at}?${name}=1&${name}=2`);
        checkAnswer(twice, 'GET');
      }
    },
  );

  test('names and cursors of any length are answered with nothing, or refused, never as a failure of the store', async () => {
    const of = 'account=111111111111&region=eu-west-1';
    for (const length of [500, 600, 601, 1_000, 1_900, 1_977, 1_978, 2_000, 2_048])
      for (const character of ['a', '%E2%82%AC', '%0A', '-%3E', '%F0%9F%98%80'].filter(
        (one) => one.length * length < 16_000,
      )) {
        const long = character.repeat(length);
        const half = character.repeat(Math.ceil(length / 2));
        for (const target of [
          `/v1/source?${of}&source=${long}`,
          `/v1/endpoint?${of}&dest=${long}&port=1`,
          `/v1/explain?${of}&source=${half}&dest=${half}&port=65535`,
          `/v1/source?${of}&source=source-1&cursor=${long}`,
          `/v1/endpoint?${of}&dest=web-1/192.0.2.1&port=1&cursor=${long}`,
          `/v1/new?${of}&cursor=${encodeURIComponent(JSON.stringify([1, decodeURIComponent(half)]))}`,
        ]) {
          const answer = await rawRequest(tracker.origin, target);
          checkAnswer(answer, 'GET');
          expect([200, 400, 404, 414]).toContain(answer.status);
        }
      }
    for (const page of [
      'x'.repeat(5_000),
      JSON.stringify([1e308, '€'.repeat(2_000)]),
      '\ud800',
      '[null,null]',
      '{}',
    ]) {
      const cursor = Buffer.from(JSON.stringify([DAY, '111111111111/eu-west-1', page, 3])).toString(
        'base64url',
      );
      for (const order of ['score', 'member'])
        checkAnswer(
          await rawRequest(tracker.origin, `/v1/connections?order=${order}&cursor=${cursor}`),
          'GET',
        );
    }
  });

  test('bytes that are no HTTP end their own connection only', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
      fc
        .string({ unit: 'binary', maxLength: 60 })
        .map((text) => Buffer.from(`GET /${text} HTTP/1.1\r\n\r\n`)),
      fc
        .constantFrom(
          'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
          'GET / HTTP/9.9\r\n\r\n',
          `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
          'POST /connections HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
          'GET * HTTP/1.1\r\nHost: localhost\r\n\r\n',
          'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
          'GET /connections HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
        )
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (all) => {
        const answer = await sendBytes(tracker.port, all);
        if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 [234]\d\d /);
      }),
      propertyOptions(80),
    );
    expect(await tracker.json(`/connections?date=${DAY}`)).toEqual(before);
  });

  test('callers that go away in the middle leave nothing behind', async () => {
    for (let round = 0; round < 40; round++) {
      const gone = new AbortController();
      const asked = fetch(`${tracker.origin}/v1/connections?format=ndjson`, { signal: gone.signal });
      if (round % 2 === 0) await asked;
      gone.abort();
      await asked.catch(() => undefined);
    }
    expect(tracker.logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await tracker.json(`/connections?date=${DAY}`)).toEqual(before);
  });
});

/** What comes back until the connection ends; half-closed after the bytes. */
function sendBytes(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
