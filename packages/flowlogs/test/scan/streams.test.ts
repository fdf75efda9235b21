import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { allFieldsFormat, defaultFormat, LogFormat } from '../../src/format/log-format.js';
import { generateText } from '../../src/generate/generate.js';
import { parseChunks } from '../../src/scan/parse-chunks.js';
import { scanColumns } from '../../src/scan/scan-columns.js';
import type { ScanCounters } from '../../src/scan/rejects.js';
import type { Chunks } from '../../src/stream/decompress.js';
import { cut, scanned } from './scanned.js';

const text = [...generateText({ connections: 300, format: allFieldsFormat })].join('');
const bytes = Buffer.from(text);
const expected = scanned([bytes], {}).records;

async function recordsOf(
  chunks: Chunks,
  options: Parameters<typeof parseChunks>[1] = {},
): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const row of parseChunks(chunks, options)) records.push(row.toRecord());
  return records;
}

describe('streams', () => {
  test('plain, gzip, and gzip of several members give the same records', async () => {
    const half = Math.floor(bytes.length / 2);
    const members = Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))]);
    for (const stream of [bytes, gzipSync(bytes), members]) {
      expect(await recordsOf(cut(stream, [1, 2, 3, 1000, 1001, stream.length - 1]))).toEqual(expected);
    }
  });

  test('gzip that is cut off or damaged is an error with a code, after what came before it', async () => {
    const zipped = gzipSync(bytes);
    const damaged = Buffer.from(zipped);
    damaged.fill(0xff, zipped.length - 200, zipped.length - 100);
    for (const stream of [zipped.subarray(0, zipped.length - 50), damaged]) {
      let counters: Readonly<ScanCounters> | undefined;
      const reading = recordsOf([stream], { onCounters: (seen) => (counters = seen) });
      await expect(reading).rejects.toMatchObject({ code: 'NET_FLOWLOGS_DAMAGED' });
      expect(counters!.rejected).toBe(0);
    }
  });

  test('of gzip that is cut off the records before the cut are handed out, and nothing else', async () => {
    const zipped = gzipSync(bytes);
    const records: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const row of parseChunks([zipped.subarray(0, zipped.length - 50)], {}))
        records.push(row.toRecord());
    };
    await expect(reading()).rejects.toMatchObject({ code: 'NET_FLOWLOGS_DAMAGED' });
    expect(records.length).toBeGreaterThan(expected.length / 2);
    expect(records).toEqual(expected.slice(0, records.length));
  });

  test('any bytes behind the mark of gzip end in records or one typed error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(200),
        fc.nat(255),
        async (noise, at, byte) => {
          const zipped = gzipSync(bytes.subarray(0, 2000));
          zipped[at % zipped.length] = byte;
          for (const stream of [Buffer.concat([Buffer.from([0x1f, 0x8b]), noise]), zipped]) {
            try {
              await recordsOf([stream], { format: defaultFormat });
            } catch (error) {
              expect((error as { code?: string }).code).toMatch(/^NET_FLOWLOGS_(DAMAGED|REJECTED)$/);
            }
          }
        },
      ),
      propertyOptions(100),
    );
  });

  test('an error of the source itself comes through', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(gzipSync(bytes).subarray(0, 100));
      throw new Error('connection reset');
    }
    await expect(recordsOf(failing())).rejects.toThrow('connection reset');
  });

  test('a consumer may stop early', async () => {
    for await (const row of parseChunks([gzipSync(bytes)])) {
      expect(row.srcaddr).toBe(expected[0]!.srcaddr);
      break;
    }
  });
});

