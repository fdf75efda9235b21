import { type OptionsFor, option } from '@net/cli';
import { LogFormat } from '../format/log-format.js';
import type { RowFilter } from '../aggregate/filter.js';
import { parseTime } from './parse-time.js';

/** Values of the options that say where records come from and which of them count. */
export interface SourceValues {
  readonly source: readonly string[];
  readonly locationType: 'auto' | 'file' | 'cwl' | 's3';
  readonly fields: LogFormat | undefined;
  readonly where: readonly (readonly [string, string])[];
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly filterPattern: string | undefined;
  readonly includeAccounts: readonly string[];
  readonly includeRegions: readonly string[];
  readonly threadCount: number | undefined;
  readonly maxRejected: number | undefined;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly endpointUrl: string | undefined;
}

const source = 'Source';
const aws = 'AWS';

export const sourceOptions: OptionsFor<Omit<SourceValues, 'source'>> = {
  locationType: option.choice({
    choices: ['auto', 'file', 'cwl', 's3'],
    describe: 'What the source is; auto: s3://BUCKET/PREFIX, cloudwatch:GROUP, else files',
    default: 'auto',
    group: source,
  }),
  fields: option.value({
    short: 'f',
    describe: 'Format of lines without a header: names, ${...}, default or all',
    aliases: ['format'],
    placeholder: 'FORMAT',
    defaultText: 'the header; of a log group: its flow log; else found out',
    group: source,
    parse: (text) => LogFormat.parse(text),
  }),
  where: option.value({
    short: 'w',
    describe: 'Only records whose field has one of the values: FIELD=VALUE[,VALUE]; prefixes, ranges, !VALUE',
    placeholder: 'FIELD=VALUES',
    repeatable: true,
    group: source,
    parse: (text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new Error('is not FIELD=VALUES');
      return [text.slice(0, at).trim(), text.slice(at + 1)] as const;
    },
  }),
  startTime: option.value({
    short: 's',
    describe: 'Records from this time on: ISO 8601, "2026-01-31 12:00:00", seconds, or 2h, 7d ago',
    placeholder: 'TIME',
    defaultText: 'of CloudWatch and S3: an hour ago',
    group: source,
    parse: (text) => parseTime(text, Date.now()),
  }),
  endTime: option.value({
    short: 'e',
    describe: 'Records before this time',
    placeholder: 'TIME',
    defaultText: 'now',
    group: source,
    parse: (text) => parseTime(text, Date.now()),
  }),
  filterPattern: option.string({
    describe: "CloudWatch's own filter pattern",
    placeholder: 'PATTERN',
    group: source,
  }),
  includeAccounts: option.string({
    describe: 'Accounts to read in a bucket',
    placeholder: 'IDS',
    repeatable: true,
    commaSeparated: true,
    group: source,
  }),
  includeRegions: option.string({
    describe: 'Regions to read in a bucket',
    placeholder: 'REGIONS',
    repeatable: true,
    commaSeparated: true,
    group: source,
  }),
  threadCount: option.integer({
    describe: 'Worker threads for files; objects or spans read side by side elsewhere',
    placeholder: 'NUMBER',
    defaultText: 'as many as there are processors',
    min: 1,
    max: 256,
    group: source,
  }),
  maxRejected: option.integer({
    describe: 'End with 5 when more lines than this are no records',
    placeholder: 'NUMBER',
    defaultText: 'any number is counted and skipped',
    min: 0,
    group: source,
  }),
  region: option.string({
    short: 'r',
    describe: 'AWS region',
    placeholder: 'REGION',
    defaultText: 'AWS_REGION, the profile',
    group: aws,
  }),
  profile: option.string({
    short: 'p',
    describe: 'Profile of the AWS configuration',
    placeholder: 'NAME',
    group: aws,
  }),
  roleArn: option.string({ describe: 'Role to assume', placeholder: 'ARN', group: aws }),
  externalId: option.string({ describe: 'External id for the role', placeholder: 'ID', group: aws }),
  endpointUrl: option.string({
    describe: 'Endpoint of the AWS services, for tests',
    placeholder: 'URL',
    defaultText: 'AWS_ENDPOINT_URL',
    group: aws,
  }),
};

export const sourcePositional: OptionsFor<Pick<SourceValues, 'source'>> = {
  source: option.string({
    describe: 'Files, folders, globs, - for standard input, s3://BUCKET/PREFIX, cloudwatch:GROUP',
    placeholder: 'SOURCE',
    repeatable: true,
  }),
};

/** The filter of `--where`, and of the times. */
export function filterOf({ where, startTime, endTime }: SourceValues): RowFilter | undefined {
  const filter: Record<string, string[]> = {};
  for (const [field, values] of where) (filter[field] ??= []).push(...values.split(','));
  if (startTime !== undefined || endTime !== undefined)
    filter['start'] = [`${startTime ?? ''}..${endTime === undefined ? '' : endTime - 1}`];
  return Object.keys(filter).length === 0 ? undefined : filter;
}
