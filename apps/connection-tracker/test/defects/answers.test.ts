import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { runProcess, suite, temporaryDirectory, until } from '@net/testing';
import { dayOf, DAY_MS } from '../../src/model/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import { DAY, delta, serveStore, type ServedStore, shopShard } from '../hostile/served-store.js';
import { run, serve } from './running.js';
import { selfSigned } from './self-signed.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function served(): Promise<ServedStore> {
  const one = await serveStore({ clock: { now: Date.now, monotonicMs: () => performance.now() } });
  closers.push(() => one.close());
  return one;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

describe('defects of the original tracker, answers and helpers:', () => {
  test('defect 12: without include, as with an empty one, only other accounts are in account-connections', async () => {
    const tracker = await served();
    await tracker.add([
      delta('222222222222/eu-west-1/nat-eu-west-1a.example.org', 'web/192.0.2.1', { count: 3 }),
      delta('222222222222/eu-west-1/odd-eu-west-1.example.org', 'web/192.0.2.1', { count: 2 }),
      delta('gate.example.org/203.0.113.9', 'web/192.0.2.1', { count: 5 }),
      delta('', 'web/192.0.2.1', { count: 7 }),
      delta('office', 'web/192.0.2.1', { count: 11 }),
    ]);
    const ask = (query: string): Promise<unknown> => tracker.json(`/account-connections?date=${DAY}${query}`);
    const accounts = { source: '222222222222/eu-west-1', score: 5 };
    expect(await ask('')).toEqual(await ask('&include='));
    const answer = (await ask('')) as Record<string, { source: string }[]>;
    expect(answer['111111111111/eu-west-1']!.filter(({ source }) => source !== '')).toEqual([accounts]);
    expect(await ask('&include=office')).toEqual({
      '111111111111/eu-west-1': [{ source: 'office', score: 11 }, accounts],
    });
  });

  test('defect 13: with --retention-days the days before go, with everything that is known of them', async () => {
    const directory = temporaryDirectory('retention');
    const accounts = join(directory, 'accounts.json');
    await writeFile(accounts, '[]');
    const days = [100, 31, 29, 0].map((ago) => dayOf(Date.now() - ago * DAY_MS));
    const fill = openEmbeddedStore({ directory });
    const deltas = days.map((day, index) => delta(`host-${index}`, 'web/192.0.2.1', { day }));
    await fill.commit({ shard: shopShard, fence: 1, batchId: '1', previous: '', deltas, seen: [] });
    await fill.close();
    const service = await serve([
      ...['--store-directory', directory, '--accounts-file', accounts],
      ...['--regions', 'eu-west-1', '--no-reverse-dns', '--retention-days', '30'],
    ]);
    closers.push(() => service.stop());
    const ask = async (day: string): Promise<unknown> =>
      (await fetch(`${service.origin}/connections/111111111111/eu-west-1?date=${day}`)).json();
    await until('the old days are gone', async () => {
      const { length } = (await ask(days[1]!)) as unknown[];
      return length === 0;
    });
    const lengths = await Promise.all(days.map(async (day) => ((await ask(day)) as unknown[]).length));
    expect(lengths).toEqual([0, 0, 1, 1]);
    const explain = async (source: string): Promise<number> => {
      const query = new URLSearchParams({
        ...{ account: '111111111111', region: 'eu-west-1', source },
        ...{ dest: 'web/192.0.2.1', port: '443' },
      });
      return (await fetch(`${service.origin}/v1/explain?${query}`)).status;
    };
    await until('what was known of the connection is gone', async () => (await explain('host-0')) === 404);
    expect(await explain('host-3')).toBe(200);
  });

  test('defect 15: an account without a name is sorted, listed, reported and drawn', async () => {
    const tracker = await served();
    const other = { accountId: '000000000001', region: 'eu-west-1' };
    const rest = { regions: ['eu-west-1'], domain: undefined, attributes: {} };
    await tracker.store.putAccounts([
      { id: '111111111111', name: 'shop', ...rest },
      { id: '000000000001', name: undefined, ...rest },
    ]);
    const connection = delta('gate/203.0.113.9', 'web/192.0.2.1', { day: dayOf(Date.now()), destPort: 22 });
    await tracker.add([connection]);
    // One of an account that nobody named at all.
    for (const shard of [other, { ...other, accountId: '555555555555' }])
      await tracker.add([connection], shard);
    const listed = await run(['list-connections', tracker.origin, '-o', 'tsv']);
    expect(listed.stdout.split('\n').map((line) => line.split('\t').slice(0, 2))).toEqual([
      ['account_id', 'account_name'],
      ['000000000001', ''],
      ['111111111111', 'shop'],
      ['555555555555', ''],
      [''],
    ]);
    const text = await run(['list-connections', tracker.origin]);
    expect(text.stdout.split('\n')[1]).toMatch(/^000000000001 {14}eu-west-1 web\/192\.0\.2\.1/);
    const directory = temporaryDirectory('nameless');
    const report = join(directory, 'report.csv');
    const graph = join(directory, 'graph');
    expect((await run(['report-suspicious', tracker.origin, '--report', report])).stdout).toMatch(
      /^3 endpoints/,
    );
    expect(
      (await run(['account-graph', tracker.origin, '--include', 'gate/203.0.113.9', '--graph', graph])).code,
    ).toBe(0);
  });
});

