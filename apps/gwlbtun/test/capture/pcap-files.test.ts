import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory, until } from '@net/testing';
import { decodePcap, encodePcapRecord } from '@net/geneve';
import { hexDump } from '../../src/capture/hex-dump.js';
import { PcapFiles } from '../../src/capture/pcap-files.js';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const record = (byte: number, length = 100) =>
  encodePcapRecord({
    timeNanoseconds: BigInt(byte),
    data: new Uint8Array(length).fill(byte),
    originalLength: length,
  });

function packetsIn(file: string): number[] {
  const result = decodePcap(readFileSync(file));
  if (!result.ok) throw new Error(result.error.message);
  return result.value.records.map(({ data }) => data[0]!);
}

describe('capture files', () => {
  test('follow each other, the newest under the name, and no more than asked for', async () => {
    const folder = temporaryDirectory('pcap');
    const file = join(folder, 'trace.pcap');
    const files = await PcapFiles.open({ file, maxBytes: 500, keep: 3, snapLength: 2048 });
    for (let byte = 0; byte < 50; byte++) files.add(record(byte));
    await files.close();
    expect(readdirSync(folder).sort()).toEqual(['trace.pcap', 'trace.pcap.1', 'trace.pcap.2']);
    const kept = [`${file}.2`, `${file}.1`, file].flatMap(packetsIn);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 50 - kept.length + index));
    expect(files.written).toBe(50);
    expect(files.dropped).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('an earlier run keeps its file as the next older one', async () => {
    const file = join(temporaryDirectory('pcap'), 'trace.pcap');
    for (const byte of [1, 2]) {
      const files = await PcapFiles.open({ file, maxBytes: 10_000, keep: 5, snapLength: 2048 });
      files.add(record(byte));
      await files.close();
    }
    expect(packetsIn(file)).toEqual([2]);
    expect(packetsIn(`${file}.1`)).toEqual([1]);
  });

  test('one file only', async () => {
    const folder = temporaryDirectory('pcap');
    const files = await PcapFiles.open({
      file: join(folder, 'one'),
      maxBytes: 200,
      keep: 1,
      snapLength: 2048,
    });
    for (let byte = 0; byte < 10; byte++) files.add(record(byte));
    await files.close();
    expect(readdirSync(folder)).toEqual(['one']);
  });

  test('a folder that is not there is refused at the start', async () => {
    const file = join(temporaryDirectory('pcap'), 'missing', 'trace.pcap');
    await expect(PcapFiles.open({ file, maxBytes: 500, keep: 3, snapLength: 64 })).rejects.toMatchObject({
      code: 'NET_GWLBTUN_CAPTURE',
      exitCode: 2,
    });
  });

  test('a link in the place of the file is not followed', async () => {
    const folder = temporaryDirectory('pcap');
    const target = join(folder, 'target');
    symlinkSync(target, join(folder, 'trace'));
    const files = await PcapFiles.open({
      file: join(folder, 'trace'),
      maxBytes: 500,
      keep: 2,
      snapLength: 64,
    });
    await files.close();
    expect(existsSync(target)).toBe(false);
  });

  test('a disk that is full or gone loses samples, counts them, and throws nothing', async () => {
    const folder = join(temporaryDirectory('pcap'), 'sub');
    mkdirSync(folder);
    const files = await PcapFiles.open({
      file: join(folder, 'trace'),
      maxBytes: 100,
      keep: 2,
      snapLength: 64,
    });
    rmSync(folder, { recursive: true });
    files.add(record(1));
    await until('the failure to be noticed', () => files.failure !== undefined);
    files.add(record(2));
    expect(files.dropped).toBeGreaterThanOrEqual(1);
    await files.close();
  });

  test('more than the disk takes in time is given up, not kept in memory', async () => {
    const files = await PcapFiles.open({
      file: join(temporaryDirectory('pcap'), 'big'),
      maxBytes: 1e9,
      keep: 1,
      snapLength: 65_535,
    });
    for (let index = 0; index < 400; index++) files.add(record(1, 60_000));
    expect(files.dropped).toBeGreaterThan(100);
    await files.close();
    expect(files.written + files.dropped).toBe(400);
  });
});

test('hex dump', () => {
  expect(hexDump(Uint8Array.from({ length: 20 }, (_, index) => index + 0x30))).toEqual([
    '0000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?',
    '0010  40 41 42 43                                       @ABC',
  ]);
  expect(hexDump(Uint8Array.of(0, 27, 127, 255))[0]).toMatch(/ {2}\.\.\.\.$/);
});
