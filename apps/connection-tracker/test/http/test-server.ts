import { type IncomingHttpHeaders, request, type RequestOptions } from 'node:http';
import { createLog, createRedactor, type LogRecord, systemClock } from '@net/cli';
import { type HttpService, serveHttp, type ServeHttpOptions } from '../../src/http/index.js';
import { MemoryStore, shardOf } from './memory-store.js';

/** The day of all that the test bed has. */
export const TODAY = '2026-11-20';
export const NOW_MS: number = Date.parse(`${TODAY}T12:00:00Z`);

export interface TestServer {
  readonly service: HttpService;
  readonly store: MemoryStore;
  readonly origin: string;
  readonly logged: LogRecord[];
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  json(path: string, headers?: Record<string, string>): Promise<unknown>;
}

/** A request with exactly these headers, which fetch does not allow for all. */
export function rawRequest(
  origin: string,
  path: string,
  options: RequestOptions = {},
  body?: string,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(origin + path, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A server on a free port over a store in memory with the given options. */
export async function startTestServer(
  options: Partial<ServeHttpOptions> = {},
  fills: readonly ((store: MemoryStore) => void)[] = [fill],
): Promise<TestServer> {
  const store = new MemoryStore();
  for (const one of fills) one(store);
  const logged: LogRecord[] = [];
  const sink = { write: (record: LogRecord) => void logged.push(record), dropped: 0, close: async () => {} };
  const log = createLog(sink, { level: 'debug', clock: systemClock, redactor: createRedactor() });
  const service = await serveHttp({
    store: store.asStore,
    addresses: {
      entries: async () => [
        ['203.0.113.9', 'gate.example.org'],
        ['203.0.113.10', null],
        ['198.51.100.7', 'Gate'],
      ],
    },
    auth: [],
    clock: { now: () => NOW_MS, monotonicMs: () => performance.now() },
    log,
    version: '9.9.9',
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  const origin = `http://127.0.0.1:${service.port}`;
  const get = (path: string, headers: Record<string, string> = {}) => fetch(origin + path, { headers });
  return { service, store, origin, logged, get, json: async (...of) => (await get(...of)).json() };
}

/** A delta with what tests do not care about filled in. */
export function delta(source: string, dest: string, destPort: number, count: number, day: string = TODAY) {
  const firstMs = Date.parse(`${day}T08:00:00Z`);
  return {
    source,
    dest,
    destPort,
    count,
    day,
    firstMs,
    lastMs: firstMs + 60_000,
    decidedBy: { syn: count },
    example: '2 111111111111 eni-1 203.0.113.9 10.0.0.5 50000 443 6 10 840 1 2 ACCEPT OK',
  };
}

function fill(store: MemoryStore): void {
  const none = { domain: undefined, attributes: {} };
  store.setAccounts([
    { id: '111111111111', name: 'shop', regions: ['eu-west-1', 'eu-central-1'], ...none },
    { id: '222222222222', name: undefined, regions: ['eu-west-1'], ...none },
  ]);
  const shop = shardOf('111111111111/eu-west-1');
  store.add(
    shop,
    [
      delta('gate.example.org/203.0.113.9', 'web/54.1.2.3', 443, 12),
      delta('198.51.100.7', 'web/54.1.2.3', 443, 12),
      delta('222222222222/eu-west-1/nat-eu-west-1a.example.org', 'web/54.1.2.3', 8443, 5),
      delta('222222222222/eu-west-1/odd-eu-west-1.example.org', 'web/54.1.2.3', 22, 2),
      delta('office', 'bastion/54.1.2.4', 22, 7),
    ],
    NOW_MS,
  );
  store.add(shop, [delta('office', 'bastion/54.1.2.4', 22, 3, '2026-11-19')], NOW_MS);
  store.add(
    shardOf('222222222222/eu-west-1'),
    [delta('111111111111/eu-west-1/nat-eu-west-1a.example.org', 'db/54.9.9.9', 5432, 1)],
    NOW_MS,
  );
  store.setStatus(shop, {
    lastUpdate: '2026-11-20T11:59:00.000000Z',
    checkpoint: { cursor: 'c', readUntilMs: NOW_MS - 60_000 },
  });
}
