import { type Command, defineCommand, option, UsageError } from '@net/cli';
import { createWriter } from '../convert/create-writer.js';
import { openSource } from './open-source.js';
import { eachRow } from './records.js';
import { rejectedLines } from './rejected-lines.js';
import { sourceOptions, sourcePositional } from './source-options.js';

/** Other formats of the same records. */
export const convertCommand: Command = defineCommand({
  name: 'convert',
  summary: 'Write records as JSON lines, CSV, Parquet or OCSF network activity',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    to: option.choice({
      choices: ['json', 'csv', 'parquet', 'ocsf'],
      describe: 'What to write: ocsf is Network Activity (class 4001) as JSON lines',
      required: true,
      env: false,
    }),
    output: option.string({
      short: 'o',
      describe: 'File to write; Parquet needs one',
      placeholder: 'FILE',
      defaultText: 'standard output',
      env: false,
    }),
  },
  examples: [
    {
      command: 'flowlogs convert logs/ --to parquet -o flows.parquet',
      does: 'one Parquet file of many logs',
    },
    { command: 'flowlogs convert logs/ --to ocsf | gzip > flows.ocsf.gz', does: 'for a security lake' },
  ],
  handler: async (context) => {
    const { options, out } = context;
    const { to, output } = options;
    if (to === 'parquet' && output === undefined)
      throw new UsageError('Parquet is not written to standard output', {
        hint: 'Name a file with --output.',
      });
    const source = await openSource(options, context);
    const writer = await createWriter(to, output, (text) => out.text(text));
    const rejects = rejectedLines(context);
    let records = 0;
    try {
      const read = { columns: ['*'], onReject: rejects.onReject, onFormat: writer.useFormat };
      await eachRow(source, options, read, (batch, row) => {
        writer.add(batch, row);
        records += 1;
        return !out.isClosed;
      });
      await writer.end();
    } catch (error) {
      writer.abandon();
      throw error;
    }
    rejects.end();
    if (output !== undefined) context.log.info('convert.done', `${records} records in ${output}`);
    return 0;
  },
});