suite('defects of the original tracker, certificates:', [{ command: 'openssl', install: 'openssl' }], () => {
  test('defect 14: a certificate that nobody has signed is refused by every helper, unless told otherwise', async () => {
    const { key, cert, certFile } = await selfSigned();
    const requests: string[] = [];
    const secure = createSecureServer({ key, cert }, (request, response) => {
      requests.push(request.url ?? '');
      response.setHeader('content-type', 'application/json').end('{}');
    });
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    closers.push(() => closed(secure));
    const url = `https://127.0.0.1:${portOf(secure)}`;
    const directory = temporaryDirectory('certificates');
    for (const argv of [
      ['list-connections', url],
      ['report-suspicious', url, '--report', join(directory, 'report.csv')],
      ['scan-endpoints', url],
      ['account-graph', url, '--graph', join(directory, 'graph')],
    ]) {
      const { code, stderr } = await run(argv, { CONNECTION_TRACKER_TOKEN: 'a-token-of-sufficient-length' });
      expect(stderr).toMatch(/does not answer: .*self-signed certificate/);
      expect(stderr).not.toContain('a-token');
      expect(code).toBe(1);
    }
    expect(requests).toEqual([]);
    // An authority of one's own is trusted by the usual variable, read when a process starts.
    const bin = fileURLToPath(new URL('../../bin/list-connections.js', import.meta.url));
    const trusted = await runProcess(process.execPath, [bin, url, '-o', 'json'], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile },
    });
    expect(JSON.parse(trusted.stdout)).toEqual([]);
    expect(requests).toEqual(['/accounts', expect.stringMatching(/^\/connections\?date=/)]);
  });

  test('defect 14: scan-endpoints checks the certificates of endpoints, unless told otherwise', async () => {
    const { key, cert } = await selfSigned();
    const secure = createSecureServer({ key, cert }, (_, response) => response.end('hello'));
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    closers.push(() => closed(secure));
    // The scheme goes by the port; on a free one only a redirect leads to https.
    const plain = createServer((_, response) => {
      response.writeHead(302, { location: `https://127.0.0.1:${portOf(secure)}/` }).end();
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    closers.push(() => closed(plain));
    const tracker = await served();
    await tracker.add([delta('gate', 'web/127.0.0.1', { day: dayOf(Date.now()), destPort: portOf(plain) })]);
    const url = `http://127.0.0.1:${portOf(plain)}/`;
    const refused = `111111111111/eu-west-1 ${url} certificate: self-signed certificate\n`;
    expect((await run(['scan-endpoints', tracker.origin])).stdout).toBe(refused);
    // It is there, whatever its certificate: that is what somebody who asks for public ones wants to know.
    expect((await run(['scan-endpoints', tracker.origin, '--show-public-only'])).stdout).toBe(refused);
    const accepted = await run(['scan-endpoints', tracker.origin, '--insecure']);
    expect(accepted.stdout).toBe(`111111111111/eu-west-1 ${url} 200 hello\n`);
  });
});
