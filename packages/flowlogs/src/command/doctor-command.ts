import { type Command, defineCommand } from '@net/cli';
import type { LogFormat } from '../format/log-format.js';
import type { RejectedLine } from '../scan/rejects.js';
import { columnOf } from '../scan/columns.js';
import { DuplicateFilter, duplicateColumns } from '../meaning/duplicates.js';
import { openSource } from './open-source.js';
import { sourceOptions, sourcePositional } from './source-options.js';

interface Finding {
  readonly level: 'good' | 'note' | 'bad';
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What each question needs of a format. */
const QUESTIONS: readonly { readonly question: string; readonly fields: readonly string[] }[] = [
  { question: 'who opened a connection, for certain', fields: ['tcp-flags'] },
  { question: 'which way packets went', fields: ['flow-direction'] },
  {
    question: 'the real ends behind NAT gateways and load balancers',
    fields: ['pkt-srcaddr', 'pkt-dstaddr'],
  },
  {
    question: 'which AWS service an address belongs to',
    fields: ['pkt-src-aws-service', 'pkt-dst-aws-service'],
  },
  { question: 'which VPC, subnet and instance', fields: ['vpc-id', 'subnet-id', 'instance-id'] },
];

/** Whether a log is what its reader thinks it is. */
export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  summary: 'Check a log: its format, bad lines, lost records, gaps, duplicates, and what it cannot tell',
  positionals: sourcePositional,
  options: sourceOptions,
  examples: [
    { command: 'flowlogs doctor cloudwatch:vpc-flowgroup', does: 'also: is there a flow log, and which' },
  ],
  handler: async (context) => {
    const { options, out } = context;
    const formats: LogFormat[] = [];
    const rejected: RejectedLine[] = [];
    let firstMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    let duplicates = 0;
    const filter = new DuplicateFilter();
    const minutes = new Set<number>();
    const counters = await (await openSource(options, context)).pump(
      {
        columns: [...new Set(['start', 'end', ...duplicateColumns])],
        onFormat: (format) => {
          if (!formats.some(({ key }) => key === format.key)) formats.push(format);
        },
        onReject: (line) => {
          if (rejected.length < 5) rejected.push(line);
        },
      },
      (batch) => {
        const starts = columnOf(batch, 'start', 'double').values;
        const ends = columnOf(batch, 'end', 'double').values;
        for (let row = 0; row < batch.rows; row++) {
          if (starts[row]! < firstMs) firstMs = starts[row]!;
          if (ends[row]! > lastMs) lastMs = ends[row]!;
          if (minutes.size < 100_000 && starts[row] === starts[row])
            minutes.add(Math.floor(starts[row]! / 60_000));
        }
        const fresh = new Uint8Array(batch.rows).fill(1);
        filter.apply(batch, fresh);
        for (let row = 0; row < batch.rows; row++) if (fresh[row] === 0) duplicates += 1;
      },
    );
    const gap = widestGap(minutes);
    const findings: Finding[] = [];
    const say = (level: Finding['level'], what: string, advice?: string): void =>
      void findings.push({ level, what, ...(advice === undefined ? {} : { advice }) });
    if (counters.records === 0)
      say(
        'bad',
        'there is not one record',
        'Check the source, its times, and whether a flow log delivers there.',
      );
    else say('good', `${counters.records} records from ${iso(firstMs)} to ${iso(lastMs)}`);
    const [format, ...others] = formats;
    if (format)
      say(
        others.length === 0 ? 'good' : 'note',
        `format of version ${format.version}: ${format.key}${others.length === 0 ? '' : ` (and ${others.length} more)`}`,
      );
    if (counters.rejected > 0) {
      const [first] = rejected;
      say(
        'bad',
        `${counters.rejected} of ${counters.lines} lines are no records; first: ${first?.source}:${first?.line}:${first?.column}: ${first?.reason}`,
        'Name the format with --fields when it is another one.',
      );
    }
    if (counters.skipData > 0)
      say(
        'bad',
        `${counters.skipData} SKIPDATA lines: AWS lost records of these windows`,
        'It happens at very high rates; nothing brings them back.',
      );
    if (counters.noData > 0) say('good', `${counters.noData} NODATA lines: windows without traffic`);
    if (duplicates > 0)
      say(
        'bad',
        `${duplicates} records occur twice`,
        'Two flow logs watch the same interfaces (VPC and subnet), or files were read twice.',
      );
    if (gap !== undefined && gap.lengthMinutes > 15)
      say('note', `no record begins for ${gap.lengthMinutes} minutes from ${iso(gap.fromMs)} on`);
    for (const { question, fields } of format === undefined ? [] : QUESTIONS) {
      const missing = fields.filter((name) => !format!.has(name));
      if (missing.length > 0)
        say(
          'note',
          `it cannot tell ${question}: ${missing.join(', ')} is not logged`,
          'A flow log cannot be changed: create another one with these fields.',
        );
    }
    out.result({
      json: {
        counters,
        formats: formats.map(({ key }) => key),
        firstMs: finite(firstMs),
        lastMs: finite(lastMs),
        duplicates,
        rejected,
        findings,
      },
      text: () => {
        for (const { level, what, advice } of findings) {
          const mark = {
            good: out.paint('green', 'ok  '),
            note: out.paint('yellow', 'note'),
            bad: out.paint('red', 'BAD '),
          }[level];
          out.line(`${mark} ${what}`);
          if (advice !== undefined) out.line(`     ${advice}`);
        }
      },
    });
    return findings.some(({ level }) => level === 'bad') ? 6 : 0;
  },
});

function iso(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : 'nowhere';
}

function finite(timeMs: number): number | undefined {
  return Number.isFinite(timeMs) ? timeMs : undefined;
}

function widestGap(
  minutes: ReadonlySet<number>,
): { readonly fromMs: number; readonly lengthMinutes: number } | undefined {
  const ordered = [...minutes].sort((a, b) => a - b);
  let widest: { fromMs: number; lengthMinutes: number } | undefined;
  for (let index = 1; index < ordered.length; index++) {
    const lengthMinutes = ordered[index]! - ordered[index - 1]!;
    if (lengthMinutes > (widest?.lengthMinutes ?? 0))
      widest = { fromMs: ordered[index - 1]! * 60_000, lengthMinutes };
  }
  return widest;
}
