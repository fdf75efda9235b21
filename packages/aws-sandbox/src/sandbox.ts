import { type AutoScalingRegion, autoScalingRegion } from './auto-scaling/controls.js';
import { type Ec2Region, ec2Region } from './ec2/controls.js';
import type { Ec2State } from './ec2/state.js';
import { SandboxError } from './errors.js';
import { type FaultHandle, type FaultRule, FaultRules } from './faults/rules.js';
import { type ThrottlingOptions, TokenBuckets } from './faults/token-buckets.js';
import { scheduleTraffic } from './flow-logs/deliver.js';
import { type Vantage, vantagesOf } from './flow-logs/network.js';
import type { TrafficOptions } from './flow-logs/traffic.js';
import type { TrafficTruth } from './flow-logs/truth.js';
import { type HttpServer, startHttpServer } from './http/server.js';
import type { AccessKey, AccountOptions, Role } from './iam/principals.js';
import { type ImdsListener, type ImdsOptions, startImds } from './imds/server.js';
import { type Seed, type SeededIds, plantSeed } from './seed.js';
import type { LogsState } from './logs/state.js';
import type { MemberAccount, Organization, OrganizationsState } from './organizations/service.js';
import type { S3State } from './s3/state.js';
import { CallLog } from './service/call-log.js';
import type { Location } from './service/definition.js';
import { Dispatcher } from './service/dispatcher.js';
import { services } from './services.js';
import { type Clock, realClock } from './world/clock.js';
import { type Delays, type Quotas, type Settings, defaultDelays, defaultQuotas } from './world/settings.js';
import { World, type WorldDump } from './world/world.js';

/** Settings of {@link createSandbox}; all have defaults. */
export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Seed of ids and addresses; the same seed gives the same world. Default 1. */
  readonly randomSeed?: number;
  /** Accounts with keys of their own; the first is the default account. Default: 123456789012. */
  readonly accounts?: readonly AccountOptions[];
  /** Checks signatures, and refuses unknown keys. Default false: unknown keys belong to the default account. */
  readonly verifySignatures?: boolean;
  readonly delays?: Partial<Delays>;
  readonly quotas?: Partial<Quotas>;
  /** How many calls are remembered. Default 10,000. */
  readonly callLogSize?: number;
  /** Default 64 MiB. */
  readonly bodyLimitBytes?: number;
  /** State to begin with: what `dump()` gave. */
  readonly dump?: WorldDump;
  /** Told of bugs inside the sandbox. Default: printed on stderr. */
  readonly onFailure?: (error: unknown) => void;
}

/** Credentials as the SDK clients take them. */
export interface SandboxCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Settings that make an SDK client talk to the sandbox. */
export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: SandboxCredentials;
}

/** Faults in force. */
export interface SandboxFaults {
  add(rule: FaultRule): FaultHandle;
  /** Removes every rule and ends throttling. */
  clear(): void;
  /** EC2's token buckets: `true` as documented, options to change them, `false` for off (the default). */
  throttling(options: ThrottlingOptions | boolean): void;
}

/** Identities and what they may do. */
export interface SandboxIam {
  createUser(
    accountId: string,
    name: string,
    policy?: string | object,
  ): SandboxCredentials & { readonly arn: string };
  createRole(accountId: string, name: string, policy?: string | object): Role;
  /** Narrows an identity to its policies. Conditions are refused: this evaluation does not know them. */
  attachPolicy(identityArn: string, policy: string | object): void;
  detachPolicies(identityArn: string): void;
}

/** A member account of an organization; what is left out has a default. */
export type OrganizationAccount = Pick<MemberAccount, 'id' | 'name'> & Partial<MemberAccount>;

