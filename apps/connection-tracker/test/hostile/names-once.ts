import { expect } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import type { Page, PageRequest, Store } from '../../src/store/index.js';
import { DAY, delta } from './served-store.js';

const DAYS = ['2026-03-08', '2026-03-09', DAY];
/** Characters whose order differs between UTF-16 and UTF-8, and those with a meaning in members. */
const units = ['a', 'b', '\uff21', '😀', '\uffff', '\ue000', '->', '%', '%3E', ':', '-', '>', '\u0000', '\n'];
const text = fc.string({ unit: fc.constantFrom(...units), maxLength: 6 });

/** Whatever the names: every list of a store has each once, with all its days, in pages of any size. */
export async function expectNamesOnce(store: Store): Promise<void> {
  const range = { from: DAYS[0]!, to: DAY };
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(text, fc.constantFrom(...DAYS)), { maxLength: 20, selector: String }),
      fc.integer({ min: 1, max: 4 }),
      async (seen, limit) => {
        round += 1;
        const shard = { accountId: String(round), region: 'eu-west-1' };
        const wanted: Record<string, Record<string, number>> = {};
        for (const [name, day] of seen) (wanted[`n${name}`] ??= {})[day] = 1;
        const deltas = seen.flatMap(([name, day]) => [
          delta(`n${name}`, 'web', { day }),
          delta('gate', `n${name}`, { day }),
        ]);
        const { fence } = (await store.acquireLease(shard, 'test', 60_000))!;
        const batch = { shard, fence, batchId: `batch-${round}`, previous: '', deltas, seen: [] };
        expect(await store.commit(batch)).toEqual({ status: 'committed' });
        const web = { dest: 'web', destPort: 443 };
        const sources = await every((page) => store.sourcesOf(shard, web, range, page), limit);
        expect(sources.map(({ source, days }) => [source, days]).sort()).toEqual(
          Object.entries(wanted).sort(),
        );
        const dests = await every((page) => store.endpointsOf(shard, 'gate', range, page), limit);
        expect(dests.map(({ dest, days }) => [dest, days]).sort()).toEqual(Object.entries(wanted).sort());
        for (const day of DAYS) {
          const ofDay = deltas.filter((one) => one.day === day);
          const pairs = ofDay.map(({ source, dest }) => [source, dest]).sort();
          for (const order of ['score', 'member'] as const) {
            const found = await every((page) => store.connections(shard, day, { ...page, order }), limit);
            expect(found.map(({ source, dest }) => [source, dest]).sort()).toEqual(pairs);
          }
          const endpoints = await every((page) => store.endpoints(shard, day, page), limit);
          const names = new Set(ofDay.map(({ dest }) => dest));
          expect(endpoints.map(({ dest }) => dest).sort()).toEqual([...names].sort());
        }
      },
    ),
    propertyOptions(40),
  );
}

async function every<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}
