import { type Paint, columnsOf, fit, printable } from './text.js';

/** A column of a table: its heading and how a row fills it. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | bigint | boolean | null | undefined;
  readonly align?: 'left' | 'right';
  /** Columns that may be cut when the terminal is narrow. Default true for left-aligned ones. */
  readonly canShrink?: boolean;
}

const gap = 2;
const leastShrunk = 8;

/**
 * Lays rows out in columns. With `width` (a terminal), wide columns are cut to fit; without it nothing is cut.
 * Empty cells are a dash.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly width?: number; readonly paint?: Paint } = {},
): string {
  const paint = options.paint ?? ((_, text) => text);
  const cells = rows.map((row) => columns.map((column) => cellText(column.value(row))));
  const natural = columns.map((column, i) =>
    Math.max(columnsOf(column.title), ...cells.map((row) => columnsOf(row[i] ?? ''))),
  );
  const widths = options.width === undefined ? natural : shrink(natural, columns, options.width);
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => pad(fit(text, widths[i] ?? 0), widths[i] ?? 0, columns[i]?.align ?? 'left'))
      .join(' '.repeat(gap))
      .trimEnd();
  const head = paint('bold', line(columns.map((column) => column.title)));
  return [head, ...cells.map(line)].map((text) => `${text}\n`).join('');
}

function cellText(value: string | number | bigint | boolean | null | undefined): string {
  return value === null || value === undefined || value === '' ? '-' : printable(String(value));
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - columnsOf(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

/** Takes columns from the widest shrinkable one until the table fits or nothing more may be taken. */
function shrink<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, w) => sum + w, 0) + gap * (widths.length - 1) - width;
  while (excess > 0) {
    let widest = -1;
    for (const [i, column] of columns.entries()) {
      if (!(column.canShrink ?? column.align !== 'right')) continue;
      if ((widths[i] ?? 0) > leastShrunk && (widest < 0 || (widths[i] ?? 0) > (widths[widest] ?? 0)))
        widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}
