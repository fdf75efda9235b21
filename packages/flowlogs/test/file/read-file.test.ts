import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { fileBatches, findFiles, readLogFile, type ReadFileOptions } from '../../src/file/index.js';
import { columnOf, defaultFormat, generateText } from '../../src/index.js';

const text = [...generateText({ connections: 300, seed: 9 })].join('');
const folder = temporaryDirectory('files');
mkdirSync(join(folder, '2026/01'), { recursive: true });
writeFileSync(join(folder, 'a.log'), text);
writeFileSync(join(folder, '2026/01/b.log.gz'), gzipSync(text));
writeFileSync(join(folder, 'notes.md'), 'nothing');

async function bytesIn(path: string, options: Partial<ReadFileOptions> = {}): Promise<number[]> {
  const [file] = await findFiles([path]);
  const values: number[] = [];
  await readLogFile(file!, { columns: ['bytes'], ...options }, (batch) => {
    values.push(...columnOf(batch, 'bytes', 'double').values.subarray(0, batch.rows));
  });
  return values;
}

describe('files', () => {
  test('are found by path, directory and glob, with their kind', async () => {
    const kinds = async (...patterns: string[]): Promise<string[]> =>
      (await findFiles(patterns)).map(({ path, kind }) => `${path.slice(folder.length + 1)} ${kind}`);
    expect(await kinds(folder)).toEqual(['2026/01/b.log.gz gzip', 'a.log text']);
    expect(await kinds(join(folder, '*.log'), folder)).toEqual(['a.log text', '2026/01/b.log.gz gzip']);
    expect(await kinds(join(folder, '**/*.gz'))).toEqual(['2026/01/b.log.gz gzip']);
    for (const none of ['none.log', '*.none', 'none/*.log']) {
      await expect(findFiles([join(folder, none)])).rejects.toMatchObject({ code: 'NET_FLOWLOGS_SOURCE' });
    }
  });

  test('text and gzip give the same, whole or inflated here', async () => {
    const plain = await bytesIn(join(folder, 'a.log'));
    expect(plain.length).toBeGreaterThan(600);
    expect(await bytesIn(join(folder, '2026/01/b.log.gz'))).toEqual(plain);
    expect(await bytesIn(join(folder, '2026/01/b.log.gz'), { inThread: true })).toEqual(plain);
  });

  test('ranges of a text file, wherever they are cut, make up the whole', async () => {
    const path = join(folder, 'a.log');
    const whole = await bytesIn(path);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 5 }), async (places) => {
        const cuts = [0, ...[...new Set(places)].sort((a, b) => a - b), text.length];
        const parts: number[] = [];
        for (let i = 1; i < cuts.length; i++) {
          const range = { from: cuts[i - 1]!, to: cuts[i]! };
          if (range.from < range.to) parts.push(...(await bytesIn(path, { range, format: defaultFormat })));
        }
        expect(parts).toEqual(whole);
      }),
      propertyOptions(60),
    );
  });
});

test('batches one by one: of every kind the same, no faster than they are taken', async () => {
  for (const name of ['a.log', '2026/01/b.log.gz']) {
    const [file] = await findFiles([join(folder, name)]);
    let told = 0;
    let records = 0;
    const values: number[] = [];
    const options = {
      columns: ['bytes'],
      batchRows: 100,
      onBytes: (bytes: number) => (told += bytes),
      onCounters: (counters: { readonly records: number }) => (records = counters.records),
    };
    for await (const batch of fileBatches(file!, options)) {
      await Promise.resolve();
      values.push(...columnOf(batch, 'bytes', 'double').values.subarray(0, batch.rows));
    }
    expect(values).toEqual(await bytesIn(join(folder, 'a.log')));
    expect(records).toBe(values.length);
    expect(told).toBe(file!.bytes);
  }
});
