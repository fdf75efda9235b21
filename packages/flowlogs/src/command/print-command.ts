import { type Command, defineCommand, option } from '@net/cli';
import { parseAddress, formatAddress } from '../record/address.js';
import { cellValue } from '../scan/row.js';
import { openSource } from './open-source.js';
import { recordPrinter } from './record-printer.js';
import { eachRecord, eachRow } from './records.js';
import { rejectedLines } from './rejected-lines.js';
import { sourceOptions, sourcePositional } from './source-options.js';

/** Records as lines. */
export const printCommand: Command = defineCommand({
  name: 'print',
  summary: 'Print records, as lines of their format or as JSON (the default)',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    limit: option.integer({
      short: 'n',
      describe: 'At most so many',
      placeholder: 'NUMBER',
      min: 1,
      env: false,
    }),
  },
  examples: [
    { command: 'flowlogs print vpc.log.gz -n 10', does: 'the first ten records' },
    {
      command: 'flowlogs print cloudwatch:vpc-flowgroup -s 2h -w dstport=22 --json',
      does: 'SSH of the last two hours',
    },
  ],
  handler: async (context) => {
    const { options, out } = context;
    const source = await openSource(options, context);
    const rejects = rejectedLines(context);
    const printer = recordPrinter(out, options.fields);
    let printed = 0;
    const read = { columns: ['*'], onReject: rejects.onReject, onFormat: printer.useFormat };
    try {
      await eachRow(source, options, read, (batch, row) => {
        printer.print(batch, row);
        printed += 1;
        return printed !== options.limit && !out.isClosed;
      });
    } finally {
      printer.flush();
      rejects.end();
    }
    return 0;
  },
});

/** Every address that occurs. */
export const ipsetCommand: Command = defineCommand({
  name: 'ipset',
  summary: 'Print every address that occurs, each once, in order',
  positionals: sourcePositional,
  options: sourceOptions,
  examples: [{ command: 'flowlogs ipset logs/ -w action=REJECT', does: 'who was refused, and where' }],
  handler: async (context) => {
    const { options, out } = context;
    const rejects = rejectedLines(context);
    const seen = new Set<string>();
    const read = { columns: ['srcaddr', 'dstaddr'], onReject: rejects.onReject };
    await eachRecord(await openSource(options, context), options, read, ({ srcaddr, dstaddr }) => {
      if (srcaddr !== undefined) seen.add(srcaddr);
      if (dstaddr !== undefined) seen.add(dstaddr);
      return true;
    });
    rejects.end();
    const ordered = [...seen].sort(byAddress);
    out.result({ json: ordered, text: () => ordered.forEach((address) => out.line(address)) });
    return 0;
  },
});

/** Records in which an address occurs. */
export const findipCommand: Command = defineCommand({
  name: 'findip',
  summary: 'Print the records in which one of some addresses occurs',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    ip: option.value({
      describe: 'Address to look for, also in pkt-srcaddr and pkt-dstaddr',
      placeholder: 'ADDRESS',
      repeatable: true,
      commaSeparated: true,
      required: true,
      env: false,
      parse: (text) => {
        const address = parseAddress(text);
        if (address === undefined) throw new Error('is no address');
        return formatAddress(address);
      },
    }),
  },
  examples: [{ command: 'flowlogs findip --ip 198.51.100.7 logs/*.gz', does: 'everything of one host' }],
  handler: async (context) => {
    const { options, out } = context;
    const wanted = new Set(options.ip);
    const rejects = rejectedLines(context);
    const printer = recordPrinter(out, options.fields);
    const read = { columns: ['*'], onReject: rejects.onReject, onFormat: printer.useFormat };
    try {
      await eachRow(await openSource(options, context), options, read, (batch, row) => {
        const isThere = endFields.some((name) => {
          const end = cellValue(batch.columns.get(name), row, batch);
          return typeof end === 'string' && wanted.has(end);
        });
        if (isThere) printer.print(batch, row);
        return !out.isClosed;
      });
    } finally {
      printer.flush();
      rejects.end();
    }
    return 0;
  },
});

const endFields = ['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr'];

function byAddress(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => (text.includes(':') ? 1 : 0)) as [number, number];
  if (first !== second) return first - second;
  if (first === 1) return a < b ? -1 : 1;
  const [left, right] = [a, b].map((text) =>
    text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0),
  ) as [number, number];
  return left - right;
}