/** A running sandbox. */
export interface Sandbox {
  /** `http://127.0.0.1:port`, for every service. */
  readonly endpoint: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly calls: CallLog;
  readonly faults: SandboxFaults;
  readonly iam: SandboxIam;
  /** Keys of an account; accounts need no declaration. */
  credentials(accountId?: string): SandboxCredentials;
  /** For the constructor of any SDK client. */
  client(region?: string, accountId?: string): ClientSettings;
  /** EC2 of an account and region, without the network between. */
  ec2(accountId?: string, region?: string): Ec2Region;
  /** Auto Scaling of an account and region: groups for the API to describe. */
  autoScaling(accountId?: string, region?: string): AutoScalingRegion;
  /** Starts the metadata service of an instance; closed with the sandbox. */
  attachImds(instanceId: string, options?: AttachImdsOptions): Promise<ImdsListener>;
  /** Endpoint of the metadata service that was attached first; undefined before. */
  readonly imdsEndpoint: string | undefined;
  /** Where a service has state. */
  locations(serviceId: string): readonly Location[];
  /** Builds what a seed describes; the ids of everything that has a name. */
  seed(seed: Seed): SeededIds;
  /** CloudWatch Logs of an account and region: its state, and how it behaves. */
  logs(accountId?: string, region?: string): LogsState;
  /** Lets other accounts use a bucket, as a bucket policy would. */
  shareBucket(bucket: string, accountIds: readonly string[]): void;
  /** Makes an organization of accounts, the first of which manages it. */
  createOrganization(accounts: readonly OrganizationAccount[]): Organization;
  /** The interfaces of a region as traffic sees them. */
  vantages(accountId?: string, region?: string): Vantage[];
  /** Traffic between a region's interfaces and the world, delivered by its flow logs as time goes by. */
  generateTraffic(options: TrafficOptions, accountId?: string, region?: string): TrafficTruth;
  dump(): WorldDump;
  load(dump: WorldDump): void;
  close(): Promise<void>;
}

/** Settings of {@link Sandbox.attachImds}. */
export interface AttachImdsOptions extends ImdsOptions {
  readonly accountId?: string;
  readonly region?: string;
}

const DEFAULT_ACCOUNT = '123456789012';
const DEFAULT_REGION = 'eu-west-1';

