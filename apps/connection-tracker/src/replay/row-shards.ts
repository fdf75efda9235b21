import { type ColumnBatch, columnOf } from '@net/flowlogs';
import { readKey } from '@net/flowlogs/s3';
import type { RowShards } from '../ingest/index.js';
import { type Shard, shardKey } from '../model/index.js';

/** Where rows belong that do not say it themselves. */
export interface ShardDefaults {
  readonly accountId: string;
  readonly region: string;
}

/** Rows without an account belong to this one, and without a region to that one. */
export const UNKNOWN: ShardDefaults = { accountId: '000000000000', region: 'unknown' };

/** Columns that say which account and region a record is of, as far as its format has them. */
export const shardColumns: readonly string[] = ['account-id', 'region'];

/**
 * Account and region of each row: as the record says, else as the name of its file does, else the given ones. What is
 * neither an account nor a region by its form counts as not said.
 */
export function createRowShards(given: Partial<ShardDefaults>): (batch: ColumnBatch) => RowShards {
  return (batch) => {
    const named = readKey(batch.source);
    const fallback = { ...UNKNOWN, ...named, ...given };
    const accounts = texts(batch, 'account-id');
    const regions = texts(batch, 'region');
    const shards: Shard[] = [];
    const of = new Uint32Array(batch.rows);
    const known = new Map<string, number>();
    const byKey = new Map<string, number>();
    for (let row = 0; row < batch.rows; row++) {
      const key = `${accounts?.values[row] ?? 0}/${regions?.values[row] ?? 0}`;
      let index = known.get(key);
      if (index === undefined) {
        const accountId = /^\d{1,20}$/.exec(accounts?.text(row) ?? '')?.[0] ?? fallback.accountId;
        const region = /^[a-z0-9-]{1,40}$/.exec(regions?.text(row) ?? '')?.[0] ?? fallback.region;
        const shard = shardKey({ accountId, region });
        index = byKey.get(shard);
        if (index === undefined) {
          index = shards.push({ accountId, region }) - 1;
          byKey.set(shard, index);
        }
        known.set(key, index);
      }
      of[row] = index;
    }
    return { shards: shards.length === 0 ? [fallback] : shards, of };
  };
}

function texts(
  batch: ColumnBatch,
  name: string,
): { readonly values: Uint32Array; readonly text: (row: number) => string | undefined } | undefined {
  if (!batch.columns.has(name)) return undefined;
  const { values } = columnOf(batch, name, 'symbol');
  return { values, text: (row) => batch.dictionary.text(values[row]!) };
}
