import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AddressClasses, defaultFormat } from '@net/flowlogs';
import { findFiles } from '@net/flowlogs/file';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { storableName } from '../../src/model/index.js';
import { createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';
import { type ReplayResult, replayFiles } from '../../src/replay/index.js';
import { DAY, serveStore, type ServedStore } from './served-store.js';

let tracker: ServedStore;
let rejected = 0;
beforeEach(async () => {
  tracker = await serveStore();
  rejected = 0;
});
afterEach(() => tracker.close());

const names = createSourceNames(
  parseNetworks(''),
  createReverseNames({ reverse: () => Promise.resolve([]) }),
);
const folder = temporaryDirectory('hostile-files');
let files = 0;

async function replay(content: string | Uint8Array): Promise<ReplayResult> {
  files += 1;
  const file = join(folder, `${files}.log`);
  await writeFile(file, content);
  return await replayFiles(await findFiles([file]), {
    store: tracker.store,
    names,
    classes: new AddressClasses(),
    mode: 'evidence',
    signal: new AbortController().signal,
    onRejected: () => (rejected += 1),
  });
}

const START = Date.parse(`${DAY}T08:00:00Z`) / 1_000;
const line = (interfaceId: string, index: number, account = '111111111111'): string =>
  [
    ...[2, account, interfaceId, `93.184.${index >> 8}.${index & 255}`, '10.0.0.5', 40_000 + index, 443],
    ...[6, 10, 800, START, START + 59, 'ACCEPT', 'OK'],
  ].join(' ');

/** Records in the store, over all shards and days. */
async function stored(): Promise<number> {
  let sum = 0;
  for (const { shard } of await tracker.store.shards())
    for (const { records } of await tracker.store.days(shard)) sum += records;
  return sum;
}

describe('hostile files', () => {
  test('interfaces of any name become destinations of that name', async () => {
    const interfaces = [
      ...[
        'eni-1',
        '->',
        'a->b:443',
        ':',
        '<script>alert(1)</script>',
        '=1+1',
        '__proto__',
        '%0A',
        '😀',
        '\uffff',
      ],
      ...['a\u0000b', '\u001b[31m', 'x'.repeat(10_000), 'NAT', "';--", '../..', '"', '\\'],
    ];
    const { counted, counters } = await replay(
      [defaultFormat.key, ...interfaces.map((name, index) => line(name, index)), ''].join('\n'),
    );
    expect(counters.records + rejected).toBe(interfaces.length);
    const rows = await tracker.json<{ source: string; dest: string; dest_port: number; score: number }[]>(
      `/connections/111111111111/unknown?date=${DAY}`,
    );
    // NAT is one that is never counted, and control characters are in no record.
    const wanted = interfaces.flatMap((name, index) =>
      name === 'NAT' || /\p{Cc}/u.test(name)
        ? []
        : [[`93.184.0.${index}`, storableName(`${name}/10.0.0.5`), 443, 1]],
    );
    expect(counted).toBe(wanted.length);
    expect(rows.map(({ source, dest, dest_port, score }) => [source, dest, dest_port, score]).sort()).toEqual(
      wanted.sort(),
    );
  });

  test('accounts and regions that are none belong to the unknown one, however many there are', async () => {
    const accounts = [
      '../..',
      '-',
      '',
      '1e99',
      '١٢٣',
      'a'.repeat(5_000),
      '111111111111/eu-west-1',
      '9'.repeat(21),
    ];
    await replay(
      [defaultFormat.key, ...accounts.map((id, index) => line('eni-1', index, id || '0x')), ''].join('\n'),
    );
    const shards = (await tracker.store.shards()).map(({ shard }) => shard);
    expect(shards).toEqual([{ accountId: '000000000000', region: 'unknown' }]);
    const many = Array.from({ length: 1_000 }, (_, index) => line('eni-1', index, String(500_000 + index)));
    const { counted } = await replay([defaultFormat.key, ...many, ''].join('\n'));
    expect(counted).toBe(1_000);
    expect(await stored()).toBe(1_000 + accounts.length);
  });

  test('bytes of any kind are counted, or rejected with their place: never lost, never a failure', async () => {
    const good = line('eni-1', 7);
    const piece = fc.oneof(
      { weight: 4, arbitrary: fc.constant(Buffer.from(`${good}\n`)) },
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
      fc
        .constantFrom(good.slice(0, 40), good.replace('443', '99999'), good.replace('ACCEPT', 'accept'))
        .map((text) => Buffer.from(`${text}\n`)),
      fc
        .constantFrom('\n\n', '\r\n', '\u0000\n', `${'9'.repeat(100_000)}\n`, `${'- '.repeat(14)}\n`)
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), fc.boolean(), async (pieces, isPacked) => {
        const content = Buffer.concat([
          // No two files are the same: one that is known adds nothing.
          Buffer.from(`${defaultFormat.key}\n${line('eni-2', files)}\n`),
          ...pieces.flatMap((one) => [one, Buffer.from('\n')]),
        ]);
        const whole = pieces.filter((one) => one.toString().trim() === good).length;
        const before = await stored();
        const { counted } = await replay(isPacked ? gzipSync(content) : content);
        expect(counted).toBeGreaterThanOrEqual(whole + 1);
        expect((await stored()) - before).toBe(counted);
      }),
      propertyOptions(25),
    );
  });

  test('a packed file that is cut off or damaged counts as far as it goes', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => line('eni-1', index % 60_000));
    const packed = gzipSync([defaultFormat.key, ...lines, ''].join('\n'));
    const { counted } = await replay(packed.subarray(0, packed.length / 2));
    expect(counted).toBeGreaterThan(1_000);
    expect(counted).toBeLessThan(2_600);
    expect(await stored()).toBe(counted);
    const whole = await replay(packed);
    expect(whole.counted).toBe(5_000);
  });
});
