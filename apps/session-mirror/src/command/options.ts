import { parseRegion } from '@net/aws-core';
import { type OptionsFor, option } from '@net/cli';
import { mirrorDefaults } from '../policy/config.js';

/** Values of the options that say which accounts and regions are meant. */
export interface SessionValues {
  readonly region: readonly string[];
  readonly profile: string | undefined;
  readonly roleArn: readonly string[];
  readonly externalId: string | undefined;
  readonly endpointUrl: string | undefined;
}

const connection = 'AWS';

export const sessionOptions: OptionsFor<SessionValues> = {
  region: option.value({
    short: 'R',
    describe: 'AWS region; several, one after the other or with commas, are worked on side by side',
    placeholder: 'REGION',
    repeatable: true,
    commaSeparated: true,
    defaultText: 'that of the instance, AWS_REGION, the profile',
    group: connection,
    parse: (text) => (text === 'auto' ? text : parseRegion(text)),
  }),
  profile: option.string({
    short: 'P',
    describe: 'Profile of the AWS configuration',
    placeholder: 'NAME',
    group: connection,
  }),
  roleArn: option.string({
    describe: 'Role to assume; several are several accounts',
    placeholder: 'ARN',
    repeatable: true,
    commaSeparated: true,
    group: connection,
  }),
  externalId: option.string({ describe: 'External id for the roles', placeholder: 'ID', group: connection }),
  endpointUrl: option.string({
    describe: 'Endpoint of the AWS services, for tests',
    placeholder: 'URL',
    defaultText: 'AWS_ENDPOINT_URL',
    group: connection,
  }),
};

/** Values of the options that say what sessions are like. */
export interface PolicyValues {
  readonly tagPrefix: string;
  readonly creator: string;
  readonly filter: string | undefined;
  readonly packetLength: number | undefined;
  readonly virtualNetworkId: number | undefined;
  readonly sessionNumbers: { readonly from: number; readonly to: number };
  readonly maxSources: number;
  readonly hourlyPrice: number;
  readonly maxDeletePercent: number;
  readonly maxMonthlyCost: number | undefined;
}

const policy = 'Policy';
const guards = 'Guards';

export const policyOptions: OptionsFor<PolicyValues> = {
  tagPrefix: option.string({
    describe: 'Prefix of the tags that are the policy',
    placeholder: 'PREFIX',
    default: mirrorDefaults.tagPrefix,
    group: policy,
  }),
  creator: option.string({
    describe: 'Value of the tag Creator that marks a session as ours',
    placeholder: 'TEXT',
    default: mirrorDefaults.creator,
    group: policy,
  }),
  filter: option.string({
    describe: 'YAML file with the rules of the filter',
    placeholder: 'FILE',
    defaultText: 'all traffic and the DNS of the VPC',
    group: policy,
  }),
  packetLength: option.integer({
    describe: 'Bytes mirrored of each packet',
    placeholder: 'BYTES',
    defaultText: 'whole packets',
    min: 1,
    max: 8_500,
    group: policy,
  }),
  virtualNetworkId: option.integer({
    long: 'vni',
    describe: 'VXLAN network identifier of every session',
    placeholder: 'NUMBER',
    defaultText: 'chosen by EC2',
    min: 0,
    max: 0xff_ffff,
    group: policy,
  }),
  sessionNumbers: option.value({
    describe: 'Session numbers to use: FROM-TO; the lowest that is free is taken',
    placeholder: 'RANGE',
    default: `${mirrorDefaults.sessionNumbers.from}-${mirrorDefaults.sessionNumbers.to}`,
    group: policy,
    parse: parseNumbers,
  }),
  maxSources: option.integer({
    describe: 'Sources that an interface takes as a target, where it is none of the largest instances',
    placeholder: 'NUMBER',
    default: mirrorDefaults.limits.sourcesPerInterfaceTarget,
    min: 1,
    max: 10_000,
    group: policy,
  }),
  hourlyPrice: option.number({
    describe: 'US dollars for a mirrored interface and hour',
    placeholder: 'USD',
    default: mirrorDefaults.hourlyPrice,
    min: 0,
    max: 100,
    group: guards,
  }),
  maxDeletePercent: option.number({
    describe: 'Refuse to delete more than this share of our sessions in one run; five may always go',
    placeholder: 'PERCENT',
    default: mirrorDefaults.guards.maxDeletePercent,
    min: 0,
    max: 100,
    group: guards,
  }),
  maxMonthlyCost: option.number({
    describe: 'Refuse plans after which mirroring costs more a month, all accounts and regions together',
    placeholder: 'USD',
    defaultText: 'no limit',
    min: 0,
    group: guards,
  }),
};

/** @throws {Error} for what is no range of session numbers */
export function parseNumbers(text: string): { readonly from: number; readonly to: number } {
  const [from, to = from] = text.split('-').map(Number);
  const isNumber = (value: number | undefined): value is number =>
    value !== undefined && Number.isInteger(value) && value >= 1 && value <= 32_766;
  if (!isNumber(from) || !isNumber(to) || from > to)
    throw new Error('is no range of session numbers: expected FROM-TO from 1 to 32766');
  return { from, to };
}

/** @throws {Error} for what is no list of instance ids with commas between them */
export function parseInstanceIds(text: string): readonly string[] {
  const ids = text.split(/[\s,]+/).filter((id) => id !== '');
  const wrong = ids.find((id) => !/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  if (wrong !== undefined)
    throw new Error(
      `${JSON.stringify(wrong.slice(0, 60))} is no instance id: expected i- and 8 or 17 hexadecimal digits`,
    );
  return ids;
}
