import { parseRegion } from '@net/aws-core';
import { type OptionsFor, decodeDuration, option } from '@net/cli';
import { daemonJitter, originalJitter, parseFallback } from '../config.js';
import type { WatchConfig } from '../decide/config.js';
import { type Policy, defaultPolicyText, parsePolicy } from '../decide/policy.js';
import { type Destination, parseDestination } from '../model/destination.js';
import type { RouteTarget } from '../model/route-table.js';
import { type TableExpression, parseTableExpression } from '../model/table-selector.js';
import { type PeerSource, parsePeerSource } from '../observe/peers.js';
import { type ProbeSpec, parseProbe } from '../probe/parse-probe.js';

/** Values of the options that say where to connect to. */
export interface SessionValues {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly accessId: string | undefined;
  readonly accessKey: string | undefined;
  readonly roleArn: string | undefined;
  readonly endpointUrl: string | undefined;
}

const connection = 'AWS';

export const sessionOptions: OptionsFor<SessionValues> = {
  region: option.value({
    short: 'R',
    describe: 'AWS region, or auto: from the instance metadata',
    placeholder: 'REGION',
    defaultText: 'AWS_REGION, the profile, else auto',
    group: connection,
    parse: (text) => (text === 'auto' ? text : saidOnce(parseRegion)(text)),
  }),
  profile: option.string({
    short: 'P',
    describe: 'Profile of the AWS configuration',
    placeholder: 'NAME',
    group: connection,
  }),
  accessId: option.string({
    short: 'I',
    describe: 'AWS access key id',
    placeholder: 'ID',
    group: connection,
  }),
  accessKey: option.string({
    short: 'K',
    describe: 'AWS secret access key; arguments are visible to every user of the machine',
    placeholder: 'KEY',
    secret: true,
    saferSource: 'the instance role, a profile or AWS_SECRET_ACCESS_KEY',
    group: connection,
  }),
  roleArn: option.string({ describe: 'Role to assume', placeholder: 'ARN', group: connection }),
  endpointUrl: option.string({
    describe: 'Endpoint of the AWS services, for tests',
    placeholder: 'URL',
    defaultText: 'AWS_ENDPOINT_URL',
    group: connection,
  }),
};

/** Values of the options that say what is watched and what may be done. */
export interface WatchValues extends SessionValues {
  readonly routeTable: readonly string[];
  readonly select: readonly TableExpression[];
  readonly cidr: readonly Destination[];
  readonly interface: string;
  readonly create: boolean;
  readonly policy: Policy;
  readonly fall: number;
  readonly rise: number;
  readonly ownerProbe: readonly ProbeSpec[];
  readonly pathProbe: readonly ProbeSpec[];
  readonly probe: readonly ProbeSpec[];
  readonly probeTimeout: number;
  readonly takeOverGateway: boolean;
  readonly takeOverForeign: boolean;
  readonly takeOverUnknownState: boolean;
  readonly fixSourceDestCheck: boolean;
  readonly requireForwarding: boolean;
  readonly allowRemoteInterface: boolean;
  readonly peers: PeerSource | undefined;
  readonly jitter: WatchConfig['jitter'] | undefined;
  readonly turn: number;
  readonly interval: number;
  readonly verifyTimeout: number;
  readonly throttleBudget: number;
  readonly concurrency: number;
  readonly fallback: RouteTarget | 'peer' | undefined;
  readonly failBack: 'never' | 'ranked' | 'always';
  readonly holdDown: number;
  readonly hookBeforeClaim: string | undefined;
  readonly hookAfterClaim: string | undefined;
  readonly hookBeforeRelease: string | undefined;
  readonly hookAfterRelease: string | undefined;
  readonly hookTimeout: number;
}

const evidence = 'Evidence';
const readiness = 'Readiness';
const racing = 'Claims';
const leaving = 'Release and fail-back';

