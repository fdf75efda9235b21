import { createSandbox, type Sandbox, virtualClock, type VirtualClock } from '@net/aws-sandbox';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';

import { run, type RunningProgram, start } from '../processes.js';
import { type Narrator, type Stage, StageError } from '../stage.js';
import { plantAccounts, REGION, type TrackedAccounts } from '../tracked-accounts.js';

const MINUTE = 60_000;
const PATIENCE_MS = 60_000;

/** Three accounts of an organization, read by a tracker that is killed on the way; then its page. */
export const connectionTracker: Stage = {
  tool: 'connection-tracker',
  purpose: 'who connects from outside to which public endpoint, from the flow logs of many accounts',
  command: 'connection-tracker serve --organization --regions eu-west-1',
  run: async (narrator, signal) => {
    const startMs = Date.now() - 75 * MINUTE;
    const clock = virtualClock(startMs);
    const sandbox = await createSandbox({ clock });
    const folder = mkdtempSync(join(tmpdir(), 'net-tour-'));
    try {
      await show({ sandbox, clock, startMs, folder }, narrator, signal);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await sandbox.close();
    }
  },
};

interface Place {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly startMs: number;
  readonly folder: string;
}

async function show(place: Place, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const { sandbox, clock, startMs, folder } = place;
  const accounts = plantAccounts(sandbox, startMs);
  narrator.step(
    `an organization of ${accounts.names.length} accounts (${accounts.names.join(', ')}), each with endpoints and flow logs`,
  );
  narrator.detail(`${number(accounts.records)} flow-log records, some delivered ten minutes late`);
  clock.advance(40 * MINUTE);

  narrator.step('a tracker on the embedded store: no Redis, no set-up; it is killed while it reads');
  const first = await startTracker(sandbox, folder, signal);
  try {
    await until('the first records are counted', async () => (await counted(first)).size > 0, signal);
  } finally {
    await first.program.kill();
  }

  narrator.step('the rest of the traffic is delivered, and another tracker goes on where the first one died');
  clock.advance(30 * MINUTE);
  const began = performance.now();
  const second = await startTracker(sandbox, folder, signal);
  try {
    let seen = new Map<string, number>();
    const total = sum(accounts.truth);
    await until(
      'everything is counted',
      async () => {
        seen = await counted(second);
        return sum(seen) >= total;
      },
      signal,
    );
    checkTruth(seen, accounts);
    narrator.detail(
      `${number(seen.size)} connections, ${number(total)} records: each count is the truth of the traffic, ${(
        (performance.now() - began) / 1_000
      ).toFixed(1)} s after its start`,
    );
    narrator.step('what it answers');
    const lines = await run(
      process.execPath,
      [program, 'list-connections', second.origin, '--suspicious', '--output', 'tsv'],
      { signal, env: environment(sandbox) },
    );
    const suspicious = lines.trim().split('\n').slice(1);
    narrator.detail(`${suspicious.length} connections to ports other than 443 today, such as`);
    for (const line of suspicious.slice(0, 3)) narrator.detail(`  ${line.split('\t').slice(1).join('  ')}`);
    await explain(second, narrator);
    await hold(second, narrator, signal);
  } finally {
    await second.program.stop();
  }
}

async function explain(tracker: Tracker, narrator: Narrator): Promise<void> {
  const { items } = (await get(tracker, '/v1/connections?limit=1&order=score')) as {
    readonly items: readonly Row[];
  };
  const [row] = items;
  if (row === undefined) throw new StageError('the tracker lists no connection');
  const query = new URLSearchParams({
    account: row.account_id,
    region: row.region,
    source: row.source,
    dest: row.dest,
    port: String(row.dest_port),
  });
  const why = (await get(tracker, `/v1/explain?${query.toString()}`)) as {
    readonly decided_by: Readonly<Record<string, number>>;
    readonly example: string;
  };
  narrator.detail(`why ${row.source} is there: ${Object.keys(why.decided_by).join(', ')}; ${why.example}`);
}

/** On a terminal the page stays open until somebody has seen it. */
async function hold(tracker: Tracker, narrator: Narrator, signal: AbortSignal): Promise<void> {
  narrator.step(`the page: ${tracker.origin}/ui/`);
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  narrator.detail('it stays open until you press Enter');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    await lines.question('', { signal });
  } finally {
    lines.close();
  }
}

interface Tracker {
  readonly program: RunningProgram;
  readonly origin: string;
}

interface Row {
  readonly account_id: string;
  readonly region: string;
  readonly source: string;
  readonly dest: string;
  readonly dest_port: number;
  readonly score: number;
}

async function startTracker(sandbox: Sandbox, folder: string, signal: AbortSignal): Promise<Tracker> {
  let origin = '';
  const started = start(
    process.execPath,
    [
      program,
      ...['serve', '--organization', '--regions', REGION, '--port', '0', '--store-directory', folder],
      ...['--look-back', '2h', '--interval', '1s', '--lease', '3s', '--no-reverse-dns'],
    ],
    signal,
    {
      env: environment(sandbox),
      onLine: (line) => {
        origin ||= /serves (http:\S+)\/ui\//.exec(line)?.[1] ?? '';
      },
    },
  );
  await started.waitFor(/serves http/);
  await until('its address is known', () => Promise.resolve(origin !== ''), signal);
  return { program: started, origin };
}

async function counted(tracker: Tracker): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  const days = new Set(
    [Date.now() - 2 * 60 * MINUTE, Date.now()].map((ms) => new Date(ms).toISOString().slice(0, 10)),
  );
  for (const day of days) {
    const answer = (await get(tracker, `/connections?date=${day}`)) as Readonly<
      Record<string, readonly Row[]>
    >;
    for (const [shard, rows] of Object.entries(answer))
      for (const { source, dest, dest_port: port, score } of rows)
        all.set([shard.split('/')[0], day, source, port, dest.split('/').at(-1)].join(' '), score);
  }
  return all;
}

function checkTruth(seen: ReadonlyMap<string, number>, { truth }: TrackedAccounts): void {
  for (const [key, records] of truth) {
    if (seen.get(key) !== records)
      throw new StageError(`${key} was counted ${seen.get(key) ?? 0} times, not ${records}`);
  }
  if (seen.size !== truth.size)
    throw new StageError(`${seen.size} connections were counted, not ${truth.size}`);
}

async function get({ origin }: Tracker, path: string): Promise<unknown> {
  const response = await fetch(origin + path);
  if (!response.ok) throw new StageError(`${path} is answered with ${response.status}`);
  return await response.json();
}

async function until(what: string, probe: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await probe())) {
    if (performance.now() > endMs) throw new StageError(`gave up waiting until ${what}`);
    await wait(100, undefined, { signal });
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, records) => all + records, 0);
}

function number(value: number): string {
  return new Intl.NumberFormat('en').format(value);
}

const require = createRequire(import.meta.url);
const program = join(
  dirname(require.resolve('@net/connection-tracker/package.json')),
  'bin/connection-tracker.js',
);

function environment(sandbox: Sandbox): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
  };
}
