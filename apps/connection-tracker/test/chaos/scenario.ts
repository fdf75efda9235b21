import { startProcess, type StartedProcess, until } from '@net/testing';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../src/store/index.js';
import { createTestWorld, MINUTE, REGION, type TestWorld } from '../serve/world.js';

const program = fileURLToPath(new URL('../../bin/connection-tracker.js', import.meta.url));
const skew = new URL('skew.mjs', import.meta.url).href;
const TRAFFIC_MINUTES = 40;

/** Where the counts are, and how that goes wrong. */
export interface StorePlace {
  /** Options of `serve` that name it, and secret ones in the environment. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A store of the test's own, to look into. */
  open(): Promise<Store>;
  /** Things that happen to it. */
  readonly mishaps: readonly (() => Promise<void>)[];
  close(): Promise<void>;
}

export interface ScenarioOptions {
  readonly place: StorePlace;
  readonly replicas: number;
  readonly steps: number;
  readonly seed: number;
  /** Accounts beside two. */
  readonly more?: number;
  readonly connections?: number;
}

/** What happened. */
export interface ScenarioResult {
  readonly found: Readonly<Record<string, number>>;
  readonly wanted: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly mishaps: number;
  /** Calls that AWS throttled, refused or cut. */
  readonly struck: number;
}

/**
 * Trackers with wrong clocks that are killed, a store that goes wrong and an AWS that throttles, fails and cuts, over
 * traffic that goes past midnight and comes late. In the end all is left alone until everything is counted.
 */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { place, replicas, steps, more = 1, connections = 120 } = options;
  let draw = options.seed * 7_919 + 1;
  const random = (below: number): number => (draw = (draw * 48_271) % 2_147_483_647) % below;
  const midnightMs = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const startMs = midnightMs - (TRAFFIC_MINUTES / 2) * MINUTE;
  const world = await createTestWorld({
    startMs,
    minutes: TRAFFIC_MINUTES,
    more,
    connections,
    seed: options.seed,
  });
  const alive = new Map<string, StartedProcess>();
  let started = 0;
  let kills = 0;
  let mishaps = 0;
  try {
    const faults = addFaults(world, options.seed);
    const startOne = (): void => {
      const name = `replica-${++started}`;
      // In the world's time, give or take twenty minutes.
      const skewMs = world.clock.now() - Date.now() + (random(41) - 20) * MINUTE;
      alive.set(name, startReplica(world, place, name, skewMs));
    };
    for (let index = 0; index < replicas; index++) startOne();
    await until('one serves', () => [...alive.values()].some(isServing), 30_000);
    const advanceMs = ((TRAFFIC_MINUTES + 30) * MINUTE) / steps;
    for (let step = 0; step < steps; step++) {
      world.clock.advance(advanceMs);
      const [name, victim] = [...alive][random(alive.size)]!;
      const before = callsOf(world);
      await until('somebody reads', () => callsOf(world) > before, 20_000).catch(() => undefined);
      const what = random(3);
      if (what === 0 || place.mishaps.length === 0) {
        victim.child.kill('SIGKILL');
        await victim.ended;
        alive.delete(name);
        kills += 1;
        startOne();
      } else if (what === 1) {
        await place.mishaps[random(place.mishaps.length)]!();
        mishaps += 1;
      }
    }
    for (const handle of faults) handle.remove();
    const wanted = world.wanted();
    const total = sum(wanted);
    const store = await place.open();
    try {
      let found: Record<string, number> = {};
      await until(
        'everything is counted',
        async () => {
          found = await contents(store);
          if (sum(found) >= total) return true;

          throw new Error(`${sum(found)} of ${total}; ${[...alive.values()].map(lastWords).join('\n')}`);
        },
        120_000,
      );
      // Nothing may come on top of it either.
      const before = callsOf(world);
      await until('another round is read', () => callsOf(world) >= before + 3 * (2 + more), 60_000);
      found = await contents(store);
      const struck = faults.reduce((all, handle) => all + handle.struck, 0);
      return { found, wanted, kills, mishaps, struck };
    } finally {
      await store.close();
    }
  } finally {
    await Promise.all([...alive.values()].map((one) => one.stop()));
    await world.close();
  }
}

function addFaults({ sandbox }: TestWorld, seed: number): { readonly struck: number; remove(): void }[] {
  const match = { action: 'FilterLogEvents' };
  return [
    sandbox.faults.add({ match, probability: 0.1, seed, fault: { kind: 'throttle' } }),
    sandbox.faults.add({
      match,
      probability: 0.05,
      seed: seed + 1,
      fault: { kind: 'error', code: 'ServiceUnavailableException', status: 503 },
    }),
    sandbox.faults.add({
      match,
      probability: 0.03,
      seed: seed + 2,
      fault: { kind: 'cut', when: 'mid-answer' },
    }),
    sandbox.faults.add({ match, probability: 0.3, seed: seed + 3, fault: { kind: 'small-pages', size: 40 } }),
    sandbox.faults.add({
      match: { action: 'AssumeRole' },
      probability: 0.1,
      seed: seed + 4,
      fault: { kind: 'error', code: 'InternalFailure', status: 500 },
    }),
  ];
}

function startReplica(world: TestWorld, place: StorePlace, name: string, skewMs: number): StartedProcess {
  const { accessKeyId, secretAccessKey } = world.sandbox.credentials();
  return startProcess(
    process.execPath,
    [
      ...['--import', skew, program, 'serve', '--replica', name, '--port', '0', '--regions', REGION],
      ...['--team-service-url', world.teamService, '--look-back', '3d', '--interval', '1s', '--lease', '3s'],
      ...['--no-reverse-dns', ...place.args],
    ],
    {
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: world.sandbox.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        OAUTH2_ACCESS_TOKENS: 'tok=abcdef0123456789',
        TEST_CLOCK_SKEW_MS: String(skewMs),
        ...place.env,
      },
    },
  );
}

function isServing(one: StartedProcess): boolean {
  return one.output().stderr.includes('serves http');
}

function lastWords(one: StartedProcess): string {
  return one.output().stderr.split('\n').slice(-4).join('\n');
}

function callsOf({ sandbox }: TestWorld): number {
  return sandbox.calls.list({ action: 'FilterLogEvents' }).at(-1)?.sequence ?? 0;
}

/** Records by `account day source port address`. */
async function contents(store: Store): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const { shard } of await store.shards())
    for (const { day } of await store.days(shard)) {
      let cursor: string | undefined;
      do {
        const page = await store.connections(shard, day, { limit: 10_000, order: 'member', cursor });
        for (const { source, dest, destPort, score } of page.items)
          all[[shard.accountId, day, source, destPort, dest.split('/').at(-1)].join(' ')] = score;
        ({ cursor } = page);
      } while (cursor !== undefined);
    }
  return all;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, records) => all + records, 0);
}
