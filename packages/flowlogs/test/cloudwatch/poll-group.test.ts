import { afterEach, describe, expect, test } from '@jest/globals';
import { createPacer } from '@net/aws-core';
import { formatOfGroup, readGroup } from '../../src/cloudwatch/index.js';
import { LogFormat } from '../../src/format/log-format.js';
import { countOnce, Died, type Kept, nothingKept } from './counting-program.js';
import { type DeliveredTraffic, deliverTraffic, GROUP, REGION, START_MS } from './delivered-traffic.js';

let world: DeliveredTraffic;
afterEach(() => world.close());

const MINUTE = 60_000;
const HOURS = 3_600_000;

async function formatHere(): Promise<LogFormat> {
  return (await formatOfGroup(world.ec2(world.accounts[0]!), GROUP)) as LogFormat;
}

/** The sandbox's clock for the spans. */
const here = (): { readonly now: () => number } => ({ now: () => world.clock.now() });

/** What of the counts differs from the truth. */
function wrong(kept: Kept, accountId: string): string[] {
  const truth = world.inbound(accountId);
  return [...new Set([...truth.keys(), ...kept.counts.keys()])]
    .filter((key) => !isAnswer(key, truth))
    .filter((key) => truth.get(key) !== kept.counts.get(key))
    .map((key) => `${key}: ${kept.counts.get(key)} instead of ${truth.get(key)}`);
}

/** Of connections within the VPC, or that the interface itself opened; who opened a connection is not asked here. */
function isAnswer(key: string, truth: ReadonlyMap<string, number>): boolean {
  const [, source = '', , port] = key.split(' ');
  return !truth.has(key) && (Number(port) > 1023 || source.startsWith('10.'));
}

test('the format is that of the flow log, and an unknown group has none', async () => {
  world = await deliverTraffic();
  expect((await formatHere()).fields.map(({ name }) => name)).toContain('flow-direction');
  expect(await formatOfGroup(world.ec2(world.accounts[0]!), 'other')).toBeUndefined();
});

