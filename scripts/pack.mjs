import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Packs the package in `dir` into `folder` as `npm publish` would; throws what npm says when it cannot.
 *
 * @returns {{file: string, filename: string, size: number, files: {path: string}[]}}
 */
export function pack(dir, folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const packed = spawnSync('npm', args, { cwd: dir, encoding: 'utf8' });
  if (packed.status !== 0) throw new Error(`npm pack in ${dir}: ${packed.stderr}`);
  const report = JSON.parse(packed.stdout.slice(packed.stdout.search(/[[{]/)));
  // npm 10 prints a list, npm 11 an object by name.
  const [entry] = Array.isArray(report) ? report : Object.values(report);
  return { ...entry, file: join(folder, entry.filename) };
}
