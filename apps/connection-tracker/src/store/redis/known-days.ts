import type { Shard } from '../../model/index.js';
import type { DayRange, DayTotals } from '../contract.js';
import { listOf, numberOf, textsOf } from './connection/connection.js';
import { type Database, run } from './database.js';
import type { Originals } from './originals.js';
import { totalsScript } from './scripts/read-scripts.js';

/** The days of shards; what the original wrote is in their tables when they are told. */
export interface KnownDays {
  totals(shard: Shard): Promise<readonly DayTotals[]>;
  /** Days of the range that have connections, earliest first. */
  within(shard: Shard, range: DayRange): Promise<readonly string[]>;
  /** Has the tables of a day complete. */
  complete(shard: Shard, day: string): Promise<void>;
}

export function createKnownDays(database: Database, originals: Originals): KnownDays {
  const { connection, keys } = database;

  const read = async (
    shard: Shard,
    days: readonly string[],
  ): Promise<readonly (DayTotals & { readonly isComplete: boolean })[]> => {
    if (days.length === 0) return [];
    const names = days.flatMap((day) => {
      const { scores, members } = keys.day(shard, day);
      return [scores, members];
    });
    const totals = listOf(await run(database, totalsScript, [keys.days(shard), ...names], days));
    return days.map((day, index) => {
      const [connections = 0, indexed = 0, records = 0] = totals
        .slice(3 * index, 3 * index + 3)
        .map(numberOf);
      return { day, connections, records, isComplete: indexed >= connections };
    });
  };

  const readComplete = async (shard: Shard, days: readonly string[]): Promise<readonly DayTotals[]> => {
    const totals = await read(shard, days);
    const lacking = totals.filter(({ isComplete }) => !isComplete);
    for (const { day } of lacking) await originals.adopt(shard, day);
    const all = lacking.length === 0 ? totals : await read(shard, days);
    return all
      .filter(({ connections }) => connections > 0)
      .map(({ day, connections, records }) => ({ day, connections, records }));
  };

  const names = async (shard: Shard): Promise<readonly string[]> => {
    await originals.find();
    const days = textsOf(await connection.call(keys.days(shard), ['HKEYS', keys.days(shard)]));
    return days.map((day) => day ?? '').sort();
  };

  return {
    totals: async (shard) => readComplete(shard, await names(shard)),
    within: async (shard, { from, to }) => {
      const wanted = (await names(shard)).filter((day) => day >= from && day <= to);
      return (await readComplete(shard, wanted)).map(({ day }) => day);
    },
    complete: async (shard, day) => {
      await readComplete(shard, [day]);
    },
  };
}
