import { type Command, type Context, defineCommand, option, UsageError } from '@net/cli';
import { compileFilter } from '../aggregate/filter.js';
import { printLine } from '../record/print-line.js';
import { ColumnScanner } from '../scan/column-scanner.js';
import type { ColumnBatch } from '../scan/columns.js';
import { rowOf } from '../scan/row.js';
import type { Printer, TailValues } from './printer.js';
import { rejectedLines } from './rejected-lines.js';
import { filterOf, sourceOptions, sourcePositional } from './source-options.js';

/** New records as they come. */
export const tailCommand: Command = defineCommand({
  name: 'tail',
  summary: 'Print records as they come: of a file that grows, or of a log group',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    interval: option.duration({
      describe: 'Time between looks',
      default: 10_000,
      min: 100,
      max: 3_600_000,
      env: false,
    }),
    looks: option.integer({ describe: 'End after so many looks', placeholder: 'NUMBER', min: 1, env: false }),
  },
  examples: [
    {
      command: 'flowlogs tail cloudwatch:vpc-flowgroup -w action=REJECT',
      does: 'what is refused, each record once',
    },
    { command: 'flowlogs tail /var/log/flow.log --interval 1s', does: 'as tail -f, with a filter and JSON' },
  ],
  handler: async (context) => {
    const { options } = context;
    const [name, ...more] = options.source;
    if (name === undefined || more.length > 0) throw new UsageError('tail follows one file or one log group');
    const isGroup = options.locationType === 'cwl' || name.startsWith('cloudwatch:');
    if (isGroup) {
      const { followGroup } = await import('./aws/follow-group.js');
      await followGroup(name.replace(/^cloudwatch:/, ''), context, printerOf(context));
    } else {
      const { followFile } = await import('./follow-file.js');
      await followFile(name, context, printerOf(context));
    }
    return 0;
  },
});

function printerOf(context: Context<TailValues>): Printer {
  const { options, out } = context;
  // Times are those of the records; what comes is new anyway.
  const where = filterOf({ ...options, startTime: undefined, endTime: undefined });
  const filter = where === undefined ? undefined : compileFilter(where);
  const rejects = rejectedLines(context);
  let scanner: ColumnScanner | undefined;
  let mask = new Uint8Array(0);
  const onBatch = (batch: ColumnBatch): void => {
    if (filter) {
      if (mask.length < batch.rows) mask = new Uint8Array(batch.rows);
      filter.apply(batch, mask);
    }
    const format = scanner?.format;
    for (let row = 0; row < batch.rows; row++) {
      if (filter && mask[row] !== 1) continue;
      const record = rowOf(batch, row).toRecord();
      if (context.json) out.record(record);
      else if (format) out.line(printLine(record, format));
    }
  };
  return {
    write: (text, format) => {
      const given = options.fields ?? format;
      scanner ??= new ColumnScanner({
        columns: ['*', ...(filter?.columns ?? [])],
        onReject: rejects.onReject,
        ...(given === undefined ? {} : { format: given }),
      });
      scanner.write(text, onBatch);
      scanner.flush(onBatch);
    },
  };
}
