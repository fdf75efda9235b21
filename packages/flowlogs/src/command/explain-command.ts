import { type Command, defineCommand, option, UsageError } from '@net/cli';
import { defaultFormat, LogFormat } from '../format/log-format.js';
import { inferFormat } from '../format/infer.js';
import { AddressClasses } from '../meaning/address-classes.js';
import { Orienter } from '../meaning/orienter.js';
import { parseLine } from '../record/parse-line.js';
import { recordKey } from '../record/record.js';

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  58: 'ICMPv6',
  132: 'SCTP',
};
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

/** One line in words. */
export const explainCommand: Command = defineCommand({
  name: 'explain',
  summary: 'Say what every field of a line means, which way it went and who opened the connection',
  positionals: {
    line: option.string({
      describe: 'The line; its words may also stand alone',
      placeholder: 'LINE',
      repeatable: true,
    }),
  },
  options: {
    fields: option.value({
      short: 'f',
      aliases: ['format'],
      describe: 'Format of the line',
      placeholder: 'FORMAT',
      defaultText: 'found out',
      env: false,
      parse: (text) => LogFormat.parse(text),
    }),
  },
  examples: [
    {
      command:
        'flowlogs explain "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"',
      does: 'an SSH connection',
    },
  ],
  handler: (context) => {
    const { options, out } = context;
    const line = options.line.join(' ').trim();
    if (line === '') throw new UsageError('no line is given');
    const format = options.fields ?? inferFormat([line]) ?? defaultFormat;
    const parsed = parseLine(line, format);
    if (!parsed.ok) {
      const { column, field, reason } = parsed.error;
      throw new UsageError(`column ${column}${field === undefined ? '' : `, ${field}`}: ${reason}`, {
        hint: 'Name the format with --fields when it is another one.',
      });
    }
    const { record } = parsed;
    const orientation = new Orienter().orient(record);
    const classes = new AddressClasses();
    const values = record as Readonly<Record<string, string | number | undefined>>;
    const fields = format.fields.map(({ name, meaning }) => {
      const value = values[recordKey(name)] ?? record.unknownFields?.[name];
      return { field: name, value, meaning, note: noteOf(name, value, classes) };
    });
    out.result({
      json: { fields, orientation },
      text: () => {
        out.table(fields, [
          { title: 'FIELD', value: ({ field }) => field, canShrink: false },
          {
            title: 'VALUE',
            value: ({ value }) => (value === undefined ? '-' : String(value)),
            canShrink: false,
          },
          {
            title: 'MEANING',
            value: ({ meaning, note }) => (note === undefined ? meaning : `${meaning}: ${note}`),
          },
        ]);
        out.line();
        out.line(orientation.explanation);
      },
    });
    return Promise.resolve(0);
  },
});

function noteOf(
  name: string,
  value: string | number | undefined,
  classes: AddressClasses,
): string | undefined {
  if (value === undefined) return undefined;
  if (name === 'protocol') return PROTOCOLS[Number(value)];
  if (name === 'tcp-flags') {
    const set = FLAGS.filter((_flag, bit) => (Number(value) >> bit) & 1);
    return set.length === 0 ? 'none' : set.join(' ');
  }
  if (name === 'start' || name === 'end') return new Date(Number(value)).toISOString();
  if (!name.endsWith('addr')) return undefined;
  const found = classes.of(String(value));
  if (found === undefined) return undefined;
  const aws = found.aws === undefined ? '' : `, AWS ${found.aws.service} ${found.aws.region}`;
  return `${found.isPublic ? 'public' : 'not public'}${aws}`;
}
