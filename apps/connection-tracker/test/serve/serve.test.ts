import { afterEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory, until } from '@net/testing';
import { PassThrough } from 'node:stream';
import { runApp } from '../../src/app.js';
import { ACCOUNTS, createTestWorld, daysSince, found, MINUTE, REGION, type TestWorld } from './world.js';

let world: TestWorld | undefined;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await world?.close();
  world = undefined;
});

interface Running {
  readonly origin: string;
  readonly log: () => string;
  stop(): Promise<number>;
}

async function start(args: readonly string[], env: Record<string, string> = {}): Promise<Running> {
  const stderr = new PassThrough();
  let text = '';
  stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const controller = new AbortController();
  const { accessKeyId, secretAccessKey } = world!.sandbox.credentials();
  let isOver = false;
  const done = runApp({
    argv: [
      'serve',
      ...['--port', '0', '--endpoint-url', world!.sandbox.endpoint, '--no-reverse-dns', '--interval', '1s'],
      ...args,
    ],
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, ...env },
    stdout: new PassThrough(),
    stderr,
    signal: controller.signal,
  }).finally(() => (isOver = true));
  const stop = async (): Promise<number> => {
    controller.abort();
    return await done;
  };
  stops.push(stop);
  const url = await until('it serves', () => {
    if (isOver) throw new Error(text);
    return /serves (http:\S+)\/ui\//.exec(text)?.[1];
  });
  return { origin: url, log: () => text, stop };
}

const saved = { ...process.env };
afterEach(() => {
  process.env['AWS_ACCESS_KEY_ID'] = saved['AWS_ACCESS_KEY_ID'];
  process.env['AWS_SECRET_ACCESS_KEY'] = saved['AWS_SECRET_ACCESS_KEY'];
});
function useCredentials(): void {
  const { accessKeyId, secretAccessKey } = world!.sandbox.credentials();
  process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
}

/** Until nothing of the truth is missing. */
async function isWhole(running: Running, days: readonly string[]): Promise<Record<string, number>> {
  const wanted = world!.wanted();
  const total = Object.values(wanted).reduce((sum, many) => sum + many, 0);
  return await until(
    'everything is counted',
    async () => {
      const now = await found(running.origin, days);
      const sum = Object.values(now).reduce((all, many) => all + many, 0);
      if (sum >= total) return now;
      throw new Error(`${sum} of ${total}\n${running.log()}`);
    },
    30_000,
  );
}

