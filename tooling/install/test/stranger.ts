import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess, type RunResult, temporaryDirectory } from '@net/testing';
import { type Installation, installAlone, packAll, type Packed } from '../src/index.js';

const work = temporaryDirectory('alone');
let packed: Packed[] | undefined;
let count = 0;

/** Everything that is published, packed once a test file. */
export function tarballs(): Packed[] {
  return (packed ??= packAll(work));
}

/** Installs these into a new empty folder. */
export function install(...names: string[]): Installation {
  const folder = join(work, `folder-${count++}`);
  mkdirSync(folder);
  return installAlone(names, tarballs(), folder);
}

/** Runs a command of the installation as `npx` would find it. */
export function run(
  { folder }: Installation,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunResult> {
  return runProcess(process.execPath, [program({ folder }, command), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
}

export function program({ folder }: Pick<Installation, 'folder'>, command: string): string {
  return join(folder, 'node_modules/.bin', command);
}
