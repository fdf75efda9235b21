import { printable } from '@net/cli';
import type { ListedConnection } from './list-connections.js';

export const COLUMNS: readonly (keyof ListedConnection)[] = [
  'account_id',
  'account_name',
  'region',
  'dest',
  'dest_port',
  'source',
  'score',
];

/** Titles black on white with bars between, as the original; numbers to the right. */
export function textTable(rows: readonly ListedConnection[], hasColours: boolean): string {
  const titles = COLUMNS.map(titleOf);
  const cells = rows.map((row) => COLUMNS.map((column) => printable(String(row[column]))));
  const widths = titles.map((title, i) =>
    cells.reduce((width, row) => Math.max(width, row[i]!.length), title.length),
  );
  const head = titles.map((title, i) => title.padEnd(widths[i]!)).join('│');
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (isNumber(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join(' ')
      .trimEnd(),
  );
  return `${[hasColours ? `\u001B[30;47m${head}\u001B[0m` : head, ...lines].join('\n')}\n`;
}

/** A header of the columns' names, then rows, with tabs between. */
export function tabSeparated(
  rows: readonly ListedConnection[],
  columns: readonly (keyof ListedConnection)[],
): string {
  const lines = rows.map((row) => columns.map((column) => oneCell(row[column])).join('\t'));
  return `${[columns.join('\t'), ...lines].join('\n')}\n`;
}

/** Columns one to five, sorted, each line once: what `cut` and `sort -u` of the original made, the header kept first. */
export function suspiciousReport(rows: readonly ListedConnection[]): string {
  const [header = '', ...lines] = tabSeparated(rows, COLUMNS.slice(0, 5)).trimEnd().split('\n');
  return `${[header, ...[...new Set(lines)].sort()].join('\n')}\n`;
}

function isNumber(column: number): boolean {
  return COLUMNS[column] === 'dest_port' || COLUMNS[column] === 'score';
}

function titleOf(column: string): string {
  return column
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

function oneCell(value: string | number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  return String(value).replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
}
