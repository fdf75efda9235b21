import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess, type RunResult, temporaryDirectory } from '@net/testing';
import { type Installation, installAlone, type Packed } from '../src/index.js';

const work = temporaryDirectory('alone');
const installed = new Map<string, Installation>();
let packed: Packed[] | undefined;

/** Every library and tool, packed once for all test files. */
export function tarballs(): Packed[] {
  const list = join(process.env['NET_TEST_PACKED']!, 'packed.json');
  return (packed ??= JSON.parse(readFileSync(list, 'utf8')) as Packed[]);
}

/** Installs these into an empty folder, once a test file. */
export function install(...names: string[]): Installation {
  const key = names.join(' ');
  const known = installed.get(key);
  if (known) return known;
  const folder = join(work, `folder-${installed.size}`);
  mkdirSync(folder);
  const alone = installAlone(names, tarballs(), folder);
  installed.set(key, alone);
  return alone;
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
