import { describe, expect, test } from '@jest/globals';
import { AddressClasses, defaultFormat, generateText, LogFormat } from '@net/flowlogs';
import { findFiles } from '@net/flowlogs/file';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';
import { type ReplayOptions, replayFiles } from '../../src/replay/index.js';
import type { Store } from '../../src/store/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';

const folder = temporaryDirectory('replay');
const header = `${defaultFormat.key} tcp-flags flow-direction region`;
const text = [...generateText({ connections: 1_500, seed: 4, format: LogFormat.parse(header) })].join('');
const whole = path.join(folder, 'whole.log');
writeFileSync(whole, text);
const names = createSourceNames(
  parseNetworks(''),
  createReverseNames({ reverse: () => Promise.resolve([]) }),
);
const options = (store: Store, more: Partial<ReplayOptions> = {}): ReplayOptions => ({
  store,
  names,
  classes: new AddressClasses(),
  mode: 'evidence',
  signal: new AbortController().signal,
  ...more,
});

/** All connections of all shards, as text. */
async function contents(store: Store): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const { shard } of await store.shards())
    for (const { day } of await store.days(shard))
      for (const one of (await store.connections(shard, day, { limit: 10_000, order: 'member' })).items) {
        const { source, dest, destPort, score } = one;
        all[[shard.accountId, shard.region, day, source, dest, destPort].join(' ')] = score;
      }
  return all;
}

async function fresh<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = openEmbeddedStore();
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const reference = await fresh(async (store) => {
  await replayFiles(await findFiles([whole]), options(store));
  return await contents(store);
});

describe('replay', () => {
  test('counts what a scan by hand counts', () => {
    const total = Object.values(reference).reduce((sum, many) => sum + many, 0);
    expect(total).toBeGreaterThan(200);
    expect(Object.keys(reference)[0]).toMatch(/^\d{12} [a-z0-9-]+ 2026-01-01 \S+ eni-\w+\/\S+ \d+$/);
  });

  test('gzip, standard input and files in parts come to the same', async () => {
    const zipped = path.join(folder, 'whole.log.gz');
    writeFileSync(zipped, gzipSync(text));
    for (const input of [await findFiles([zipped]), createReadStream(whole)])
      await fresh(async (store) => {
        await replayFiles(input, options(store));
        expect(await contents(store)).toEqual(reference);
      });
  });

  test('a file that is in the store adds nothing, under whatever name', async () => {
    const known: string[] = [];
    const copy = path.join(folder, 'copies', 'copy.log');
    mkdirSync(path.dirname(copy));
    writeFileSync(copy, text);
    await fresh(async (store) => {
      await replayFiles(await findFiles([whole]), options(store));
      const again = await replayFiles(
        await findFiles([copy]),
        options(store, { onFile: (file, what) => known.push(`${path.basename(file)} ${what}`) }),
      );
      expect(again.counted).toBe(0);
      expect(await contents(store)).toEqual(reference);
    });
    expect(known).toEqual(['copy.log known']);
  });

  test('a store that fails at any commit, before or after it: the next replay makes it whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('ok', 'before', 'after'), { maxLength: 12 }),
        async (fates) => {
          await fresh(async (store) => {
            const left = [...fates];
            const limits = { ...store.limits, deltas: 60 };
            const flaky: Store = {
              ...store,
              limits,
              commit: async (batch) => {
                const fate = left.shift();
                if (fate === 'before') throw new Error('the store is gone');
                const result = await store.commit(batch);
                if (fate === 'after') throw new Error('the answer is lost');
                return result;
              },
            };
            const files = await findFiles([whole]);
            for (let attempt = 0; attempt <= fates.length; attempt++) {
              try {
                await replayFiles(files, options(flaky, {}));
                break;
              } catch (error) {
                expect((error as Error).message).toMatch(/is gone|is lost/);
              }
            }
            expect(await contents(store)).toEqual(reference);
          });
        },
      ),
      propertyOptions(6),
    );
  });

  test('a damaged file is counted as far as it goes, and said', async () => {
    const damaged = path.join(folder, 'damaged.log.gz');
    const long = [...generateText({ connections: 9_000, seed: 4, format: LogFormat.parse(header) })].join('');
    const bytes = gzipSync(long);
    writeFileSync(damaged, bytes.subarray(0, bytes.length / 2));
    const told: string[] = [];
    await fresh(async (store) => {
      const { counted } = await replayFiles(
        await findFiles([damaged]),
        options(store, { onFile: (_, what, reason) => told.push(`${what}: ${reason}`) }),
      );
      expect(counted).toBeGreaterThan(50);
    });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^damaged: .*damaged\.log\.gz/);
  });

  test('any text is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (lines) => {
        const file = path.join(folder, 'any.log');
        writeFileSync(file, `${header}\n${lines.join('\n')}\n`);
        await fresh(async (store) => {
          const { counted } = await replayFiles(await findFiles([file]), options(store));
          expect(counted).toBe(0);
        });
      }),
      propertyOptions(20),
    );
  });

  test('records that do not say their account belong to the file’s, or to the given one', async () => {
    const line = 'eni-1 8.8.8.8 10.0.0.5 50000 443 6 10 900 1767225600 1767225660 ACCEPT OK 2 ingress';
    const fields =
      'interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags flow-direction';
    const named = path.join(
      folder,
      '123456789012_vpcflowlogs_us-east-1_fl-1234abcd_20260101T0000Z_1a2b3c4d.log',
    );
    writeFileSync(named, `${fields}\n${line}\n`);
    const plain = path.join(folder, 'plain.log');
    writeFileSync(plain, `${fields}\n${line.replace('50000', '50001')}\n`);
    const shardOf = async (file: string, more: Partial<ReplayOptions>): Promise<string | undefined> =>
      await fresh(async (store) => {
        await replayFiles(await findFiles([file]), options(store, more));
        return Object.keys(await contents(store))[0]
          ?.split(' ')
          .slice(0, 2)
          .join('/');
      });
    expect(await shardOf(named, {})).toBe('123456789012/us-east-1');
    expect(await shardOf(plain, {})).toBe('000000000000/unknown');
    expect(await shardOf(plain, { accountId: '5', region: 'eu-west-1' })).toBe('5/eu-west-1');
  });
});