export const watchOptions: OptionsFor<WatchValues> = {
  routeTable: option.value({
    short: 'r',
    describe: 'Route table',
    placeholder: 'RTB',
    repeatable: true,
    commaSeparated: true,
    parse: checkedId('rtb'),
  }),
  select: option.value({
    describe:
      'Route tables by all, main, id:, vpc:, subnet:, tag:KEY[=VALUE|~REGEXP], has-route:, with and, or, not',
    placeholder: 'EXPRESSION',
    repeatable: true,
    parse: saidOnce(parseTableExpression),
  }),
  cidr: option.value({
    short: 'c',
    describe: 'Destination: IPv4 or IPv6 CIDR, or prefix list; created where it is missing',
    placeholder: 'CIDR',
    repeatable: true,
    commaSeparated: true,
    default: ['0.0.0.0/0'],
    parse: saidOnce(parseDestination),
  }),
  interface: option.value({
    short: 'i',
    describe: 'Interface to point routes at; auto: the primary one of this instance',
    placeholder: 'ENI',
    default: 'auto',
    parse: (text) => (text === 'auto' ? text : checkedId('eni')(text)),
  }),
  create: option.flag({ describe: 'Create routes that are missing', default: true }),
  ...sessionOptions,
  policy: option.value({
    describe:
      'When a route is unhealthy: signals blackhole, detached, stopped, impaired, owner-probe, path-probe with and, or, not',
    placeholder: 'EXPRESSION',
    default: defaultPolicyText,
    group: evidence,
    parse: saidOnce(parsePolicy),
  }),
  ownerProbe: probeOption(
    'Probe of the present owner, with "owner" for its address: tcp://owner:PORT, http://owner/..., command:/path owner',
  ),
  pathProbe: probeOption('Probe of the path through the route: tcp://..., http(s)://..., command:...'),
  fall: option.integer({
    describe: 'Bad readings in a row before a probe or status check counts',
    default: 3,
    min: 1,
    max: 1000,
    group: evidence,
  }),
  rise: option.integer({
    describe: 'Good readings in a row before it counts as good again',
    default: 2,
    min: 1,
    max: 1000,
    group: evidence,
  }),
  takeOverGateway: option.flag({
    describe: 'Also take over working routes to gateways and endpoints, as the original did',
    group: evidence,
  }),
  takeOverForeign: option.flag({
    describe: "Judge working routes to other accounts' interfaces by the policy, too",
    group: evidence,
  }),
  takeOverUnknownState: option.flag({
    describe: 'Treat filtered and unknown route states as blackhole',
    group: evidence,
  }),
  probe: option.value({
    describe:
      'Probe of the outside world that must pass before a claim: tcp://..., http(s)://..., command:...; one of several is enough',
    placeholder: 'PROBE',
    repeatable: true,
    group: readiness,
    parse: saidOnce(parseProbe),
  }),
  probeTimeout: option.duration({
    describe: 'Longest time of one probe',
    default: 2_000,
    min: 10,
    max: 60_000,
    group: readiness,
  }),
  fixSourceDestCheck: option.flag({
    describe: 'Turn the source/dest check of the interface off before a claim',
    group: readiness,
  }),
  requireForwarding: option.flag({
    describe: 'The kernel must forward before a claim',
    default: true,
    group: readiness,
  }),
  allowRemoteInterface: option.flag({
    describe: 'The interface may be attached to another instance than this one',
    group: readiness,
  }),
  peers: option.value({
    describe:
      'Other claimants: auto (Auto Scaling group of the instance), asg:NAME, tag:KEY=VALUE, eni-... with commas, none',
    placeholder: 'WHO',
    defaultText: 'auto in a daemon, none in a run',
    group: racing,
    parse: saidOnce(parsePeerSource),
  }),
  jitter: option.value({
    describe: 'Random wait before a claim where the peers are not known: MOST or LEAST-MOST',
    placeholder: 'TIME',
    defaultText: `${text(originalJitter)} in a run, ${text(daemonJitter)} in a daemon`,
    group: racing,
    parse: parseJitter,
  }),
  interval: option.duration({
    describe: 'Time between quiet polls of a daemon',
    default: 5_000,
    min: 100,
    max: 3_600_000,
    group: racing,
  }),
  turn: option.duration({
    describe: 'Shortest turn of one of several known claimants',
    default: 1_000,
    min: 50,
    max: 60_000,
    group: racing,
  }),
  verifyTimeout: option.duration({
    describe: 'How long reads may take to show a write',
    default: 5_000,
    min: 0,
    max: 300_000,
    group: racing,
  }),
  throttleBudget: option.duration({
    describe: 'How long a throttled write is tried',
    default: 300_000,
    min: 0,
    max: 3_600_000,
    group: racing,
  }),
  concurrency: option.integer({
    describe: 'Routes written at a time',
    default: 8,
    min: 1,
    max: 50,
    group: racing,
  }),
  fallback: option.value({
    describe: 'Where routes go when this monitor leaves: peer, or a target such as nat-... or eni-...',
    placeholder: 'TARGET',
    group: leaving,
    parse: saidOnce(parseFallback),
  }),
  failBack: option.choice({
    choices: ['never', 'ranked', 'always'],
    describe:
      'Take healthy routes back from peers and the fallback: those this interface is the first choice for, or all',
    default: 'never',
    group: leaving,
  }),
  holdDown: option.duration({
    describe: 'How long all must have been well before that',
    default: 300_000,
    min: 0,
    group: leaving,
  }),
  hookBeforeClaim: hookOption('Program to run before routes are claimed; when it fails they are not'),
  hookAfterClaim: hookOption('Program to run after routes were claimed'),
  hookBeforeRelease: hookOption('Program to run before routes are handed over'),
  hookAfterRelease: hookOption('Program to run after routes were handed over'),
  hookTimeout: option.duration({
    describe: 'A hook is ended after that',
    default: 10_000,
    min: 100,
    max: 600_000,
    group: 'Hooks',
  }),
};

