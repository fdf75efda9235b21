import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AddressClasses } from '@net/flowlogs';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { toDeltas } from '../../src/ingest/index.js';
import { type ConnectionDelta, storableName } from '../../src/model/index.js';
import { createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';
import { run } from '../defects/running.js';
import { expectNamesOnce } from './names-once.js';
import { DAY, delta, NOW_MS, serveStore, type ServedStore, shopShard } from './served-store.js';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  ...[
    'a->b',
    '->',
    '->->:',
    'a:b:443',
    ':',
    ':0',
    '-',
    '>',
    'x\ny\r\nz',
    'tab\there',
    '\u0000',
    '\u001b[31mred',
  ],
  ...[
    'lone \ud800 surrogate',
    '\udfff',
    '😀',
    '\uffff',
    '\uffffz',
    '\u{10ffff}',
    '\u202eright to left',
    '\ufeff',
  ],
  ...[
    '=HYPERLINK("http://x","y")',
    '+1',
    '-1+1',
    '@SUM(1)',
    '"quoted", with comma',
    "'",
    ';',
    '\\',
    '\t=1',
    '＝1',
    '\n=1',
  ],
  ...[
    '%3E',
    '%25',
    '-%3E',
    '%00',
    '%0A',
    '%',
    '%%%',
    '+',
    '&a=b',
    '#',
    '?',
    ' ',
    '../../etc/passwd',
    '//host/x',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '*',
    'a*',
    '[object Object]',
    'null',
    'undefined',
  ],
  ...[
    'a'.repeat(10_000),
    '€'.repeat(10_000),
    '\n'.repeat(10_000),
    `${'->'.repeat(5_000)}`,
    '😀'.repeat(5_000),
  ],
];

let tracker: ServedStore;
beforeEach(async () => {
  tracker = await serveStore();
});
afterEach(() => tracker.close());

