import { HttpProblem } from '../problem.js';

export type Format = 'json' | 'csv' | 'tsv' | 'ndjson';

export const FORMATS: readonly Format[] = ['json', 'csv', 'tsv', 'ndjson'];

const types: Readonly<Record<Format, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  ndjson: 'application/x-ndjson',
};

export const CONTENT_TYPES: readonly string[] = Object.values(types);

/**
 * The form that is asked for, by the parameter or by the `Accept` header (RFC 9110, section 12.5.1; among equals, in
 * the order written).
 * @throws HttpProblem 406
 */
export function formatOf(parameter: Format | undefined, accept: string): Format {
  if (parameter !== undefined) return parameter;
  const asked = accept
    .slice(0, 1_024)
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const q = rest.find((word) => word.startsWith('q='));
      return { type, q: q === undefined ? 1 : Number(q.slice(2)) || 0 };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q);
  for (const { type } of asked) {
    if (type === '*/*' || type === 'application/*' || type === '') return 'json';
    if (type === 'text/*') return 'csv';
    const format = FORMATS.find((one) => types[one] === type);
    if (format !== undefined) return format;
  }
  throw new HttpProblem(406, `Answers come as ${CONTENT_TYPES.join(', ')}`);
}

export function contentTypeOf(format: Format): string {
  return types[format];
}

export type Row = Readonly<Record<string, string | number | null>>;

/** Rows as CSV (RFC 4180), TSV (IANA text/tab-separated-values) or one JSON object a line, with a header where usual. */
export async function* formatRows(
  format: Exclude<Format, 'json'>,
  columns: readonly string[],
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${columns.join(',')}\r\n`;
  if (format === 'tsv') yield `${columns.join('\t')}\n`;
  for await (const rows of pages) {
    yield rows
      .map((row) => {
        if (format === 'ndjson') return `${JSON.stringify(row)}\n`;
        const cells = columns.map((column) => row[column] ?? '');
        return format === 'csv'
          ? `${cells.map(csvCell).join(',')}\r\n`
          : `${cells.map(tsvCell).join('\t')}\n`;
      })
      .join('');
  }
}

/**
 * Texts that spreadsheets take for formulas begin with an apostrophe, so that a name cannot run there (OWASP, "CSV
 * Injection").
 */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell of a line: what would end it is a blank. */
export function tsvCell(value: string | number): string {
  return String(value).replaceAll(/[\t\r\n]/g, ' ');
}