/**
 * Reads `10s` as 0 to 10 seconds, and `1s-45s`.
 *
 * @throws {Error} for anything else
 */
export function parseJitter(words: string): WatchConfig['jitter'] {
  const [first = '', second, ...more] = words.split('-');
  if (more.length > 0) throw new Error('is not a time, or two with a dash between');
  const leastMs = second === undefined ? 0 : decodeDuration(first);
  const mostMs = decodeDuration(second ?? first);
  if (leastMs > mostMs) throw new Error('begins after it ends');
  return { leastMs, mostMs };
}

function text({ leastMs, mostMs }: WatchConfig['jitter']): string {
  return `${leastMs / 1000}s-${mostMs / 1000}s`;
}

/** The value stands before every message of the command line: one that begins with it, too, leaves it out. */
function saidOnce<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      const shown = `${JSON.stringify(text)} `;
      if (!(error instanceof Error) || !error.message.startsWith(shown)) throw error;
      throw new Error(error.message.slice(shown.length), { cause: error });
    }
  };
}

function checkedId(prefix: string): (id: string) => string {
  return (id) => {
    if (new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) return id;
    throw new Error(`is not an id: expected ${prefix}- and 8 or 17 hexadecimal digits`);
  };
}

function probeOption(describe: string): (typeof watchOptions)['ownerProbe'] {
  return option.value({
    describe,
    placeholder: 'PROBE',
    repeatable: true,
    group: evidence,
    parse: saidOnce(parseProbe),
  });
}

function hookOption(describe: string): (typeof watchOptions)['hookAfterClaim'] {
  return option.value({
    describe,
    placeholder: 'FILE',
    group: 'Hooks',
    parse: (file) => {
      if (file.startsWith('/')) return file;
      throw new Error('is not an absolute path');
    },
  });
}