describe('headers', () => {
  const v2 = '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1767225600 1767225601 ACCEPT OK';

  test('in the middle change the format of what follows; missing columns are absent', () => {
    const mixed = [
      defaultFormat.key,
      v2,
      'srcaddr dstaddr new-field',
      '10.1.1.1 10.1.1.2 hello',
      defaultFormat.key,
      v2,
    ];
    const { records, counters } = scanned([Buffer.from(mixed.join('\r\n'))], {
      columns: ['srcaddr', 'bytes'],
    });
    expect(records).toEqual([
      { srcaddr: '10.0.0.1', bytes: 40 },
      { srcaddr: '10.1.1.1' },
      { srcaddr: '10.0.0.1', bytes: 40 },
    ]);
    expect(counters).toMatchObject({ lines: 6, headers: 3, records: 3, rejected: 0 });
  });

  test('are told to whoever asks', () => {
    const told: string[] = [];
    const text = `srcaddr bytes\n10.0.0.1 1\nbytes srcaddr\n2 10.0.0.1\n`;
    scanned([Buffer.from(text)], { columns: ['bytes'], onFormat: (format) => told.push(format.key) });
    expect(told).toEqual(['srcaddr bytes', 'bytes srcaddr']);
  });

  test('are recognised although the first field of the data begins alike', () => {
    const format = LogFormat.parse('vpc-id srcaddr');
    const lines = ['vpc-id srcaddr', 'vpc-0abc 10.0.0.1', 'vpc-id srcaddr', 'vpc-id1 10.0.0.2'];
    const { records, counters } = scanned([Buffer.from(lines.join('\n'))], { format });
    expect(records.map((record) => record.vpcId)).toEqual(['vpc-0abc', 'vpc-id1']);
    expect(counters.headers).toBe(2);
  });

  test('alone, nothing at all, and blank lines are fine', () => {
    expect(scanned([Buffer.from(defaultFormat.key)], {}).counters).toMatchObject({ headers: 1, records: 0 });
    expect(scanned([], {}).counters.lines).toBe(0);
    expect(scanned([Buffer.from(`\n\r\n${defaultFormat.key}\n\n${v2}\n\n`)], {}).counters).toMatchObject({
      records: 1,
    });
  });

  test('that change with every line do not make the scanner slow', () => {
    const lines = Array.from({ length: 400 }, (_unused, i) => `srcaddr field${i}\n10.0.0.1 x`);
    expect(scanned([Buffer.from(lines.join('\n'))], {}).records).toHaveLength(400);
  });

  test('without header or known format there is an error that says so', () => {
    expect(() => scanned([Buffer.from('10.0.0.1 10.0.0.2 443\n')], {})).toThrow(
      expect.objectContaining({ code: 'NET_FLOWLOGS_NO_FORMAT' }),
    );
  });
});

describe('bounds', () => {
  const v2 = '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1767225600 1767225601 ACCEPT OK';

  test('a line longer than a block is rejected, the next is read', () => {
    const stream = Buffer.from(`${v2}\n${'x'.repeat(100_000)}\n${v2}\n`);
    const { counters, rejects } = scanned([stream], { format: defaultFormat, blockBytes: 4096 });
    expect(counters).toMatchObject({ records: 2, rejected: 1, lines: 3 });
    expect(rejects[0]).toMatchObject({ line: 2, reason: 'a line longer than 4096 bytes' });
  });

  test('a dictionary that grows past its bound is replaced, and no text is wrong', () => {
    const lines = Array.from({ length: 5000 }, (_unused, i) => `eni-${i} 2001:db8::${i.toString(16)}`);
    const format = LogFormat.parse('interface-id srcaddr');
    const { records } = scanned([Buffer.from(lines.join('\n'))], { format, dictionaryBytes: 65_536 });
    expect(records.map((record) => `${record.interfaceId ?? ''} ${record.srcaddr ?? ''}`)).toEqual(
      lines.map((line) => line.replace('::0', '::')),
    );
  });

  test('strict ends at the first reject, a budget at the one too many', async () => {
    const stream = Buffer.from(`${v2}\nbad\n${v2}\nbad\nbad\n`);
    const read = (tolerance: 'strict' | { maxRejected: number }): Promise<unknown> =>
      recordsOf([stream], { format: defaultFormat, tolerance, source: 'x.log' });
    await expect(read('strict')).rejects.toThrow(
      'x.log, line 2, column 4: only 1 of the 14 fields of the format',
    );
    await expect(read({ maxRejected: 2 })).rejects.toThrow('3 of 5 lines were rejected');
    await expect(read({ maxRejected: 3 })).resolves.toHaveLength(2);
  });
});

test('scanColumns gives batches of arrays', async () => {
  let rows = 0;
  for await (const batch of scanColumns([bytes], { columns: ['bytes', 'srcaddr'] })) {
    const column = batch.columns.get('bytes');
    if (column?.type !== 'double') throw new Error('bytes are doubles');
    rows += batch.rows;
  }
  expect(rows).toBe(expected.length);
});
