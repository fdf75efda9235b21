import { readFile } from 'node:fs/promises';

import { SandboxError } from './errors.js';
import type { Seed } from './seed.js';
import type { WorldDump } from './world/world.js';

/**
 * Reads a file that holds either a dump or a seed.
 *
 * @throws {SandboxError} NET_SANDBOX_SEED when it is neither, or cannot be read
 */
export async function readWorldFile(
  path: string,
): Promise<{ readonly dump: WorldDump } | { readonly seed: Seed }> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : 'cannot be read';
    throw new SandboxError('NET_SANDBOX_SEED', `${path} ${reason}`, { cause });
  }
  if (typeof document === 'object' && document !== null) {
    if ('format' in document) return { dump: document as WorldDump };
    if ('regions' in document) return { seed: document as Seed };
  }
  throw new SandboxError('NET_SANDBOX_SEED', `${path} is neither a dump (format) nor a seed (regions)`);
}
