import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const NOT_SOURCES =
  /^(?:node_modules|dist|build|build-.*|reports|coverage|\.git|\.turbo|\.ci|\.cache|\.changeset)$/;

/** Files of the repository that people write, as paths from its root, with this ending; what is built is left out. */
export function sourceFiles(ending: RegExp, below = ''): string[] {
  return walk(join(root, below))
    .map((path) => relative(root, path))
    .filter((path) => ending.test(path))
    .sort();
}

/** Text of a file by its path from the root. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return NOT_SOURCES.test(entry.name) ? [] : walk(join(folder, entry.name));
    return entry.isFile() ? [join(folder, entry.name)] : [];
  });
}
