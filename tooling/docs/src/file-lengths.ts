import { sourceFiles, textOf } from './repository.js';

/** The most lines that a file may have without a reason. */
export const LONGEST_FILE = 450;

/** Files that people write and that have more lines than {@link LONGEST_FILE}. */
export function longFiles(): { path: string; lines: number }[] {
  return sourceFiles(/\.(?:ts|js|mjs|cjs|c|cc|h|lua|sh|css|html|md|ya?ml)$/)
    .map((path) => ({ path, lines: textOf(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > LONGEST_FILE);
}
