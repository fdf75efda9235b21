import { createHash } from 'node:crypto';
import type { Argument, CallOptions, Connection, Reply } from '../connection/connection.js';
import { replyCode } from '../connection/failures.js';

/** A Lua script, which Redis runs as one step. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

export function createScript(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

/**
 * Runs a script by its digest, and with its text where the server has not seen it: a new one, one that was restarted,
 * a replica that became master. All keys are of one shard.
 */
export async function runScript(
  connection: Connection,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
  options?: CallOptions,
): Promise<Reply> {
  const rest = [String(keys.length), ...keys, ...args];
  const where = keys[0] ?? '';
  try {
    return await connection.call(where, ['EVALSHA', script.digest, ...rest], options);
  } catch (error) {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return await connection.call(where, ['EVAL', script.text, ...rest], options);
  }
}
