import { expect, test } from '@jest/globals';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Aggregation, type AggregationSpec, type Group } from '../../src/aggregate/aggregation.js';
import { findFiles, readLogFile } from '../../src/file/index.js';
import { LogFormat, type RejectedLine } from '@net/flowlogs';
import { generateText } from '../../src/generate/generate.js';
// The compiled one: a worker thread runs JavaScript.
import { aggregateFiles } from '@net/flowlogs/pool';

const folder = temporaryDirectory('pool');
const text = (seed: number): string =>
  [...generateText({ connections: 3_000, seed })].map((part) => Buffer.from(part).toString()).join('');
const one = text(1);
writeFileSync(path.join(folder, 'one.log'), one);
writeFileSync(path.join(folder, 'two.log.gz'), gzipSync(text(2)));
const three = `${text(3)}this line is none\n`;
writeFileSync(path.join(folder, 'three.log'), three);

const spec: AggregationSpec = {
  keys: ['srcaddr', 'dstport', 'day'],
  measures: ['records', 'bytes', 'first', 'last', 'flags', 'distinct:dstaddr'],
};

const sorted = (groups: Iterable<Group>): string[] =>
  [...groups]
    .map((group) =>
      JSON.stringify(group, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    )
    .sort();

test.each([
  { workers: 1 },
  { workers: 2 },
  { workers: 3, rangeBytes: 20_000 },
  { workers: 2, rangeBytes: 4_097 },
])('%j gives what one thread gives', async (options) => {
  const files = await findFiles([folder]);
  const alone = new Aggregation(spec);
  let records = 0;
  for (const file of files) {
    const { counters } = await readLogFile(file, { columns: alone.columns }, (batch) => alone.add(batch));
    records += counters.records;
  }
  const rejected: RejectedLine[] = [];
  const { aggregation, counters } = await aggregateFiles(files, spec, {
    ...options,
    onReject: (line) => rejected.push(line),
  });
  expect(counters.records).toBe(records);
  expect(counters.rejected).toBe(1);
  expect(rejected).toMatchObject([
    { source: path.join(folder, 'three.log'), line: three.split('\n').length - 1, text: 'this line is none' },
  ]);
  expect(sorted(aggregation.groups())).toEqual(sorted(alone.groups()));
});

test('a file that cannot be read fails all, and so does an abort', async () => {
  const damaged = path.join(temporaryDirectory('damaged'), 'damaged.log.gz');
  writeFileSync(damaged, gzipSync(one).subarray(0, 1_000));
  await expect(aggregateFiles(await findFiles([damaged]), spec)).rejects.toMatchObject({
    code: 'NET_FLOWLOGS_DAMAGED',
  });
  const abort = new AbortController();
  const running = aggregateFiles(await findFiles([folder]), spec, {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('enough')),
    workers: 1,
  });
  await expect(running).rejects.toThrow('enough');
});

test('a format for files without a header', async () => {
  const bare = path.join(temporaryDirectory('bare'), 'bare.log');
  writeFileSync(bare, '10.0.0.1 443 1000\n10.0.0.1 443 500\n');
  const format = LogFormat.parse('srcaddr dstport bytes');
  const { aggregation } = await aggregateFiles(
    await findFiles([bare]),
    { keys: ['dstport'], measures: ['bytes'] },
    { format },
  );
  expect([...aggregation.groups()]).toEqual([{ key: { dstport: 443 }, values: { bytes: 1500 } }]);
});

test('any cut into parts gives what one thread gives, wherever headers change the format', async () => {
  const lines = (format: string, values: readonly string[]): string => [format, ...values].join('\n');
  const file = path.join(temporaryDirectory('changing'), 'changing.log');
  const part = fc.tuple(
    fc.constantFrom('srcaddr dstport bytes', 'dstport srcaddr bytes', 'bytes dstport srcaddr'),
    fc.integer({ min: 1, max: 400 }),
  );
  const words: Readonly<Record<string, string>> = { srcaddr: '10.0.0.1', dstport: '443', bytes: '1000' };
  const parts = fc.tuple(
    fc.array(part, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 4_096, max: 12_000 }),
  );
  await fc.assert(
    fc.asyncProperty(parts, async ([blocks, rangeBytes]) => {
      const content = blocks.map(([format, count]) => {
        const line = format
          .split(' ')
          .map((name) => words[name])
          .join(' ');
        return lines(format, [...Array<string>(count).fill(line), 'bad']);
      });
      writeFileSync(file, `${content.join('\n')}\n`);
      const rejected: RejectedLine[] = [];
      const { aggregation, counters } = await aggregateFiles(
        await findFiles([file]),
        { keys: ['srcaddr', 'dstport'], measures: ['records', 'bytes'] },
        { workers: 2, rangeBytes, onReject: (line) => rejected.push(line) },
      );
      const records = blocks.reduce((sum, [, count]) => sum + count, 0);
      expect([...aggregation.groups()]).toEqual([
        { key: { srcaddr: '10.0.0.1', dstport: 443 }, values: { records, bytes: records * 1000 } },
      ]);
      expect(counters).toMatchObject({ records, headers: blocks.length, rejected: blocks.length });
      const all = content.join('\n').split('\n');
      expect(rejected.map(({ line }) => all[line - 1])).toEqual(blocks.map(() => 'bad'));
    }),
    propertyOptions(6),
  );
});

test('a worker that dies is an error, as are arguments that cannot be', async () => {
  const files = await findFiles([folder]);
  await expect(aggregateFiles(files, spec, { workers: 1, heapMib: 1 })).rejects.toMatchObject({
    name: 'FlowLogsError',
    code: 'NET_FLOWLOGS_WORKER',
  });
  for (const options of [{ rangeBytes: 1 }, { workers: 0 }])
    await expect(aggregateFiles(files, spec, options)).rejects.toMatchObject({
      code: 'NET_FLOWLOGS_ARGUMENT',
    });
});
