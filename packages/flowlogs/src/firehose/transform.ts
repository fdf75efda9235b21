import type { LogFormat } from '../format/log-format.js';
import { parseLine } from '../record/parse-line.js';
import type { FlowRecord } from '../record/record.js';

/** Records that Firehose hands to a transformation function ("Amazon Data Firehose data transformation"). */
export interface FirehoseEvent {
  readonly records: readonly { readonly recordId: string; readonly data: string }[];
}

/** What the function answers for each record. */
export interface FirehoseResult {
  readonly records: readonly {
    readonly recordId: string;
    readonly result: 'Ok' | 'Dropped' | 'ProcessingFailed';
    readonly data: string;
  }[];
}

/**
 * Makes a transformation function of a function over flow-log records. A record of Firehose may hold several lines; what
 * `transform` gives for each becomes a line of JSON, undefined leaves it out. A record without a line left is dropped; one
 * with a line that cannot be read fails whole and unchanged, so that Firehose keeps it as it was.
 */
export function createTransformation(
  format: LogFormat,
  transform: (record: FlowRecord) => object | undefined,
): (event: FirehoseEvent) => FirehoseResult {
  return ({ records }) => ({
    records: records.map(({ recordId, data }) => {
      const lines = firehoseLines(data);
      const out: string[] = [];
      for (const line of lines) {
        const parsed = parseLine(line, format);
        if (!parsed.ok) return { recordId, result: 'ProcessingFailed' as const, data };
        const made = transform(parsed.record);
        if (made !== undefined) out.push(`${JSON.stringify(made)}\n`);
      }
      if (out.length === 0) return { recordId, result: 'Dropped' as const, data };
      return { recordId, result: 'Ok' as const, data: Buffer.from(out.join('')).toString('base64') };
    }),
  });
}

/**
 * The lines of one record of Firehose: flow logs delivered to it come as `{"message":"<line>"}`, others as plain lines;
 * several follow each other with or without line ends.
 */
export function firehoseLines(data: string | Uint8Array): readonly string[] {
  const text = (typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.from(data)).toString('utf8');
  return text
    .replaceAll('}{', '}\n{')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '')
    .map((line) => (line.startsWith('{') ? messageOf(line) : line));
}

function messageOf(line: string): string {
  try {
    const { message } = JSON.parse(line) as { message?: unknown };
    return typeof message === 'string' ? message : line;
  } catch {
    return line;
  }
}
