import type { Clock } from '@net/aws-core';
import type { RouteTable } from '../model/route-table.js';
import type { RouteApi } from '../observe/route-api.js';

/** Reads of the tables that are being written to, shared by the writes that need one at about the same time. */
export interface FreshTables {
  /** The table from a read that was begun no longer than `mostAgeMs` ago; undefined when it is gone. */
  table(id: string, mostAgeMs: number, signal?: AbortSignal): Promise<RouteTable | undefined>;
}

export function createFreshTables(
  api: RouteApi,
  clock: Clock,
  tableIds: () => readonly string[],
): FreshTables {
  let last: { readonly begunAtMs: number; readonly tables: Promise<readonly RouteTable[]> } | undefined;
  return {
    table: async (id, mostAgeMs, signal) => {
      const nowMs = clock.now();
      if (!last || nowMs - last.begunAtMs > mostAgeMs) {
        const ids = [...new Set([id, ...tableIds()])];
        last = { begunAtMs: nowMs, tables: api.describeTables({ kind: 'ids', ids }, signal) };
        // Whoever awaits it sees the failure; the next caller must not get it again.
        last.tables.catch(() => {
          last = undefined;
        });
      }
      return (await last.tables).find((table) => table.id === id);
    },
  };
}
