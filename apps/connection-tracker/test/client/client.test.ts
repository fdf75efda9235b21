import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type App, defineApp, runCli, systemClock } from '@net/cli';
import { temporaryDirectory } from '@net/testing';
import {
  accountGraphCommand,
  endpointUrl,
  listConnectionsCommand,
  reportSuspiciousCommand,
  scanEndpointsCommand,
} from '../../src/client/index.js';
import { staticTokens } from '../../src/http/index.js';
import { shardOf } from '../http/memory-store.js';
import { delta, NOW_MS, startTestServer, type TestServer } from '../http/test-server.js';

const TOKEN = 'a-token-of-sufficient-length';
let tracker: TestServer;
let scanned: Server;
let port: number;

const app: App = defineApp({
  name: 'connection-tracker',
  summary: 'test',
  version: '1.0.0',
  envPrefix: 'CONNECTION_TRACKER',
  commands: [listConnectionsCommand, reportSuspiciousCommand, scanEndpointsCommand, accountGraphCommand],
});

async function run(
  argv: readonly string[],
  env: Record<string, string> = { CONNECTION_TRACKER_TOKEN: TOKEN },
) {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write: (chunk, _, done) => {
        texts[name] += String(chunk);
        done();
      },
    });
  const code = await runCli(app, {
    argv: [...argv],
    env,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    clock: { ...systemClock, now: () => NOW_MS },
  } as never);
  return { code, ...texts };
}

beforeAll(async () => {
  tracker = await startTestServer({ auth: [staticTokens([TOKEN])] });
  scanned = createServer((request, response) => {
    if (request.url === '/moved') response.end('arrived');
    else response.writeHead(401).end('no \u001b[31mentry'.padEnd(100, '.'));
  });
  await new Promise<void>((resolve) => {
    scanned.listen(0, '127.0.0.1', resolve);
  });
  port = (scanned.address() as AddressInfo).port;
});

afterAll(async () => {
  scanned.closeAllConnections();
  scanned.close();
  await tracker.service.close();
});

describe('list-connections', () => {
  test('tsv, in the order of the original', async () => {
    const { stdout, code } = await run(['list-connections', tracker.origin, '-o', 'tsv']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'account_id\taccount_name\tregion\tdest\tdest_port\tsource\tscore',
        '111111111111\tshop\teu-west-1\tbastion/54.1.2.4\t22\toffice\t7',
        '111111111111\tshop\teu-west-1\tweb/54.1.2.3\t22\t222222222222/eu-west-1/odd-eu-west-1.example.org\t2',
        '111111111111\tshop\teu-west-1\tweb/54.1.2.3\t443\tgate.example.org/203.0.113.9\t12',
        '111111111111\tshop\teu-west-1\tweb/54.1.2.3\t443\t198.51.100.7\t12',
        '111111111111\tshop\teu-west-1\tweb/54.1.2.3\t8443\t222222222222/eu-west-1/nat-eu-west-1a.example.org\t5',
        '222222222222\t\teu-west-1\tdb/54.9.9.9\t5432\t111111111111/eu-west-1/nat-eu-west-1a.example.org\t1',
        '',
      ].join('\n'),
    );
  });

  test('text, with titles, and numbers to the right', async () => {
    const { stdout } = await run([
      'list-connections',
      tracker.origin,
      '--date-from=2026-11-19',
      '--date-to=2026-11-19',
    ]);
    expect(stdout).toBe(
      [
        'Account Id  │Account Name│Region   │Dest            │Dest Port│Source│Score',
        '111111111111 shop         eu-west-1 bastion/54.1.2.4        22 office     3',
        '',
      ].join('\n'),
    );
  });

  test('json, suspicious, over days', async () => {
    for (const from of ['1d', '-1d', '2026-11-19']) {
      const args = [
        'list-connections',
        tracker.origin,
        '--suspicious',
        `--date-from=${from}`,
        '--output=json',
      ];
      const rows = JSON.parse((await run(args)).stdout) as Record<string, unknown>[];
      expect(rows).toHaveLength(5);
      expect(Object.keys(rows[0]!)).toEqual([
        'account_id',
        'account_name',
        'region',
        'dest',
        'dest_port',
        'source',
        'score',
      ]);
      expect(rows.map(({ dest_port }) => dest_port)).not.toContain(443);
    }
  });

  test('what cannot be is said, without the token', async () => {
    const cases: [string[], Record<string, string>, number, RegExp][] = [
      [['list-connections', tracker.origin], {}, 1, /401.*|token/s],
      [
        ['list-connections', tracker.origin, '--date-from=soon'],
        { CONNECTION_TRACKER_TOKEN: TOKEN },
        2,
        /no day/,
      ],
      [['list-connections', 'ftp://x'], {}, 2, /URL/],
      [['list-connections', 'http://127.0.0.1:1'], { CONNECTION_TRACKER_TOKEN: TOKEN }, 1, /does not answer/],
      [['list-connections', `http://u:secret@127.0.0.1:1`], {}, 2, /credential/],
    ];
    for (const [argv, env, code, words] of cases) {
      const result = await run(argv, env);
      expect(result.code).toBe(code);
      expect(result.stderr).toMatch(words);
      expect(result.stderr).not.toContain(TOKEN);
    }
  });

  test('the token of the original has its name in OAUTH2_ACCESS_TOKENS', async () => {
    const env = { OAUTH2_ACCESS_TOKENS: `tok=wrong-wrong-wrong-wrong,connection-tracker=${TOKEN}` };
    expect((await run(['list-connections', tracker.origin], env)).code).toBe(0);
  });
});

