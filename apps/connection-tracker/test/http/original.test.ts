import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rawRequest, startTestServer, type TestServer } from './test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.service.close();
});

const shopToday = [
  { source: 'gate.example.org/203.0.113.9', dest: 'web/54.1.2.3', dest_port: 443, score: 12 },
  { source: '198.51.100.7', dest: 'web/54.1.2.3', dest_port: 443, score: 12 },
  { source: 'office', dest: 'bastion/54.1.2.4', dest_port: 22, score: 7 },
  {
    source: '222222222222/eu-west-1/nat-eu-west-1a.example.org',
    dest: 'web/54.1.2.3',
    dest_port: 8443,
    score: 5,
  },
  {
    source: '222222222222/eu-west-1/odd-eu-west-1.example.org',
    dest: 'web/54.1.2.3',
    dest_port: 22,
    score: 2,
  },
];

const dbToday = [
  {
    source: '111111111111/eu-west-1/nat-eu-west-1a.example.org',
    dest: 'db/54.9.9.9',
    dest_port: 5432,
    score: 1,
  },
];

describe('paths of the original', () => {
  test.each<[string, unknown]>([
    ['/health', 'OK'],
    ['/addresses', { '203.0.113.9': 'gate.example.org', '203.0.113.10': null, '198.51.100.7': 'Gate' }],
    ['/addresses?q=gate', { '203.0.113.9': 'gate.example.org' }],
    [
      '/accounts',
      {
        '111111111111': { name: 'shop', last_update: '2026-11-20T11:59:00.000000Z' },
        '222222222222': { name: null, last_update: null },
      },
    ],
    [
      '/connections',
      {
        '111111111111/eu-central-1': [],
        '111111111111/eu-west-1': shopToday,
        '222222222222/eu-west-1': dbToday,
      },
    ],
    [
      '/connections?date=2026-11-19',
      {
        '111111111111/eu-central-1': [],
        '111111111111/eu-west-1': [{ source: 'office', dest: 'bastion/54.1.2.4', dest_port: 22, score: 3 }],
        '222222222222/eu-west-1': [],
      },
    ],
    ['/connections/111111111111/eu-west-1', shopToday],
    ['/connections/999999999999/eu-west-1', []],
    [
      '/endpoints/111111111111/eu-west-1',
      [
        { dest: 'web/54.1.2.3', dest_port: 443 },
        { dest: 'bastion/54.1.2.4', dest_port: 22 },
        { dest: 'web/54.1.2.3', dest_port: 8443 },
        { dest: 'web/54.1.2.3', dest_port: 22 },
      ],
    ],
    [
      '/endpoints?date=2026-11-19',
      {
        '111111111111/eu-central-1': [],
        '111111111111/eu-west-1': [{ dest: 'bastion/54.1.2.4', dest_port: 22 }],
        '222222222222/eu-west-1': [],
      },
    ],
    [
      '/account-connections',
      {
        '111111111111/eu-central-1': [],
        '111111111111/eu-west-1': [{ source: '222222222222/eu-west-1', score: 7 }],
        '222222222222/eu-west-1': [{ source: '111111111111/eu-west-1', score: 1 }],
      },
    ],
    [
      '/account-connections?include=office,198.51.100.7',
      {
        '111111111111/eu-central-1': [],
        '111111111111/eu-west-1': [
          { source: '198.51.100.7', score: 12 },
          { source: 'office', score: 7 },
          { source: '222222222222/eu-west-1', score: 7 },
        ],
        '222222222222/eu-west-1': [{ source: '111111111111/eu-west-1', score: 1 }],
      },
    ],
  ])('GET %s', async (path, expected) => {
    const response = await server.get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(expected);
  });

  test.each([
    '/connections?date=2026-02-30',
    '/connections?date=yesterday',
    '/connections?date=2026-11-19&date=2026-11-20',
    '/connections/12x/eu-west-1',
    '/connections/111111111111/EU',
    '/endpoints/1/eu_west',
  ])('GET %s is refused', async (path) => {
    const response = await server.get(path);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test('the description has every path of the original', async () => {
    const { swagger, info, paths } = (await server.json('/swagger.json')) as Record<string, object>;
    expect(swagger).toBe('2.0');
    expect(info).toMatchObject({ title: 'Connections', version: '0.1' });
    expect(Object.keys(paths!)).toEqual([
      '/addresses',
      '/accounts',
      '/connections',
      '/connections/{account_id}/{region}',
      '/endpoints',
      '/endpoints/{account_id}/{region}',
      '/account-connections',
    ]);
    const byShard = (paths as Record<string, unknown>)['/connections/{account_id}/{region}'];
    expect(byShard).toMatchObject({
      get: {
        parameters: [
          { in: 'path', name: 'account_id', required: true, type: 'string', pattern: '^[0-9]+$' },
          { in: 'path', name: 'region', required: true, type: 'string', pattern: '^[a-z0-9-]+$' },
          { in: 'query', name: 'date', required: false, type: 'string', format: 'date' },
        ],
      },
    });
  });

  test('metrics come as Prometheus reads them, and as the original gave them', async () => {
    await server.json('/accounts');
    const text = await (await server.get('/metrics')).text();
    expect(text).toContain('connection_tracker_http_requests_total{route="/accounts",status="200"}');
    expect(text).toContain(
      'connection_tracker_shard_lag_seconds{account="111111111111",region="eu-west-1"} 60',
    );
    const json = await server.json('/metrics', { accept: 'application/json' });
    expect(json).toMatchObject({ version: '1.0', meters: {}, timers: {} });
    expect(json).toHaveProperty(
      ['gauges', 'connection_tracker_shard_lag_seconds.111111111111.eu-west-1', 'value'],
      60,
    );
  });

  test('an answer is not sent twice to who has it', async () => {
    const first = await server.get('/connections');
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^W\//);
    await first.text();
    const again = await rawRequest(server.origin, '/connections', { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, body: '' });
    server.store.setStatus({ accountId: '111111111111', region: 'eu-west-1' }, { committedAtMs: 1 });
    const changed = await rawRequest(server.origin, '/connections', { headers: { 'if-none-match': etag } });
    expect(changed.status).toBe(200);
  });
});