/** Gives a source this name and a destination that one, the way records go. */
async function named(
  pairs: readonly (readonly [source: string, dest: string])[],
): Promise<ConnectionDelta[]> {
  const addressOf = (index: number): string =>
    `93.${184 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const names = createSourceNames(
    parseNetworks(''),
    createReverseNames({ reverse: () => Promise.resolve([]) }),
  );
  names.setHosts('hostile', Object.fromEntries(pairs.map(([source], index) => [addressOf(index), source])));
  const sightings = pairs.map(([, dest], index) => {
    const { source: _, ...rest } = delta('', dest, { destPort: index % 65_536 });
    return { ...rest, source: addressOf(index), isInstance: false };
  });
  return [...(await toDeltas(sightings, names, new AddressClasses()))];
}

interface Row {
  readonly source: string;
  readonly dest: string;
  readonly dest_port: number;
}
const keyOf = ({ source, dest, dest_port }: Row): string => JSON.stringify([source, dest, dest_port]);
const where = { account: shopShard.accountId, region: shopShard.region };
const query = (more: Record<string, string | number>): string =>
  new URLSearchParams(
    Object.entries({ ...where, ...more }).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

/** All items of a list, page by page. */
async function all<T>(path: string, limit: number): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await tracker.json<{ items: T[]; next: string | null }>(`${path}&limit=${limit}${next}`);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

describe('hostile names', () => {
  test('are in every answer as they are: never split at the wrong place, never missing, never twice', async () => {
    const pairs = HOSTILE.flatMap((name, index) => {
      const other = HOSTILE[(index * 7 + 3) % HOSTILE.length]!;
      return [[name, other] as const, [name, 'web/192.0.2.1'] as const, ['gate', name] as const];
    });
    const deltas = await named(pairs);
    const wanted = deltas
      .map(({ source, dest, destPort }) => keyOf({ source, dest, dest_port: destPort }))
      .sort();
    expect(wanted).toHaveLength(pairs.length);
    await tracker.add(deltas);
    const rows = await tracker.json<Row[]>('/connections/111111111111/eu-west-1');
    expect(rows.map(keyOf).sort()).toEqual(wanted);
    const byShard = await tracker.json<Record<string, Row[]>>('/connections');
    expect(byShard).toEqual({ '111111111111/eu-west-1': rows });
    const ends = [
      ...new Set(rows.map(({ dest, dest_port }) => keyOf({ source: '', dest, dest_port }))),
    ].sort();
    const endpoints = await tracker.json<Row[]>('/endpoints/111111111111/eu-west-1');
    expect(endpoints.map((one) => keyOf({ ...one, source: '' })).sort()).toEqual(ends);
    for (const order of ['score', 'member'])
      expect((await all<Row>(`/v1/connections?order=${order}`, 7)).map(keyOf).sort()).toEqual(wanted);
    expect((await all<Row>(`/v1/new?${query({})}`, 7)).map(keyOf).sort()).toEqual(wanted);
    const ndjson = await (await fetch(`${tracker.origin}/v1/connections?format=ndjson`)).text();
    expect(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => keyOf(JSON.parse(line) as Row))
        .sort(),
    ).toEqual(wanted);
    const tsv = await (await fetch(`${tracker.origin}/v1/connections?format=tsv`)).text();
    const lines = tsv.trimEnd().split('\n');
    expect(lines).toHaveLength(wanted.length + 1);
    expect(new Set(lines.map((line) => line.split('\t').length))).toEqual(new Set([8]));
    const listed = await run([
      'list-connections',
      tracker.origin,
      '-o',
      'tsv',
      '--date-from',
      DAY,
      '--date-to',
      DAY,
    ]);
    expect(listed.stdout.trimEnd().split('\n')).toHaveLength(wanted.length + 1);
  });

  test('lead to their own endpoint, source and explanation, and to no other', async () => {
    await tracker.add(
      await named(
        HOSTILE.flatMap(
          (name) =>
            [
              [name, 'web/192.0.2.1'],
              ['gate', name],
            ] as const,
        ),
      ),
    );
    const rows = await tracker.json<Row[]>('/connections/111111111111/eu-west-1');
    for (const { source, dest, dest_port } of rows) {
      const to = await all<Row>(`/v1/source?${query({ source })}`, 100);
      expect(to.map((one) => [one.dest, one.dest_port])).toContainEqual([dest, dest_port]);
      if (source !== 'gate') expect(to).toHaveLength(1);
      const from = await all<Row>(`/v1/endpoint?${query({ dest, port: dest_port })}`, 100);
      expect(from.map((one) => one.source)).toEqual([source]);
      const explained = await fetch(
        `${tracker.origin}/v1/explain?${query({ source, dest, port: dest_port })}`,
      );
      expect(explained.status).toBe(200);
      const filtered = await all<Row>(`/v1/connections?${query({ source, port: dest_port })}`, 100);
      if (!source.endsWith('*')) expect(filtered.map((one) => one.source)).toEqual([source]);
    }
  });

  test('of any text: pages of any size together have every connection once, in both orders', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({
        unit: fc.constantFrom('-', '>', ':', '%', '3', 'E', '\u0000', '\ud800', '😀', '\uffff', '/'),
      }),
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, name), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (pairs, limit) => {
          round += 1;
          const shard = { accountId: String(round), region: 'eu-west-1' };
          const deltas = await named(pairs);
          await tracker.add(deltas, shard);
          const wanted = deltas
            .map(({ source, dest, destPort }) => keyOf({ source, dest, dest_port: destPort }))
            .sort();
          const of = `account=${round}&region=eu-west-1`;
          for (const path of [
            `/v1/connections?order=score&${of}`,
            `/v1/connections?order=member&${of}`,
            `/v1/new?${of}`,
          ])
            expect((await all<Row>(path, limit)).map(keyOf).sort()).toEqual(wanted);
          const { dest, source } = deltas[0] ?? { dest: 'x', source: 'x' };
          const to = await all<Row>(`/v1/source?${of}&source=${encodeURIComponent(source || 'x')}`, limit);
          expect(to.map((one) => keyOf({ ...one, source })).sort()).toEqual(
            wanted.filter((key) => (JSON.parse(key) as string[])[0] === source && source !== ''),
          );
          expect(typeof dest).toBe('string');
        },
      ),
      propertyOptions(30),
    );
  });

  test('of any text: sources and endpoints over several days are merged, each once with all its days', async () => {
    await expectNamesOnce(tracker.store);
    await tracker.store.deleteBefore('2026-03-11');
    const range = { from: '2026-03-01', to: DAY };
    for (const { shard } of await tracker.store.shards()) {
      expect(await tracker.store.days(shard)).toEqual([]);
      expect((await tracker.store.endpoints(shard, DAY, { limit: 10 })).items).toEqual([]);
      expect((await tracker.store.endpointsOf(shard, 'gate', range, { limit: 10 })).items).toEqual([]);
      const first = await tracker.store.firstSeen(shard, { fromMs: 0, toMs: NOW_MS }, { limit: 10 });
      expect(first.items).toEqual([]);
    }
  });

  test('run no formula in a spreadsheet', async () => {
    await tracker.add(await named(HOSTILE.map((name) => [name, name] as const)));
    const csv = await (await fetch(`${tracker.origin}/v1/connections?format=csv`)).text();
    const cells = csvCells(csv);
    expect(cells).toHaveLength(HOSTILE.length + 1);
    for (const row of cells) {
      expect(row).toHaveLength(8);
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝]/);
    }
    expect(cells.map((row) => row[4])).toContain(`'=HYPERLINK("http://x","y")`);
  });

  test('that cannot be kept leave a commit undone as a whole', async () => {
    const { store } = tracker;
    for (const bad of [
      delta('x'.repeat(5_000), 'web'),
      delta('gate', '€'.repeat(1_000)),
      delta('gate', 'web', { day: '2026-02-30' }),
      delta('gate', 'web', { day: 'x'.repeat(3_000) }),
    ]) {
      const batch = { shard: shopShard, fence: 1, batchId: 'bad', previous: '', seen: [] };
      const commit = store.commit({ ...batch, deltas: [delta('good', 'web'), bad, delta('good', 'web')] });
      await expect(commit).rejects.toMatchObject({ code: 'NET_TRACKER_STORE' });
      expect(await store.days(shopShard)).toEqual([]);
      expect((await store.connections(shopShard, DAY, { limit: 10, order: 'member' })).items).toEqual([]);
      expect((await store.loadShard(shopShard)).version).toBe('');
    }
  });

  test('of different length stay different after they are cut', () => {
    const cut = [5_000, 5_001, 10_000].map((length) => storableName('a'.repeat(length)));
    expect(new Set(cut).size).toBe(3);
    for (const name of cut) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(600);
  });
});

/** RFC 4180. */
function csvCells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (const [, value = '', end] of text.matchAll(cell)) {
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
