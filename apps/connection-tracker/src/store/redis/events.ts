import { setTimeout as pause } from 'node:timers/promises';
import type { Store, StoreEvent } from '../contract.js';
import { type Connection, listOf, type Reply, textOf } from './connection/connection.js';
import type { Database } from './database.js';
import { lastId, readEvent } from './event-text.js';
import { readShardEvents } from './shard-events.js';

/** How long one read of the stream waits. */
const BLOCK_MS = 1_000;
const PAGE = '100';
const OUTAGE_PAUSE_MS = 500;

/**
 * Events as they are committed, from the store's one stream by a connection of its own; in Cluster from the streams of
 * all shards, which are looked at twice a second.
 */
export function createEventReader(
  database: Database,
  isClosed: () => boolean,
): { readonly read: Store['events']; readonly close: () => void } {
  const open = new Set<Connection>();
  const { keys } = database;

  async function* readStream(after: string | undefined, signal: AbortSignal): AsyncGenerator<StoreEvent> {
    const key = keys.events({ accountId: '0', region: '' });
    const own = database.connection.another();
    const stop = (): void => {
      own.close();
    };
    const isOver = (): boolean => signal.aborted || isClosed();
    open.add(own);
    signal.addEventListener('abort', stop, { once: true });
    try {
      let last = after;
      while (!isOver()) {
        let found: readonly Reply[];
        try {
          // A place in the stream first: what is committed between two reads is then not missed.
          last ??= await lastId(database.connection, key);
          const answer = await own.call(
            key,
            ['XREAD', 'COUNT', PAGE, 'BLOCK', String(BLOCK_MS), 'STREAMS', key, last],
            { timeoutMs: BLOCK_MS + database.timeoutMs },
          );
          found = listOf(listOf(listOf(answer)[0] ?? [])[1] ?? []);
        } catch {
          if (isOver()) return;
          await pause(OUTAGE_PAUSE_MS, undefined, { signal }).catch(() => undefined);
          continue;
        }
        for (const entry of found) {
          const event = readEvent(entry);
          last = textOf(listOf(entry)[0] ?? '');
          if (event === undefined) continue;
          yield event;
          if (isOver()) return;
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      open.delete(own);
      own.close();
    }
  }

  return {
    read: ({ after, signal }) =>
      database.isCluster
        ? readShardEvents(database, after, signal, isClosed)
        : readStream(after !== undefined && /^\d{1,15}-\d{1,15}$/.test(after) ? after : undefined, signal),
    close: () => {
      for (const own of open) own.close();
    },
  };
}
