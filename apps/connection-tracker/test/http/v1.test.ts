import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shardOf } from './memory-store.js';
import { delta, NOW_MS, startTestServer, type TestServer, TODAY } from './test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.service.close();
});

interface List {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

const list = async (query: string): Promise<List> => (await server.json(`/v1/connections?${query}`)) as List;
const shop = 'account=111111111111&region=eu-west-1';

describe('/v1/connections', () => {
  test('a range of days, with names of accounts', async () => {
    const { items, next } = await list('from=2026-11-19');
    expect(next).toBeNull();
    expect(items).toHaveLength(7);
    expect(items[0]).toEqual({
      day: '2026-11-19',
      account_id: '111111111111',
      account_name: 'shop',
      region: 'eu-west-1',
      source: 'office',
      dest: 'bastion/54.1.2.4',
      dest_port: 22,
      score: 3,
    });
  });

  test.each([
    ['port=22', 2],
    ['port=22,8443', 3],
    ['not_port=0,443', 4],
    ['source=office', 1],
    ['source=222222222222/*', 2],
    ['dest=web/*', 4],
    ['q=GATE', 1],
    ['min_score=7', 3],
    ['account=222222222222', 1],
    ['region=eu-central-1', 0],
    ['account=424242424242', 0],
  ])('%s', async (query, rows) => {
    expect((await list(query)).items).toHaveLength(rows);
  });

  test('pages of any size give every row once, in order', async () => {
    const whole = (await list('from=2026-11-19')).items;
    for (const limit of [1, 2, 3, 5]) {
      const rows: unknown[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: List = await list(`from=2026-11-19&limit=${limit}${cursor && `&cursor=${cursor}`}`);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        rows.push(...page.items);
        cursor = page.next;
      }
      expect(rows).toEqual(whole);
    }
  });

  test('as CSV, TSV and NDJSON, by Accept or by name', async () => {
    const csv = await server.get('/v1/connections?port=5432', { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await csv.text()).toBe(
      'day,account_id,account_name,region,source,dest,dest_port,score\r\n' +
        `${TODAY},222222222222,,eu-west-1,111111111111/eu-west-1/nat-eu-west-1a.example.org,db/54.9.9.9,5432,1\r\n`,
    );
    const tsv = await (await server.get('/v1/connections?port=5432&format=tsv')).text();
    expect(tsv.split('\n')[1]!.split('\t')).toHaveLength(8);
    const ndjson = await (await server.get('/v1/connections?format=ndjson&limit=2')).text();
    expect(
      ndjson
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).score),
    ).toEqual([12, 12]);
  });

  test('hostile names stay in their cells', async () => {
    const shard = shardOf('333333333333/eu-west-1');
    const evil = '=cmd()|"a",\n<script>->x:y\tz';
    server.store.add(shard, [delta(evil, '@evil:1', 80, 1)], NOW_MS);
    const csv = await (await server.get('/v1/connections?account=333333333333&format=csv')).text();
    expect(csv.split('\r\n')[1]).toBe(
      `${TODAY},333333333333,,eu-west-1,"'=cmd()|""a"",\n<script>->x:y\tz",'@evil:1,80,1`,
    );
    const tsv = await (await server.get('/v1/connections?account=333333333333&format=tsv')).text();
    expect(tsv.trimEnd().split('\n')).toHaveLength(2);
    expect((await list('account=333333333333')).items[0]).toMatchObject({ source: evil, dest: '@evil:1' });
    server.store.setStatus(shard, { committedAtMs: 2 });
  });
});

