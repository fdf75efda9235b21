import { randomUUID } from 'node:crypto';
import { createLog, createRedactor, type LogRecord, systemClock } from '@net/cli';
import { serveHttp, type ServeHttpOptions } from '../../src/http/index.js';
import type { ConnectionDelta, Shard } from '../../src/model/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import type { Store } from '../../src/store/index.js';

export const DAY = '2026-03-10';
export const NOW_MS: number = Date.parse(`${DAY}T12:00:00Z`);
export const shopShard: Shard = { accountId: '111111111111', region: 'eu-west-1' };

/** The served application over a real embedded store. */
export interface ServedStore {
  readonly store: Store;
  readonly origin: string;
  readonly port: number;
  readonly logged: readonly LogRecord[];
  /** Commits connections, in as many parts as the store wants. */
  add(deltas: readonly ConnectionDelta[], shard?: Shard): Promise<void>;
  json<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** A delta with what tests do not care about filled in. */
export function delta(source: string, dest: string, more: Partial<ConnectionDelta> = {}): ConnectionDelta {
  const { day = DAY, count = 1 } = more;
  const firstMs = Date.parse(`${day}T08:00:00Z`);
  return {
    day,
    source,
    dest,
    destPort: 443,
    count,
    firstMs,
    lastMs: firstMs + 60_000,
    decidedBy: { ports: count },
    example: 'a record',
    ...more,
  };
}

/** Serves on a free port of the loopback, by a clock that stands at noon. */
export async function serveStore(
  options: Partial<ServeHttpOptions> = {},
  wrap: (store: Store) => Store = (store) => store,
): Promise<ServedStore> {
  const store = wrap(openEmbeddedStore({ now: () => NOW_MS }));
  const logged: LogRecord[] = [];
  const sink = {
    write: (record: LogRecord) => void logged.push(record),
    dropped: 0,
    close: () => Promise.resolve(),
  };
  const service = await serveHttp({
    store,
    addresses: { entries: () => Promise.resolve([['203.0.113.9', 'gate']]) },
    auth: [],
    clock: { now: () => NOW_MS, monotonicMs: () => performance.now() },
    log: createLog(sink, { level: 'debug', clock: systemClock, redactor: createRedactor() }),
    version: '9.9.9',
    host: '127.0.0.1',
    port: 0,
    rateLimit: { requestsPerSecond: 1e9, burst: 1e9 },
    ...options,
  });
  const versions = new Map<string, string>();
  const origin = `http://127.0.0.1:${service.port}`;
  return {
    ...{ store, logged, origin, port: service.port },
    add: async (deltas, shard = shopShard) => {
      const key = `${shard.accountId}/${shard.region}`;
      for (let from = 0; from < deltas.length; from += store.limits.deltas) {
        const batchId = randomUUID();
        const part = deltas.slice(from, from + store.limits.deltas);
        const previous = versions.get(key) ?? '';
        const { status } = await store.commit({ shard, fence: 1, batchId, previous, deltas: part, seen: [] });
        if (status !== 'committed') throw new Error(`the commit is ${status}`);
        versions.set(key, batchId);
      }
    },
    json: async <T>(path: string) => (await (await fetch(origin + path)).json()) as T,
    close: async () => {
      await service.close(0);
      await store.close();
    },
  };
}
