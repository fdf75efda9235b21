import { dayStartMs, parseShardKey, type Shard } from '../../model/index.js';
import type { DeletedDays } from '../contract.js';
import { numberOf, textOf, textsOf } from './connection/connection.js';
import { type Database, run } from './database.js';
import type { Originals } from './originals.js';
import { deleteDayScript, forgetScript } from './scripts/upkeep-scripts.js';

/** Endpoints, or connections, that one step looks at. */
const STEP = 500;

/** Deletes the days before this one, and then what is known of connections that were not seen since, in small steps. */
export async function deleteBefore(
  database: Database,
  originals: Originals,
  day: string,
  signal?: AbortSignal,
): Promise<DeletedDays> {
  const { connection, keys } = database;
  const beforeMs = dayStartMs(day);
  if (beforeMs === undefined) return { days: 0, connections: 0 };
  await originals.find();
  let days = 0;
  let connections = 0;
  for (const name of textsOf(await connection.call(keys.shards, ['SMEMBERS', keys.shards]))) {
    const shard = parseShardKey(name ?? '');
    if (shard === undefined) continue;
    const known = textsOf(await connection.call(keys.days(shard), ['HKEYS', keys.days(shard)]));
    for (const past of known.map((each) => each ?? '').sort()) {
      if (past >= day) break;
      const deleted = await deleteDay(database, shard, past, signal);
      if (deleted > 0) days += 1;
      connections += deleted;
    }
    await forget(database, shard, beforeMs, signal);
  }
  return { days, connections };
}

/** How many connections went. */
async function deleteDay(
  database: Database,
  shard: Shard,
  day: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { connection, keys } = database;
  const { scores, members, visits, endpoints, sources } = keys.day(shard, day);
  for (;;) {
    signal?.throwIfAborted();
    const some = textsOf(await connection.call(endpoints, ['ZRANGE', endpoints, '0', String(STEP - 1)])).map(
      (each) => each ?? '',
    );
    const estimates = some.map((endpoint) => keys.endpointSources(shard, day, endpoint));
    const deleted = numberOf(
      await run(
        database,
        deleteDayScript,
        [keys.days(shard), scores, members, visits, endpoints, sources, ...estimates],
        [day, ...some],
      ),
    );
    if (deleted >= 0) return deleted;
  }
}

async function forget(
  database: Database,
  shard: Shard,
  beforeMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { keys } = database;
  const names = [keys.evidence(shard), keys.firstSeen(shard)];
  let cursor = '0';
  do {
    signal?.throwIfAborted();
    cursor = textOf(await run(database, forgetScript, names, [String(beforeMs), cursor, String(STEP)]));
  } while (cursor !== '0');
}