describe('details', () => {
  test('an endpoint over days', async () => {
    const path = `/v1/endpoint?${shop}&dest=bastion/54.1.2.4&port=22&from=2026-11-19&to=${TODAY}`;
    expect(await server.json(path)).toEqual({
      items: [
        {
          source: 'office',
          days: { '2026-11-19': 3, '2026-11-20': 7 },
          first_seen: '2026-11-19T08:00:00.000Z',
          last_seen: '2026-11-20T08:01:00.000Z',
          is_new: false,
        },
      ],
      distinct_sources: { count: 1, is_exact: true },
      next: null,
    });
  });

  test('a source', async () => {
    const answer = (await server.json(`/v1/source?${shop}&source=198.51.100.7`)) as List;
    expect(answer.items).toMatchObject([{ dest: 'web/54.1.2.3', dest_port: 443, is_new: true }]);
  });

  test('what is new', async () => {
    const answer = (await server.json(`/v1/new?${shop}`)) as List;
    expect(answer.items.map(({ source }) => source)).not.toContain('office');
    expect(answer.items).toHaveLength(4);
  });

  test('why a connection is there', async () => {
    const query = `${shop}&source=office&dest=bastion/54.1.2.4&port=22`;
    expect(await server.json(`/v1/explain?${query}`)).toMatchObject({
      decided_by: { syn: 3 },
      example: expect.stringContaining('ACCEPT'),
    });
  });

  test('the overview', async () => {
    expect(await server.json('/v1/overview?from=2026-11-19&account=111111111111')).toMatchObject({
      store: 'memory',
      all_days: ['2026-11-19', '2026-11-20'],
      days: [
        { day: '2026-11-19', connections: 1, records: 3 },
        { day: '2026-11-20', connections: 5, records: 38 },
      ],
      shards: [
        { region: 'eu-central-1', lag_seconds: null, records: 0 },
        { account_name: 'shop', region: 'eu-west-1', lag_seconds: 60, connections: 6, records: 41 },
      ],
    });
  });

  test('the graph of accounts and networks', async () => {
    const graph = (await server.json('/v1/graph?to=2026-11-20')) as {
      nodes: { id: string }[];
      edges: Record<string, unknown>[];
    };
    expect(graph.nodes.map(({ id }) => id).sort()).toEqual(
      expect.arrayContaining(['111111111111', '222222222222', 'internet', 'office']),
    );
    expect(graph.edges[0]).toMatchObject({ from: 'internet', to: '111111111111', score: 24 });
    expect(graph.edges).toContainEqual(
      expect.objectContaining({ from: '222222222222', to: '111111111111', score: 7 }),
    );
  });
});

describe('/v1/stream', () => {
  test('commits come as server-sent events, and go on after the last one', async () => {
    const stop = new AbortController();
    const response = await fetch(`${server.origin}/v1/stream?account=444444444444`, { signal: stop.signal });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const read = textReader(response);
    await read.until('retry');
    server.store.add(shardOf('444444444444/eu-west-1'), [delta('a', 'b', 1, 1)], NOW_MS);
    server.store.add(shardOf('555555555555/eu-west-1'), [delta('c', 'd', 2, 1)], NOW_MS);
    server.store.add(shardOf('444444444444/eu-west-1'), [delta('e', 'f', 3, 1)], NOW_MS);
    const text = await read.until('"source":"e"');
    expect(text).not.toContain('"source":"c"');
    const id = /^id: (.+)$/m.exec(text)![1]!;
    stop.abort();
    const again = new AbortController();
    const second = await fetch(`${server.origin}/v1/stream?account=444444444444`, {
      headers: { 'last-event-id': id },
      signal: again.signal,
    });
    const rest = await textReader(second).until('"source":"e"');
    expect(rest).not.toContain('"source":"a"');
    again.abort();
  });

  test('a server that stops ends its streams', async () => {
    const other = await startTestServer();
    const response = await other.get('/v1/stream');
    const read = textReader(response);
    await read.until('retry');
    await other.service.close(60_000);
    await expect(read.rest()).resolves.toBe('');
  });
});

test('the description is of what validates: every route and parameter', async () => {
  const { openapi, paths } = (await server.json('/openapi.json')) as {
    openapi: string;
    paths: Record<string, { get: { parameters: { name: string }[]; responses: object } }>;
  };
  expect(openapi).toBe('3.1.0');
  for (const path of ['/connections', '/v1/connections', '/v1/graph', '/v1/stream', '/v1/explain']) {
    expect(paths[path]).toBeDefined();
  }
  expect(paths['/v1/connections']!.get.parameters.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['from', 'to', 'account', 'q', 'port', 'limit', 'cursor', 'format']),
  );
  for (const [path, { get }] of Object.entries(paths)) {
    const unknown = await server.get(`${path.replaceAll(/\{\w+\}/g, '1')}?no_such_parameter=1`);
    expect(unknown.status).toBe(path.startsWith('/v1/') ? 400 : 200);
    expect(get.responses).toHaveProperty('200');
  }
});

function textReader(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return {
    until: async (end: string): Promise<string> => {
      let text = '';
      while (!text.includes(end)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`ended after ${text}`);
        text += value;
      }
      return text;
    },
    rest: async (): Promise<string> => {
      let text = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return text;
        text += value;
      }
    },
  };
}
