import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPacer, type Pacer } from '@net/aws-core';
import { createSandbox, type Sandbox, type VirtualClock, virtualClock } from '@net/aws-sandbox';
import { until } from '@net/testing';
import { type GroupCursor, type PolledPage, pollGroup, SeenEvents } from '../../src/cloudwatch/index.js';

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 0, 1, 12);

let clock: VirtualClock;
let sandbox: Sandbox;
let logs: CloudWatchLogs;
let put: number;
beforeEach(async () => {
  clock = virtualClock(START_MS);
  sandbox = await createSandbox({ clock });
  logs = new CloudWatchLogs(sandbox.client());
  put = 0;
  await logs.createLogGroup({ logGroupName: 'flows' });
  await logs.createLogStream({ logGroupName: 'flows', logStreamName: 'eni-1-all' });
});
afterEach(async () => {
  logs.destroy();
  await sandbox.close();
});

/** Puts an event whose own time lies so far back. */
async function putLate(lateMs: number): Promise<void> {
  const logEvents = [{ timestamp: clock.now() - lateMs, message: `event ${put++}` }];
  await logs.putLogEvents({ logGroupName: 'flows', logStreamName: 'eni-1-all', logEvents });
}

interface Reader {
  cursor: GroupCursor | undefined;
  readonly seen: SeenEvents;
  readonly got: string[];
}

const newReader = (): Reader => ({ cursor: undefined, seen: new SeenEvents(), got: [] });

async function poll(
  reader: Reader,
  options: { readonly overlapMs?: number; readonly onPage?: (page: PolledPage) => Promise<void> } = {},
): Promise<void> {
  const { onPage, overlapMs } = options;
  const pages = pollGroup(logs, {
    group: 'flows',
    startMs: START_MS - 60 * MINUTE,
    cursor: reader.cursor,
    seen: reader.seen,
    overlapMs,
    concurrency: 1,
    now: () => clock.now(),
  });
  for (;;) {
    const page = await pages.next();
    if (page.done === true) {
      reader.cursor = page.value.cursor;
      return;
    }
    reader.got.push(...page.value.events.map(({ message }) => message));
    await onPage?.(page.value);
  }
}

const everyOne = (): string[] => Array.from({ length: put }, (_, index) => `event ${index}`).sort();

test('a lag that grows leads to no event twice', async () => {
  const reader = newReader();
  for (let minute = 0; minute < 180; minute++) {
    // Later and later, up to forty minutes, and then on time again.
    await putLate(minute < 120 ? Math.floor(minute / 3) * MINUTE : 0);
    await putLate(MINUTE);
    if (minute % 2 === 0) await poll(reader);
    clock.advance(MINUTE);
  }
  await poll(reader);
  expect(reader.got.sort()).toEqual(everyOne());
});

test('an overlap that is made longer later leads to no event twice', async () => {
  const reader = newReader();
  for (let minute = 0; minute < 60; minute++) {
    await putLate(MINUTE);
    await poll(reader, { overlapMs: minute < 40 ? 5 * MINUTE : 30 * MINUTE });
    clock.advance(MINUTE);
  }
  expect(reader.got.sort()).toEqual(everyOne());
});

test('a poll that takes long misses nothing of what came late meanwhile', async () => {
  const reader = newReader();
  for (let minute = 50; minute > 0; minute -= 5) await putLate(minute * MINUTE);
  let pages = 0;
  await poll(reader, {
    onPage: async () => {
      if (pages++ > 0) return;
      // Into spans that were read already; then the poll stands still for an hour.
      await putLate(18 * MINUTE);
      await putLate(48 * MINUTE);
      clock.advance(60 * MINUTE);
      await putLate(0);
    },
  });
  await poll(reader);
  expect(reader.got.sort()).toEqual(everyOne());
});

test('a great lag that was seen once fades', async () => {
  const reader = newReader();
  await putLate(55 * MINUTE);
  await poll(reader);
  clock.advance(60 * MINUTE);
  await putLate(0);
  await poll(reader);
  await poll(reader);
  const once = reader.cursor!.lagMs;
  expect(once).toBeGreaterThan(20 * MINUTE);
  clock.advance(10 * 86_400_000);
  await putLate(MINUTE);
  await poll(reader);
  await poll(reader);
  expect(reader.cursor!.lagMs).toBeLessThan(2 * MINUTE);
});

test('calls in progress end when nobody reads on', async () => {
  await putLate(5 * MINUTE);
  // By the sandbox's clock, which stands still: only an abort ends this call.
  const fault = { kind: 'latency', durationMs: 60 * MINUTE } as const;
  sandbox.faults.add({ match: { action: 'FilterLogEvents' }, nth: 1, times: 1, fault });
  const inner = createPacer({ concurrency: 4 });
  let running = 0;
  const pacer: Pacer = {
    ...inner,
    run: async (call, signal) => {
      running += 1;
      return await inner.run(call, signal).finally(() => (running -= 1));
    },
  };
  const pages = pollGroup(logs, {
    group: 'flows',
    startMs: START_MS - 60 * MINUTE,
    seen: new SeenEvents(),
    now: () => clock.now(),
    pacer,
  });
  for await (const page of pages) {
    expect(page.events).toHaveLength(1);
    expect(running).toBeGreaterThan(0);
    break;
  }
  await until('no call runs', () => running === 0);
});
