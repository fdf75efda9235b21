import type { Shard } from '../../model/index.js';
import { shardKey } from '../../model/index.js';
import type { CallOptions, Connection, Reply } from './connection/connection.js';
import type { Argument } from './connection/connection.js';
import type { Keys } from './keys.js';
import { runScript, type Script } from './scripts/script.js';

/** A connection and what the parts of the store need besides. */
export interface Database {
  readonly connection: Connection;
  readonly keys: Keys;
  readonly isCluster: boolean;
  readonly timeoutMs: number;
  readonly warn: (event: string, message: string) => void;
}

export function run(
  { connection }: Database,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[] = [],
  options?: CallOptions,
): Promise<Reply> {
  return runScript(connection, script, keys, args, options);
}

/** Puts shards into the set of all. */
export async function registerShards(
  { connection, keys }: Database,
  shards: readonly Shard[],
): Promise<void> {
  if (shards.length === 0) return;
  await connection.call(keys.shards, ['SADD', keys.shards, ...shards.map(shardKey)]);
}