/** Starts a sandbox on loopback. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = options.clock ?? realClock();
  const world = new World({
    clock,
    seed: options.randomSeed ?? 1,
    services,
    settings: {
      delays: checked('delay', { ...defaultDelays, ...options.delays }),
      quotas: checked('quota', { ...defaultQuotas, ...options.quotas }),
    },
  });
  const accounts = options.accounts ?? [];
  for (const account of accounts) world.principals.accountKey(account.accountId, account);
  const accountId = accounts[0]?.accountId ?? DEFAULT_ACCOUNT;
  world.principals.accountKey(accountId);
  if (options.dump) world.load(options.dump);
  const calls = new CallLog(options.callLogSize ?? 10_000);
  const rules = new FaultRules();
  const throttling = new TokenBuckets();
  const dispatcher = new Dispatcher({
    world,
    services,
    faults: rules,
    throttling,
    calls,
    verifySignatures: options.verifySignatures ?? false,
    defaultAccountId: accountId,
  });
  const onFailure = options.onFailure ?? ((error: unknown) => console.error(error));
  const server = await startHttpServer(
    {
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      bodyLimitBytes: options.bodyLimitBytes ?? 64 * 1024 * 1024,
      onFailure,
    },
    (request, signal) => dispatcher.handle(request, signal),
  );
  return assemble({ world, clock, calls, rules, throttling, server, accountId, onFailure });
}

interface Parts {
  readonly world: World;
  readonly clock: Clock;
  readonly calls: CallLog;
  readonly rules: FaultRules;
  readonly throttling: TokenBuckets;
  readonly server: HttpServer;
  readonly accountId: string;
  readonly onFailure: (error: unknown) => void;
}

function assemble({ world, clock, calls, rules, throttling, server, accountId, onFailure }: Parts): Sandbox {
  const regions = new Map<string, Ec2Region>();
  const listeners: ImdsListener[] = [];
  const credentials = (account = accountId): SandboxCredentials =>
    toCredentials(world.principals.accountKey(account));
  const sandbox: Sandbox = {
    endpoint: server.url,
    accountId,
    clock,
    settings: world.settings,
    calls,
    faults: {
      add: (rule) => {
        if (rule.fault.kind === 'stale') world.keepHistory(rule.fault.lagMs);
        return rules.add(rule);
      },
      clear: () => {
        rules.clear();
        throttling.set(undefined);
      },
      throttling: (settings) =>
        throttling.set(settings === true ? {} : settings === false ? undefined : settings),
    },
    iam: {
      createUser: (account, name, policy) => {
        const key = world.principals.createUser(account, name, policy);
        return { ...toCredentials(key), arn: key.principal.arn };
      },
      createRole: (account, name, policy) => world.principals.createRole(account, name, policy),
      attachPolicy: (arn, policy) => world.principals.attachPolicy(arn, policy),
      detachPolicies: (arn) => world.principals.detachPolicies(arn),
    },
    credentials,
    client: (region = DEFAULT_REGION, account = accountId) => ({
      endpoint: server.url,
      region,
      credentials: credentials(account),
    }),
    ec2: (account = accountId, region = DEFAULT_REGION) => {
      const key = `${account}|${region}`;
      const known = regions.get(key);
      if (known) return known;
      world.principals.accountKey(account);
      const made = ec2Region(world, { accountId: account, region });
      regions.set(key, made);
      return made;
    },
    autoScaling: (account = accountId, region = DEFAULT_REGION) =>
      autoScalingRegion(world, { accountId: account, region }),
    attachImds: async (instanceId, options = {}) => {
      const location = {
        accountId: options.accountId ?? accountId,
        region: options.region ?? DEFAULT_REGION,
      };
      const listener = await startImds(world, location, instanceId, options, onFailure);
      listeners.push(listener);
      return listener;
    },
    get imdsEndpoint() {
      return listeners[0]?.endpoint;
    },
    locations: (serviceId) => world.locations(serviceId),
    seed: (seed) => plantSeed(seed, sandbox),
    logs: (account = accountId, region = DEFAULT_REGION) =>
      world.stateOf('logs', { accountId: account, region }) as LogsState,
    shareBucket: (name, accountIds) => {
      const { buckets } = world.stateOf('s3', { accountId, region: DEFAULT_REGION }) as S3State;
      const bucket = buckets[name];
      if (!bucket) throw new SandboxError('NET_SANDBOX_STATE', `there is no bucket ${name}`);
      bucket.sharedWith = [...new Set([...bucket.sharedWith, ...accountIds])];
    },
    createOrganization: (accounts) => {
      const state = world.stateOf('organizations', { accountId, region: DEFAULT_REGION });
      const organization: Organization = {
        id: `o-${world.random.hex(10)}`,
        managementAccountId: accounts[0]?.id ?? accountId,
        accounts: accounts.map((account) => ({
          email: `${account.id}@example.org`,
          status: 'ACTIVE',
          joinedAtMs: clock.now(),
          ...account,
        })),
      };
      (state as OrganizationsState).organizations.push(organization);
      return organization;
    },
    vantages: (account = accountId, region = DEFAULT_REGION) =>
      vantagesOf(world.stateOf('ec2', { accountId: account, region }) as Ec2State),
    generateTraffic: (options, account = accountId, region = DEFAULT_REGION) =>
      scheduleTraffic(world, { accountId: account, region }, options),
    dump: () => world.dump(),
    load: (dump) => world.load(dump),
    close: async () => {
      await Promise.all([...listeners.map((listener) => listener.close()), server.close()]);
    },
  };
  return sandbox;
}

function toCredentials(key: AccessKey): SandboxCredentials {
  return {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
  };
}

function checked<Values extends object>(what: string, values: Values): Values {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'number' || !(value >= 0)) {
      throw new SandboxError(
        'NET_SANDBOX_OPTION',
        `the ${what} ${name} must be zero or more: ${String(value)}`,
      );
    }
  }
  return values;
}
