import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import {
  emptyCounters,
  generateRecords,
  rowsOf,
  type FlowRecord,
  type RejectedLine,
} from '../../src/index.js';
import { openParquetFile } from '../../src/file/parquet-file.js';
import { parquetBatches, type ParquetOptions, type ParquetSource } from '../../src/parquet/read-parquet.js';

const texts: Record<string, keyof FlowRecord> = {
  account_id: 'accountId',
  interface_id: 'interfaceId',
  srcaddr: 'srcaddr',
  dstaddr: 'dstaddr',
  action: 'action',
  log_status: 'logStatus',
};
const integers: Record<string, keyof FlowRecord> = {
  version: 'version',
  srcport: 'srcport',
  dstport: 'dstport',
  protocol: 'protocol',
  tcp_flags: 'tcpFlags',
};
const counts: Record<string, keyof FlowRecord> = {
  packets: 'packets',
  bytes: 'bytes',
  start: 'startMs',
  end: 'endMs',
};

const records = [...generateRecords({ connections: 300, seed: 5, ipv6Share: 0.4, skipDataShare: 0.01 })].map(
  ({ record }) => record,
);

function written(
  codec: 'GZIP' | 'SNAPPY' | 'UNCOMPRESSED',
  all: readonly FlowRecord[] = records,
): ParquetSource {
  const columns = (names: Record<string, keyof FlowRecord>, type: 'STRING' | 'INT32' | 'INT64'): unknown[] =>
    Object.entries(names).map(([name, key]) => ({
      name,
      type,
      nullable: true,
      data: all.map((record) => {
        const value = record[key];
        if (value === undefined) return null;
        if (type !== 'INT64') return value;
        return BigInt(key.endsWith('Ms') ? Number(value) / 1000 : Number(value));
      }),
    }));
  const bytes = parquetWriteBuffer({
    columnData: [
      ...columns(texts, 'STRING'),
      ...columns(integers, 'INT32'),
      ...columns(counts, 'INT64'),
    ] as never,
    codec,
    rowGroupSize: 500,
    compressors: { GZIP: (input: Uint8Array) => gzipSync(input) },
  } as never);
  return sourceOf(new Uint8Array(bytes as ArrayBuffer));
}

function sourceOf(bytes: Uint8Array): ParquetSource {
  return {
    byteLength: bytes.length,
    slice: (start, end) => Promise.resolve(bytes.slice(start, end).buffer as ArrayBuffer),
  };
}

async function read(file: ParquetSource, options: Partial<ParquetOptions> = {}): Promise<FlowRecord[]> {
  const found: FlowRecord[] = [];
  for await (const batch of parquetBatches(file, { columns: ['*'], counters: emptyCounters(), ...options })) {
    for (const row of rowsOf(batch)) found.push(row.toRecord());
  }
  return found;
}

const columnKeys = new Set([...Object.values(texts), ...Object.values(integers), ...Object.values(counts)]);
const expected = records
  .filter((record) => record.logStatus === 'OK')
  .map((record) =>
    Object.fromEntries(
      Object.entries(record).filter(([key, value]) => columnKeys.has(key as 'bytes') && value !== undefined),
    ),
  );

describe('Parquet', () => {
  test.each(['GZIP', 'SNAPPY', 'UNCOMPRESSED'] as const)('%s gives back the records', async (codec) => {
    const counters = emptyCounters();
    expect(await read(written(codec), { counters, batchRows: 100 })).toEqual(expected);
    expect(counters).toMatchObject({
      lines: records.length,
      records: expected.length,
      noData: records.filter((record) => record.logStatus === 'NODATA').length,
      skipData: records.filter((record) => record.logStatus === 'SKIPDATA').length,
      rejected: 0,
    });
  });

  test('only the columns asked for, in text logs’ spelling or Parquet’s; missing ones are absent', async () => {
    const found = await read(written('GZIP'), { columns: ['interface_id', 'bytes', 'vpc-id'] });
    expect(found).toEqual(
      expected.map((record) => ({ interfaceId: record['interfaceId'], bytes: record['bytes'] })),
    );
  });

  test('status rows are told, bad rows rejected with their place', async () => {
    const rejects: RejectedLine[] = [];
    const told: string[] = [];
    const odd: FlowRecord[] = [
      { ...expected[0] },
      { ...expected[0], srcaddr: '10.0.0.256' },
      { ...expected[0], dstport: 70_000 },
      { interfaceId: 'eni-1', startMs: 1000, endMs: 2000, logStatus: 'NODATA' },
    ];
    const found = await read(written('UNCOMPRESSED', odd), {
      onReject: (rejected) => rejects.push(rejected),
      onStatus: (line) => told.push(line.text),
    });
    expect(found.length).toBe(1);
    expect(rejects).toMatchObject([
      { line: 2, field: 'srcaddr', reason: 'not an IP address' },
      { line: 3, field: 'dstport', reason: 'a number above 65535' },
    ]);
    expect(told).toEqual(['- eni-1 - - - NODATA - - - - - - - 1 2']);
    await expect(read(written('UNCOMPRESSED', odd), { tolerance: 'strict' })).rejects.toMatchObject({
      code: 'NET_FLOWLOGS_REJECTED',
    });
  });

  test('a file on disk is read in parts', async () => {
    const path = join(temporaryDirectory('parquet'), 'flow.parquet');
    const source = written('SNAPPY');
    writeFileSync(path, Buffer.from(await source.slice(0, source.byteLength)));
    const file = await openParquetFile(path);
    expect(await read(file)).toEqual(expected);
    await file.close();
    await expect(openParquetFile(`${path}.none`)).rejects.toMatchObject({ code: 'NET_FLOWLOGS_SOURCE' });
  });

  test('damaged or cut off, it ends in one typed error, or in rows', async () => {
    const source = written('GZIP', records.slice(0, 200));
    const whole = new Uint8Array(await source.slice(0, source.byteLength));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
        fc.option(fc.nat()),
        async (damages, cut) => {
          const bytes = whole.slice(0, cut === null ? whole.length : cut % whole.length);
          for (const [at, byte] of damages) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          try {
            await read(sourceOf(bytes));
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^NET_FLOWLOGS_/);
          }
        },
      ),
      propertyOptions(300),
    );
  });
});
