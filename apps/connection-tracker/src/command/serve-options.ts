import { option, type OptionsFor } from '@net/cli';
import { LogFormat } from '@net/flowlogs';
import { parseDomainTemplate, type DomainTemplate } from '../accounts/domain.js';
import type { Networks } from '../names/networks.js';
import { type PolicyPart, policyParts } from './iam-policy.js';
import { networksOption } from './networks-option.js';

const ACCOUNTS = 'Accounts';
const SOURCE = 'Flow logs';
const SERVICE = 'Service';

/** Values of {@link serveOptions}. */
export interface ServeValues {
  readonly teamServiceUrl: string | undefined;
  readonly accessTokens: string | undefined;
  readonly organization: boolean;
  readonly accountsFile: string | undefined;
  readonly accountName: string | undefined;
  readonly accountsInterval: number;
  readonly regions: readonly string[];
  readonly domain: DomainTemplate | undefined;
  readonly networks: Networks | undefined;
  readonly reverseDns: boolean;
  readonly assumeRole: boolean;
  readonly role: string;
  readonly roleSessionName: string;
  readonly externalId: string | undefined;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly logGroup: string;
  readonly bucket: string | undefined;
  readonly fields: LogFormat | undefined;
  readonly direction: 'evidence' | 'original';
  readonly interval: number;
  readonly lookBack: number;
  readonly overlap: number;
  readonly inventoryInterval: number;
  readonly workers: number;
  readonly replica: string | undefined;
  readonly lease: number;
  readonly printIamPolicy: PolicyPart | undefined;
}

/** What the reading service is told. */
export const serveOptions: OptionsFor<ServeValues> = {
  teamServiceUrl: option.string({
    describe: 'Accounts of a team service: GET URL/api/accounts/aws',
    placeholder: 'URL',
    env: ['HTTP_TEAM_SERVICE_URL'],
    group: ACCOUNTS,
  }),
  accessTokens: option.string({
    describe: 'Tokens for it as tok=TOKEN',
    placeholder: 'LIST',
    env: ['OAUTH2_ACCESS_TOKENS'],
    secret: true,
    group: ACCOUNTS,
  }),
  organization: option.flag({
    describe: 'Accounts of the AWS organization that the credentials may list',
    group: ACCOUNTS,
  }),
  accountsFile: option.string({
    describe: 'Accounts of a JSON file: [{"id": "123456789012", "name": "..."}]',
    placeholder: 'FILE',
    group: ACCOUNTS,
  }),
  accountName: option.string({
    describe: 'Name of the account of the credentials, when no list is given',
    placeholder: 'NAME',
    group: ACCOUNTS,
  }),
  accountsInterval: option.duration({
    describe: 'Time between readings of the list',
    default: 600_000,
    min: 1_000,
    group: ACCOUNTS,
  }),
  regions: option.string({
    describe: 'Regions that are read of every account',
    placeholder: 'REGION',
    repeatable: true,
    commaSeparated: true,
    default: [],
    defaultText: 'the region of the session',
    env: ['REGIONS'],
    group: ACCOUNTS,
  }),
  domain: option.value({
    describe: 'Domain of an account, by which its NAT and Odd hosts are found: {account_name}.example.org',
    placeholder: 'TEMPLATE',
    env: ['DOMAIN'],
    parse: parseDomainTemplate,
    group: ACCOUNTS,
  }),
  networks: networksOption,
  reverseDns: option.flag({ describe: 'Ask the resolver for names of sources', default: true }),
  assumeRole: option.flag({
    describe: 'Assume a role in each account; off: with the credentials as they are',
    default: true,
    group: ACCOUNTS,
  }),
  role: option.string({
    describe: 'The role: a name, or an ARN with {account_id}',
    placeholder: 'ROLE',
    default: 'fullstop',
    group: ACCOUNTS,
  }),
  roleSessionName: option.string({
    describe: 'What CloudTrail shows',
    placeholder: 'NAME',
    default: 'fullstop',
    group: ACCOUNTS,
  }),
  externalId: option.string({ describe: 'That the role asks for', placeholder: 'ID', group: ACCOUNTS }),
  profile: option.string({
    describe: 'Profile of the AWS configuration',
    placeholder: 'NAME',
    group: ACCOUNTS,
  }),
  endpointUrl: option.string({
    describe: 'Endpoint of every AWS service, for tests',
    placeholder: 'URL',
    group: ACCOUNTS,
  }),
  logGroup: option.string({
    describe: 'Log group that the flow logs deliver into',
    placeholder: 'NAME',
    default: 'vpc-flowgroup',
    group: SOURCE,
  }),
  bucket: option.string({
    describe: 'Read the objects of this bucket instead: s3://BUCKET[/PREFIX]',
    placeholder: 'URL',
    group: SOURCE,
  }),
  fields: option.value({
    describe: 'Format of the lines of the log group',
    placeholder: 'FORMAT',
    defaultText: 'of its flow log',
    parse: (text) => LogFormat.parse(text),
    group: SOURCE,
  }),
  direction: option.choice({
    describe: 'evidence: who opened the connection counts; original: whoever sends does',
    choices: ['evidence', 'original'],
    default: 'evidence',
    group: SOURCE,
  }),
  interval: option.duration({
    describe: 'Time between passes over an account and region',
    default: 60_000,
    min: 1_000,
    group: SOURCE,
  }),
  lookBack: option.duration({
    describe: 'How far back the first pass begins',
    default: 600_000,
    group: SOURCE,
  }),
  overlap: option.duration({
    describe: 'How far back every pass looks for events that come late, at least',
    default: 1_200_000,
    group: SOURCE,
  }),
  inventoryInterval: option.duration({
    describe: 'Time between readings of the public interfaces and their names',
    default: 60_000,
    min: 1_000,
    group: SOURCE,
  }),
  workers: option.integer({
    describe: 'Accounts and regions that are read at the same time',
    min: 1,
    max: 256,
    default: 8,
    group: SERVICE,
  }),
  replica: option.string({
    describe: 'Name of this process among those that share a Redis',
    placeholder: 'NAME',
    defaultText: 'host name and process id',
    group: SERVICE,
  }),
  lease: option.duration({
    describe: 'After which time without a sign of life others take over',
    default: 30_000,
    min: 3_000,
    group: SERVICE,
  }),
  printIamPolicy: option.choice({
    choices: policyParts,
    describe: 'The least IAM policy: of the role in each account, of the tracker itself',
    group: 'Print and end',
    env: false,
  }),
};
