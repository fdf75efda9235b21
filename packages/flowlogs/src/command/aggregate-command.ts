import { type Column, type Command, type Context, defineCommand, option, type Output } from '@net/cli';
import type { Group } from '../aggregate/aggregation.js';
import type { Measure } from '../aggregate/measures.js';
import { aggregateSource } from './aggregate-source.js';
import { sourceOptions, sourcePositional, type SourceValues } from './source-options.js';

const MEASURES = 'records, packets, bytes, first, last, flags, distinct:FIELD';

const listOption = (
  describe: string,
  fallback: string,
): ReturnType<
  typeof option.value<
    readonly string[],
    { describe: string; placeholder: string; default: string; env: false }
  >
> =>
  option.value({
    describe,
    placeholder: 'LIST',
    default: fallback,
    env: false,
    parse: (text) => text.split(',').map((word) => word.trim()),
  });

/** Sums by keys, as flowlogs-reader prints them. */
export const aggregateCommand: Command = defineCommand({
  name: 'aggregate',
  summary: 'Sum up records by keys, as lines with tabs',
  description:
    'Without --by the flows of flowlogs-reader: the five-tuple with start, end, packets and bytes.',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    by: listOption('Keys: fields, minute, hour, day', 'srcaddr,dstaddr,srcport,dstport,protocol'),
    measure: listOption(`Measures: ${MEASURES}`, 'first,last,packets,bytes'),
  },
  examples: [
    { command: 'flowlogs aggregate logs/', does: 'one line for each flow' },
    {
      command: 'flowlogs aggregate logs/ --by hour,dstport --measure records,bytes,distinct:srcaddr',
      does: 'who calls what, by the hour',
    },
  ],
  handler: async (context) => {
    const { options, out } = context;
    const measures = options.measure as readonly Measure[];
    const { aggregation } = await aggregateSource({ keys: options.by, measures }, context);
    if (!context.json) out.line([...options.by, ...measures].join('\t'));
    for (const group of aggregation.groups()) {
      if (out.isClosed) break;
      if (context.json) out.record(flat(group));
      else
        out.line(
          [
            ...options.by.map((key) => group.key[key]),
            ...measures.map((measure) => shown(measure, group.values[measure])),
          ]
            .map(cell)
            .join('\t'),
        );
    }
    sayRest(context, aggregation.rest);
    return 0;
  },
});

/** The largest groups. */
export const topCommand: Command = defineCommand({
  name: 'top',
  summary: 'Show the largest groups of records',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    by: listOption('Keys: fields, minute, hour, day', 'srcaddr,dstaddr,dstport'),
    measure: listOption(`Measures, the first ranks: ${MEASURES}`, 'bytes,packets,records'),
    number: option.integer({
      short: 'n',
      describe: 'Groups shown',
      default: 10,
      min: 1,
      max: 1_000_000,
      env: false,
    }),
  },
  examples: [
    { command: 'flowlogs top logs/ --by dstport --measure records -n 5', does: 'the five busiest ports' },
  ],
  handler: async (context) => {
    const { options } = context;
    return await showTop(context, options.by, options.measure as readonly Measure[], options.number, {});
  },
});

/** Connections with both of their halves. */
export const connectionsCommand: Command = defineCommand({
  name: 'connections',
  summary: 'Show who opened connections to whom: both halves joined, the opener found by evidence',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    number: option.integer({
      short: 'n',
      describe: 'Connections shown',
      default: 20,
      min: 1,
      max: 1_000_000,
      env: false,
    }),
    evidence: option.flag({ describe: 'Tell apart by the rule that decided', env: false }),
  },
  examples: [
    { command: 'flowlogs connections logs/ -w interface-id=eni-0123456789abcdef0', does: 'of one interface' },
  ],
  handler: async (context) => {
    const { options } = context;
    const keys = ['client', 'server', 'serverport', 'protocol', ...(options.evidence ? ['decided-by'] : [])];
    const measures: readonly Measure[] = ['records', 'bytes-to-server', 'bytes-to-client'];
    return await showTop(context, keys, measures, options.number, { joinHalves: true, topBy: 'records' });
  },
});

/** What was refused. */
export const rejectsCommand: Command = defineCommand({
  name: 'rejects',
  summary: 'Show what security groups and network ACLs refused, most first',
  positionals: sourcePositional,
  options: {
    ...sourceOptions,
    number: option.integer({
      short: 'n',
      describe: 'Groups shown',
      default: 20,
      min: 1,
      max: 1_000_000,
      env: false,
    }),
  },
  examples: [
    { command: 'flowlogs rejects logs/ -w dstaddr=10.0.0.0/8', does: 'who knocked at the inner doors' },
  ],
  handler: async (context) => {
    const keys = ['srcaddr', 'dstaddr', 'dstport', 'protocol'];
    const measures: readonly Measure[] = ['records', 'packets', 'first', 'last'];
    return await showTop(context, keys, measures, context.options.number, {
      where: { action: 'REJECT' },
      topBy: 'records',
    });
  },
});

async function showTop(
  context: Context<SourceValues>,
  keys: readonly string[],
  measures: readonly Measure[],
  number: number,
  more: object,
): Promise<number> {
  const [ranked] = measures;
  const spec = { keys, measures, ...(ranked === undefined ? {} : { topBy: ranked }), ...more };
  const { aggregation } = await aggregateSource(spec, context);
  const top = aggregation.top(number);
  context.out.result({ json: top.map(flat), text: () => table(context.out, keys, measures, top) });
  sayRest(context, aggregation.rest);
  return 0;
}

function table(
  out: Output,
  keys: readonly string[],
  measures: readonly Measure[],
  groups: readonly Group[],
): void {
  const columns: Column<Group>[] = [
    ...keys.map((key) => ({
      title: key.toUpperCase(),
      value: (group: Group) => cell(group.key[key]),
      canShrink: false,
    })),
    ...measures.map((measure) => ({
      title: measure.toUpperCase(),
      value: (group: Group) => cell(shown(measure, group.values[measure])),
      canShrink: false,
    })),
  ];
  out.table(groups, columns);
}

/** A group as one object; times as ISO 8601. */
function flat({ key, values }: Group): object {
  return {
    ...key,
    ...Object.fromEntries(Object.entries(values).map(([measure, value]) => [measure, shown(measure, value)])),
  };
}

function shown(measure: string, value: number | bigint | undefined): string | number | bigint | undefined {
  return (measure === 'first' || measure === 'last') && value !== undefined
    ? new Date(Number(value)).toISOString()
    : value;
}

function cell(value: string | number | bigint | undefined): string {
  return value === undefined ? '-' : String(value);
}

function sayRest(
  { log }: Context<object>,
  rest: { readonly groups: number; readonly errorBound: number } | undefined,
): void {
  if (rest === undefined) return;
  log.warn(
    'groups.rest',
    `${rest.groups} of the smallest groups were let go; no group shown misses more than ${rest.errorBound}`,
  );
}
