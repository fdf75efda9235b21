import { setTimeout as pause } from 'node:timers/promises';
import { parseShardKey, shardKey } from '../../model/index.js';
import type { StoreEvent } from '../contract.js';
import { listOf, textsOf } from './connection/connection.js';
import type { Database } from './database.js';
import { lastId, readEvent } from './event-text.js';

const LOOK_MS = 500;
const PAGE = '100';
/** How far the clocks of the cluster's servers may be apart when events are gone on with: more come twice then. */
const SKEW_MS = 5_000;

/**
 * Events of a Cluster. A commit writes its event in the same step, so into a stream in the slot of its shard. The id is
 * that of the stream with the shard behind it: going on after it means behind it in this stream, and from a little
 * before its time in the others.
 */
export async function* readShardEvents(
  database: Database,
  after: string | undefined,
  signal: AbortSignal,
  isClosed: () => boolean,
): AsyncGenerator<StoreEvent> {
  const { connection, keys } = database;
  const isOver = (): boolean => signal.aborted || isClosed();
  const [, time, sequence, name] = /^(\d{1,15})-(\d{1,15})@(\S+)$/.exec(after ?? '') ?? [];
  const places = new Map<string, string>();
  // Streams of shards that were not there at the first look are read from their beginning.
  let isFirst = true;

  const look = async (shardName: string): Promise<StoreEvent[]> => {
    const shard = parseShardKey(shardName);
    if (shard === undefined) return [];
    const key = keys.events(shard);
    let place = places.get(shardName);
    if (place === undefined) {
      if (time !== undefined)
        place =
          shardName === name ? `${time}-${sequence ?? '0'}` : `${Math.max(0, Number(time) - SKEW_MS)}-0`;
      else place = isFirst ? await lastId(connection, key) : '0-0';
      places.set(shardName, place);
    }
    const [stream] = listOf(await connection.call(key, ['XREAD', 'COUNT', PAGE, 'STREAMS', key, place]));
    return listOf(listOf(stream ?? [])[1] ?? []).flatMap((entry) => {
      const event = readEvent(entry);
      return event === undefined ? [] : [event];
    });
  };

  while (!isOver()) {
    let found: StoreEvent[] = [];
    let isWhole = false;
    try {
      const names = textsOf(await connection.call(keys.shards, ['SMEMBERS', keys.shards]));
      const looks = await Promise.allSettled(names.map((each) => look(each ?? '')));
      found = looks.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
      isWhole = looks.every(({ status }) => status === 'fulfilled');
    } catch {
      // An outage: the places stay, and the next look goes on from them.
    }
    if (isWhole) isFirst = false;
    found.sort((a, b) => a.atMs - b.atMs);
    for (const event of found) {
      const at = shardKey(event.shard);
      places.set(at, event.id);
      yield { ...event, id: `${event.id}@${at}` };
      if (isOver()) return;
    }
    if (found.length === 0) await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
