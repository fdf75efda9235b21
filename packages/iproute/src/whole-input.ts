import { randomBytes } from 'node:crypto';
import { openSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CommandResult, RunOptions } from './command.js';
import { runCommand } from './command.js';

/**
 * Runs a program whose whole input is there before it starts. Through a pipe, the death of this process could
 * cut a long batch in the middle of a line, and `ip` would execute the half line that it got. So the input is
 * an unlinked file; a pipe only where no folder takes one.
 */
export async function runWhole(
  line: readonly [string, ...string[]],
  options: RunOptions,
  input: string,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const fd = unlinkedFile(input);
  return fd === undefined
    ? await runCommand(line, options, input)
    : await runCommand(line, options, undefined, fd);
}

function unlinkedFile(text: string): number | undefined {
  for (const folder of ['/dev/shm', tmpdir(), '/run']) {
    const path = join(folder, `.iproute-${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    } catch {
      continue;
    }
    try {
      return openSync(path, 'r');
    } finally {
      unlinkSync(path);
    }
  }
  return undefined;
}
