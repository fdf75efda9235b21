import { temporaryDirectory } from '@net/testing';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HookCommand } from '../../src/index.js';

const folder = temporaryDirectory('hooks');
let count = 0;

/** An executable shell script with these lines. */
export function hookScript(...lines: string[]): HookCommand {
  const file = join(folder, `hook-${count++}.sh`);
  writeFileSync(file, `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
  return { file, args: [] };
}

/** A file for a script to write to. */
export function traceFile(): string {
  return join(folder, `trace-${count++}`);
}