describe('the service', () => {
  test('with the environment of the original: team service, role in each account, names, exact counts', async () => {
    world = await createTestWorld();
    useCredentials();
    const fromMs = world.clock.now();
    world.clock.advance(50 * MINUTE);
    const directory = temporaryDirectory('tracker');
    const env = {
      HTTP_TEAM_SERVICE_URL: world.teamService,
      OAUTH2_ACCESS_TOKENS: 'tok=abcdef0123456789',
      DOMAIN: '{account_name}.example.org',
      REGIONS: REGION,
      NETWORKS: 'office=192.0.2.0/24,broken',
      CONNECTION_TRACKER_STORE_DIRECTORY: directory,
    };
    const running = await start(['--look-back', '2h'], env);
    const days = daysSince(fromMs);
    expect(await isWhole(running, days)).toEqual(world.wanted());
    expect(world.asked[0]).toEqual({
      url: '/api/accounts/aws',
      authorization: 'Bearer abcdef0123456789',
    });
    const accounts = (await (await fetch(`${running.origin}/accounts`)).json()) as Record<
      string,
      { readonly name: string; readonly last_update: string | null }
    >;
    expect(Object.keys(accounts).sort()).toEqual([...ACCOUNTS]);
    expect(accounts[ACCOUNTS[0]]).toMatchObject({ name: 'shop' });
    expect(accounts[ACCOUNTS[0]]?.last_update).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
    const assumed = world.sandbox.calls.list({ action: 'AssumeRole' });
    expect(new Set(assumed.map(({ params }) => (params as { RoleArn: string }).RoleArn))).toEqual(
      new Set(ACCOUNTS.map((id) => `arn:aws:iam::${id}:role/fullstop`)),
    );
    expect(assumed[0]!.params).toMatchObject({ RoleSessionName: 'fullstop', DurationSeconds: 900 });
    expect(running.log()).toContain('NETWORKS, item 2 is left out');
    expect(running.log()).not.toContain('abcdef0123456789');
    const ready = await fetch(`${running.origin}/readyz`);
    expect(ready.status).toBe(200);
    const metrics = await (await fetch(`${running.origin}/metrics`)).text();
    expect(metrics).toContain('connection_tracker_shards_owned 2');
    expect(await running.stop()).toBe(0);

    // A second one goes on where the first ended.
    const again = await start(['--look-back', '2h'], env);
    await until('both are read', () => {
      const passes = world!.sandbox.calls.list({ action: 'FilterLogEvents' }).length;
      return passes > 4;
    });
    expect(await found(again.origin, days)).toEqual(world.wanted());
  });

  test('objects of a bucket', async () => {
    world = await createTestWorld({ bucket: 'flow-logs' });
    useCredentials();
    const fromMs = world.clock.now();
    world.clock.advance(50 * MINUTE);
    const running = await start(
      [
        ...['--bucket', 's3://flow-logs', '--look-back', '2h', '--regions', REGION],
        ...['--team-service-url', world.teamService, '--store-directory', temporaryDirectory('tracker')],
      ],
      { OAUTH2_ACCESS_TOKENS: 'tok=abcdef0123456789' },
    );
    expect(await isWhole(running, daysSince(fromMs))).toEqual(world.wanted());
  });

  test('an account that cannot be read is named once, and the other one is read', async () => {
    world = await createTestWorld({ connections: 30 });
    useCredentials();
    world.sandbox.iam.detachPolicies(`arn:aws:iam::${ACCOUNTS[0]}:role/fullstop`);
    world.sandbox.iam.attachPolicy(`arn:aws:iam::${ACCOUNTS[0]}:role/fullstop`, {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }],
    });
    world.clock.advance(50 * MINUTE);
    const running = await start(
      [
        ...['--look-back', '2h', '--regions', REGION, '--team-service-url', world.teamService],
        ...['--store-directory', temporaryDirectory('tracker')],
      ],
      { OAUTH2_ACCESS_TOKENS: 'tok=abcdef0123456789' },
    );
    await until('two attempts failed', async () => {
      const metrics = await (await fetch(`${running.origin}/metrics`)).text();
      return Number(/passes_total\{outcome="NET_AWS_DENIED"\} (\d+)/.exec(metrics)?.[1] ?? 0) >= 2;
    });
    await until('the other one is read', async () => {
      const response = await fetch(`${running.origin}/readyz`);
      const { shards } = (await response.json()) as {
        shards: Record<string, { lag_seconds: number | null }>;
      };
      return (shards[`${ACCOUNTS[1]}/${REGION}`]?.lag_seconds ?? null) !== null;
    });
    expect(running.log().match(/111111111111.*logs:FilterLogEvents/g)?.length).toBe(1);
  });

  test.each([
    [['--organization', '--accounts-file', 'x.json'], 2, 'the accounts come from one of them'],
    [['--team-service-url', 'http://127.0.0.1:1'], 2, 'OAUTH2_ACCESS_TOKENS'],
    [['--host', '0.0.0.0'], 2, 'without authentication'],
    [['--bucket', 'flow-logs'], 2, 's3://BUCKET'],
    [['--domain', '{account}.org'], 2, 'is not a domain template'],
    [['--jwt-issuer', 'x'], 2, '--jwt-keys-url'],
  ])('%j is refused', async (args, code, words) => {
    const stderr = new PassThrough();
    let text = '';
    stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const exit = await runApp({
      argv: ['serve', '--port', '0', '--regions', REGION, ...args],
      env: { CONNECTION_TRACKER_STORE_DIRECTORY: temporaryDirectory('tracker') },
      stdout: new PassThrough(),
      stderr,
    });
    expect(text).toContain(words);
    expect(exit).toBe(code);
    expect(text.trim().split('\n')).toHaveLength(text.includes('store.embedded') ? 2 : 1);
  });
});