test('report-suspicious writes five columns, each endpoint once', async () => {
  const file = join(temporaryDirectory('tracker-client'), 'report.csv');
  expect((await run(['report-suspicious', tracker.origin, '--report', file])).code).toBe(0);
  expect(await readFile(file, 'utf8')).toBe(
    [
      'account_id\taccount_name\tregion\tdest\tdest_port',
      '111111111111\tshop\teu-west-1\tbastion/54.1.2.4\t22',
      '111111111111\tshop\teu-west-1\tweb/54.1.2.3\t22',
      '111111111111\tshop\teu-west-1\tweb/54.1.2.3\t8443',
      '222222222222\t\teu-west-1\tdb/54.9.9.9\t5432',
      '',
    ].join('\n'),
  );
});

test('account-graph writes DOT and SVG', async () => {
  const file = join(temporaryDirectory('tracker-client'), 'account-graph');
  const result = await run(['account-graph', tracker.origin, '--include', 'office', '--graph', file]);
  expect(result.code).toBe(0);
  const dot = await readFile(file, 'utf8');
  expect(dot).toContain('"111111111111" [label="shop"]');
  expect(dot).toContain('"222222222222" -> "111111111111" [weight=7 penwidth=5]');
  expect(dot).toContain('"office" -> "111111111111" [weight=7 penwidth=5]');
  expect(await readFile(`${file}.svg`, 'utf8')).toMatch(/^<\?xml.*<\/svg>\n$/s);
});

describe('scan-endpoints', () => {
  test('one line per endpoint, nothing that drives a terminal', async () => {
    const other = await startTestServer({}, []);
    const shard = shardOf('333333333333/eu-west-1');
    other.store.add(
      shard,
      [delta('a', 'web/127.0.0.1', port, 2), delta('a', 'gone/127.0.0.1', 1, 1)],
      NOW_MS,
    );
    const all = await run(['scan-endpoints', other.origin]);
    expect(all.stdout.trimEnd().split('\n')).toEqual([
      `333333333333/eu-west-1 http://127.0.0.1:${port}/ 401 no \\u001b[31mentry${'.'.repeat(27)}`,
      expect.stringMatching(/^333333333333\/eu-west-1 http:\/\/127\.0\.0\.1:1\/ .{1,40}$/),
    ]);
    const open = await run(['scan-endpoints', other.origin, '--show-public-only']);
    expect(open.stdout).toBe('');
    await other.service.close();
  });

  test('the scheme is by port, the host the last part of the name', () => {
    expect(endpointUrl('web/54.1.2.3', 443)).toBe('https://54.1.2.3:443/');
    expect(endpointUrl('a/b/54.1.2.3', 8443)).toBe('https://54.1.2.3:8443/');
    expect(endpointUrl('lb-1.elb.example.com', 80)).toBe('http://lb-1.elb.example.com:80/');
    expect(endpointUrl('x/2001:db8::1', 22)).toBe('http://[2001:db8::1]:22/');
  });
});
