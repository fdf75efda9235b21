import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { type VirtualClock, virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';

const group = { logGroupName: 'vpc-flowgroup' };
const startMs = Date.UTC(2026, 0, 1);

async function open(options: { readonly region?: string; readonly clock?: VirtualClock } = {}): Promise<{
  readonly logs: CloudWatchLogs;
  readonly sandbox: Awaited<ReturnType<typeof openSandbox>>;
  readonly clock: VirtualClock;
}> {
  const clock = options.clock ?? virtualClock(startMs);
  const sandbox = await openSandbox({ clock });
  const logs = new CloudWatchLogs({ ...sandbox.client(options.region), maxAttempts: 1 });
  await logs.createLogGroup(group);
  await logs.createLogStream({ ...group, logStreamName: 'eni-1-all' });
  return { logs, sandbox, clock };
}

async function put(logs: CloudWatchLogs, count: number, text = (i: number) => `line ${i}`): Promise<void> {
  for (let from = 0; from < count; from += 10_000) {
    const size = Math.min(10_000, count - from);
    await logs.putLogEvents({
      ...group,
      logStreamName: 'eni-1-all',
      logEvents: Array.from({ length: size }, (_, i) => ({
        timestamp: startMs - 3_600_000 + from + i,
        message: text(from + i),
      })),
    });
  }
}

async function readAll(
  logs: CloudWatchLogs,
  input: Omit<Parameters<CloudWatchLogs['filterLogEvents']>[0], 'logGroupName'> = {},
): Promise<{ readonly pages: number[]; readonly messages: string[]; readonly ids: string[] }> {
  const pages: number[] = [];
  const messages: string[] = [];
  const ids: string[] = [];
  for (let nextToken: string | undefined, first = true; first || nextToken !== undefined; first = false) {
    const page = await logs.filterLogEvents({ ...group, ...input, ...(nextToken ? { nextToken } : {}) });
    pages.push(page.events?.length ?? 0);
    for (const event of page.events ?? []) {
      messages.push(event.message ?? '');
      ids.push(event.eventId ?? '');
    }
    if (page.nextToken !== undefined && page.nextToken === nextToken) break;
    nextToken = page.nextToken;
  }
  return { pages, messages, ids };
}

describe('CloudWatch Logs', () => {
  test('pages end at 10,000 events or 1 MB, and every event comes once, in order', async () => {
    const { logs } = await open();
    await put(logs, 12_000);
    const small = await readAll(logs);
    expect(small.pages).toEqual([10_000, 2_000]);
    expect(new Set(small.ids).size).toBe(12_000);
    expect(small.messages.slice(9_998, 10_002)).toEqual([
      'line 9998',
      'line 9999',
      'line 10000',
      'line 10001',
    ]);
    const { logs: other } = await open();
    for (let i = 0; i < 3; i++) {
      await other.putLogEvents({
        ...group,
        logStreamName: 'eni-1-all',
        logEvents: Array.from({ length: 4 }, (_, j) => ({
          timestamp: startMs + i * 4 + j,
          message: 'x'.repeat(200_000),
        })),
      });
    }
    expect((await readAll(other)).pages).toEqual([5, 5, 2]);
  });

  test('empty pages with tokens, scans that find nothing, and a repeated last token', async () => {
    const { logs, sandbox } = await open();
    await put(logs, 1000, (i) => (i === 999 ? 'needle' : 'hay'));
    const { behaviour } = sandbox.logs();
    behaviour.scanEvents = 300;
    const sparse = await readAll(logs, { filterPattern: 'needle' });
    expect(sparse).toMatchObject({ pages: [0, 0, 0, 1], messages: ['needle'] });
    behaviour.emptyPageEvery = 2;
    behaviour.repeatsLastToken = true;
    const all = await readAll(logs);
    expect(all.messages).toHaveLength(1000);
    expect(all.pages).toContain(0);
  });

  test('start is inclusive, end is inclusive, streams can be chosen', async () => {
    const { logs } = await open();
    await logs.createLogStream({ ...group, logStreamName: 'eni-2-all' });
    const events = [1, 2, 3].map((i) => ({ timestamp: startMs + i, message: `${i}` }));
    await logs.putLogEvents({ ...group, logStreamName: 'eni-1-all', logEvents: events });
    await logs.putLogEvents({
      ...group,
      logStreamName: 'eni-2-all',
      logEvents: [{ timestamp: startMs + 2, message: 'b' }],
    });
    const range = { startTime: startMs + 2, endTime: startMs + 3 };
    expect((await readAll(logs, range)).messages.sort()).toEqual(['2', '3', 'b']);
    expect((await readAll(logs, { logStreamNames: ['eni-2-all'] })).messages).toEqual(['b']);
    expect((await readAll(logs, { logStreamNamePrefix: 'eni-1' })).messages).toEqual(['1', '2', '3']);
  });

  test('GetLogEvents goes both ways and gives the same token at each end', async () => {
    const { logs } = await open();
    await put(logs, 25);
    const stream = { ...group, logStreamName: 'eni-1-all', limit: 10 };
    const forwards: string[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await logs.getLogEvents({
        ...stream,
        startFromHead: true,
        ...(token ? { nextToken: token } : {}),
      });
      forwards.push(...(page.events ?? []).map((event) => event.message ?? ''));
      if (page.nextForwardToken === token) break;
      token = page.nextForwardToken;
    }
    expect(forwards).toEqual(Array.from({ length: 25 }, (_, i) => `line ${i}`));
    const tail = await logs.getLogEvents(stream);
    expect(tail.events?.map((event) => event.message)).toEqual(forwards.slice(15));
    const before = await logs.getLogEvents({ ...stream, nextToken: tail.nextBackwardToken! });
    expect(before.events?.map((event) => event.message)).toEqual(forwards.slice(5, 15));
  });

  test('the documented rate of the region is the rate, by the clock', async () => {
    const clock = virtualClock(startMs);
    const { logs, sandbox } = await open({ clock, region: 'eu-central-1' });
    sandbox.logs(undefined, 'eu-central-1').behaviour.quotaScale = 1;
    const call = (): Promise<string> =>
      logs.filterLogEvents(group).then(
        () => 'ok',
        (error: Error) => error.name,
      );
    const burst = await Promise.all(Array.from({ length: 8 }, call));
    expect(burst.filter((name) => name === 'ok')).toHaveLength(5);
    expect(burst.filter((name) => name === 'ThrottlingException')).toHaveLength(3);
    clock.advance(400);
    expect([await call(), await call(), await call()]).toEqual(['ok', 'ok', 'ThrottlingException']);
  });

  test('events arrive when the clock reaches their delivery, with their own timestamps', async () => {
    const { logs, sandbox, clock } = await open();
    sandbox.logs().pending.push({
      atMs: startMs + 60_000,
      group: 'vpc-flowgroup',
      stream: 'eni-9-all',
      events: [{ timestampMs: startMs - 600_000, message: 'late' }],
    });
    expect((await readAll(logs)).messages).toEqual([]);
    clock.advance(60_000);
    const { events } = await logs.filterLogEvents(group);
    expect(events).toMatchObject([
      {
        message: 'late',
        timestamp: startMs - 600_000,
        ingestionTime: startMs + 60_000,
        logStreamName: 'eni-9-all',
      },
    ]);
  });

  test('groups and streams are listed in pages and missed by name', async () => {
    const { logs } = await open();
    for (const name of ['a', 'b', 'c']) await logs.createLogGroup({ logGroupName: `x/${name}` });
    const first = await logs.describeLogGroups({ logGroupNamePrefix: 'x/', limit: 2 });
    expect(first.logGroups?.map((one) => one.logGroupName)).toEqual(['x/a', 'x/b']);
    const second = await logs.describeLogGroups({
      logGroupNamePrefix: 'x/',
      limit: 2,
      nextToken: first.nextToken!,
    });
    expect(second).toMatchObject({ logGroups: [{ logGroupName: 'x/c' }] });
    expect(second.nextToken).toBeUndefined();
    await put(logs, 3);
    const { logStreams } = await logs.describeLogStreams({
      ...group,
      orderBy: 'LastEventTime',
      descending: true,
    });
    expect(logStreams).toMatchObject([{ logStreamName: 'eni-1-all', lastIngestionTime: startMs }]);
    await expect(logs.createLogGroup(group)).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    await expect(logs.filterLogEvents({ logGroupName: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(logs.filterLogEvents({ ...group, nextToken: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  test('batches are held to the limits of PutLogEvents', async () => {
    const { logs } = await open();
    const send = (logEvents: { timestamp: number; message: string }[]): Promise<unknown> =>
      logs.putLogEvents({ ...group, logStreamName: 'eni-1-all', logEvents });
    const at = (offsetMs: number, message = 'x'): { timestamp: number; message: string } => ({
      timestamp: startMs + offsetMs,
      message,
    });
    const refused = { name: 'InvalidParameterException' };
    await expect(send([at(1), at(0)])).rejects.toMatchObject(refused);
    await expect(send([at(0, 'y'.repeat(1_048_576))])).rejects.toMatchObject(refused);
    await expect(send([at(-86_400_001), at(0)])).rejects.toMatchObject(refused);
    await expect(send([])).rejects.toMatchObject(refused);
    const day = 86_400_000;
    expect(await send([at(-14 * day - 1), at(-14 * day)])).toMatchObject({
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 },
    });
    expect(await send([at(0), at(7_200_001)])).toMatchObject({
      rejectedLogEventsInfo: { tooNewLogEventStartIndex: 1 },
    });
    expect((await readAll(logs)).messages).toHaveLength(2);
  });

  test('reading any ranges of any events gives each exactly once', async () => {
    const { logs, sandbox } = await open();
    const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        times,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 9 }),
        async (at, limit, scan) => {
          const state = sandbox.logs();
          Object.assign(state.groups['vpc-flowgroup']!, { events: [], isSorted: true });
          state.behaviour.scanEvents = scan;
          const sorted = [...at].sort((a, b) => a - b);
          if (sorted.length > 0) {
            await logs.putLogEvents({
              ...group,
              logStreamName: 'eni-1-all',
              logEvents: sorted.map((offset, i) => ({ timestamp: startMs + offset, message: `${i}` })),
            });
          }
          const read = await readAll(logs, { limit, startTime: startMs + 10, endTime: startMs + 40 });
          expect(read.messages.map(Number)).toEqual(
            sorted.flatMap((offset, i) => (offset >= 10 && offset <= 40 ? [i] : [])),
          );
        },
      ),
      propertyOptions(25),
    );
  });
});