describe('polls while traffic is delivered', () => {
  test('late records, over midnight: every count is the truth, in the right day', async () => {
    world = await deliverTraffic({ connections: 300, lateShare: 0.3, lateMs: 12 * MINUTE });
    const [accountId] = world.accounts as [string];
    const format = await formatHere();
    const logs = world.logs(accountId);
    const kept = nothingKept();
    for (let poll = 0; poll < 60; poll++) {
      world.clock.advance(5 * MINUTE);
      await countOnce(logs, format, kept, here());
    }
    expect(world.truth(accountId).deliveredByMs).toBeLessThan(START_MS + 5 * HOURS);
    expect(kept.records).toBe(world.truth(accountId).records);
    expect(wrong(kept, accountId)).toEqual([]);
    expect(new Set([...kept.counts.keys()].map((key) => key.slice(0, 10)))).toEqual(
      new Set(['2026-01-01', '2026-01-02']),
    );
    // What is remembered does not grow with what was read.
    expect(kept.seen.length).toBeLessThan(120);
  });

  test('empty pages, tokens that come back, throttling, server errors and cut answers change no count', async () => {
    world = await deliverTraffic({ connections: 200, lateShare: 0.2, lateMs: 10 * MINUTE });
    const [accountId] = world.accounts as [string];
    const format = await formatHere();
    const behaviour = world.sandbox.logs(accountId, REGION).behaviour;
    Object.assign(behaviour, { scanEvents: 70, emptyPageEvery: 3, repeatsLastToken: true });
    const faults = [
      {
        fault: { kind: 'error', code: 'ServiceUnavailableException', status: 503 },
        probability: 0.03,
        seed: 1,
      },
      { fault: { kind: 'throttle' }, probability: 0.03, seed: 2 },
      { fault: { kind: 'cut', when: 'mid-answer' }, probability: 0.03, seed: 3 },
      { fault: { kind: 'garbage' }, probability: 0.02, seed: 4 },
    ] as const;
    for (const fault of faults) world.sandbox.faults.add({ match: { action: 'FilterLogEvents' }, ...fault });
    const logs = world.logs(accountId);
    const kept = nothingKept();
    let failures = 0;
    for (let poll = 0; poll < 40; poll++) {
      world.clock.advance(8 * MINUTE);
      try {
        await countOnce(logs, format, kept, {
          pacer: createPacer({ concurrency: 4, assumedPerSecond: 1000 }),
        });
      } catch {
        failures += 1;
      }
    }
    world.sandbox.faults.clear();
    await countOnce(logs, format, kept);
    expect(failures).toBeGreaterThan(5);
    expect(kept.records).toBe(world.truth(accountId).records);
    expect(wrong(kept, accountId)).toEqual([]);
  });

  test('killed at random and begun again from what was kept: nothing is lost, nothing counted twice', async () => {
    world = await deliverTraffic({ connections: 300, lateShare: 0.2, lateMs: 10 * MINUTE });
    const [accountId] = world.accounts as [string];
    const format = await formatHere();
    Object.assign(world.sandbox.logs(accountId, REGION).behaviour, { scanEvents: 50 });
    const logs = world.logs(accountId);
    const kept = nothingKept();
    let draw = 7;
    const dies = (): boolean => (draw = (draw * 48_271) % 2_147_483_647) % 9 === 0;
    let deaths = 0;
    for (let poll = 0; poll < 60; poll++) {
      world.clock.advance(5 * MINUTE);
      try {
        await countOnce(logs, format, kept, { dies, ...here() });
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        deaths += 1;
      }
    }
    await countOnce(logs, format, kept);
    expect(deaths).toBeGreaterThan(10);
    expect(kept.records).toBe(world.truth(accountId).records);
    expect(wrong(kept, accountId)).toEqual([]);
  });

  test('many accounts side by side', async () => {
    world = await deliverTraffic({
      accounts: Number(process.env['NET_TEST_ACCOUNTS'] ?? 20),
      connections: 40,
      lateShare: 0.2,
      lateMs: 8 * MINUTE,
    });
    const format = await formatHere();
    const kept = new Map(world.accounts.map((id) => [id, nothingKept()]));
    const clients = new Map(world.accounts.map((id) => [id, world.logs(id)]));
    for (let poll = 0; poll < 12; poll++) {
      world.clock.advance(30 * MINUTE);
      await Promise.all(
        world.accounts.map((id) => countOnce(clients.get(id)!, format, kept.get(id)!, here())),
      );
    }
    for (const id of world.accounts) {
      expect(kept.get(id)!.records).toBe(world.truth(id).records);
      expect(wrong(kept.get(id)!, id)).toEqual([]);
    }
  });
});

test('a span is read once, whole, in any number of slices', async () => {
  world = await deliverTraffic({ connections: 100 });
  const [accountId] = world.accounts as [string];
  world.clock.advance(6 * HOURS);
  const format = await formatHere();
  let events = 0;
  const counters = await readGroup(
    world.logs(accountId),
    {
      group: GROUP,
      format,
      columns: ['bytes'],
      fromMs: START_MS - HOURS,
      toMs: START_MS + 6 * HOURS,
      sliceMs: 10 * MINUTE,
      onPage: (page) => (events += page.events),
    },
    () => undefined,
  );
  expect(counters.records).toBe(world.truth(accountId).records);
  expect(events).toBe(counters.records + counters.noData + counters.skipData);
});

test('a permission that is missing is named, and an abort ends it', async () => {
  world = await deliverTraffic({ connections: 10 });
  const [accountId] = world.accounts as [string];
  const format = await formatHere();
  world.clock.advance(HOURS);
  const abort = new AbortController();
  abort.abort(new Error('enough'));
  await expect(
    countOnce(world.logs(accountId), format, nothingKept(), { signal: abort.signal }),
  ).rejects.toThrow('enough');
  world.sandbox.faults.add({ match: { action: 'FilterLogEvents' }, fault: { kind: 'deny' } });
  await expect(countOnce(world.logs(accountId), format, nothingKept())).rejects.toMatchObject({
    code: 'NET_AWS_DENIED',
    action: 'logs:FilterLogEvents',
  });
});
