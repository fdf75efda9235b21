import type { Ec2Region } from './ec2/controls.js';
import { ApiError, SandboxError } from './errors.js';

/** A world in a few lines: what a person writes, next to dumps, which the sandbox writes. */
export interface Seed {
  readonly regions: readonly SeedRegion[];
}

/** What there is in a region of an account. */
export interface SeedRegion {
  /** Default: the sandbox's first account. */
  readonly accountId?: string;
  readonly region: string;
  readonly vpcs: readonly SeedVpc[];
}

/** A VPC. Names become Name tags and are how the parts of a seed refer to each other. */
export interface SeedVpc {
  readonly name: string;
  readonly cidr: string;
  /** Adds an IPv6 block of documentation addresses. */
  readonly ipv6?: boolean;
  /** Attaches an internet gateway, called `igw` in routes. */
  readonly internetGateway?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly subnets?: readonly SeedSubnet[];
  readonly instances?: readonly SeedInstance[];
  readonly routeTables?: readonly SeedRouteTable[];
}

export interface SeedSubnet {
  readonly name: string;
  readonly cidr: string;
  /** Letter of the zone; default `a`. */
  readonly zone?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SeedInstance {
  readonly name: string;
  readonly subnet: string;
  /** Default t3.micro. */
  readonly type?: string;
  readonly sourceDestCheck?: boolean;
  readonly publicIp?: boolean;
  /** Name of an instance profile, which is also the role that the metadata service hands out. */
  readonly profile?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SeedRouteTable {
  readonly name: string;
  /** Uses the VPC's main table instead of a new one. */
  readonly main?: boolean;
  /** Subnets associated with it. */
  readonly subnets?: readonly string[];
  readonly routes?: readonly SeedRoute[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SeedRoute {
  readonly to: string;
  /** Name of an instance, or `igw`. */
  readonly via: string;
}

/** Ids by name: of VPCs, subnets, instances, route tables, and `NAME/eni` for an instance's interface. */
export type SeededIds = Readonly<Record<string, string>>;

/**
 * Builds a seed through the API's own operations.
 *
 * @throws {SandboxError} NET_SANDBOX_SEED with the place in the seed
 */
export function plantSeed(
  seed: Seed,
  sandbox: { ec2(accountId: string | undefined, region: string): Ec2Region },
): SeededIds {
  const ids: Record<string, string> = {};
  list(seed, 'regions', 'seed').forEach((region, index) => {
    const at = `regions[${index}]`;
    const ec2 = sandbox.ec2(optionalText(region, 'accountId', at), text(region, 'region', at));
    list(region, 'vpcs', at).forEach((vpc, position) => plantVpc(ec2, vpc, `${at}.vpcs[${position}]`, ids));
  });
  return ids;
}

type Entry = Readonly<Record<string, unknown>>;

function plantVpc(ec2: Ec2Region, vpc: Entry, at: string, ids: Record<string, string>): void {
  const vpcId = guard(at, () => {
    const made = ec2.createVpc({
      CidrBlock: text(vpc, 'cidr', at),
      AmazonProvidedIpv6CidrBlock: vpc['ipv6'] === true,
      TagSpecifications: [{ ResourceType: 'vpc', Tags: tags(vpc, at) }],
    });
    return made.Vpc?.VpcId ?? '';
  });
  remember(ids, vpc, at, vpcId);
  const igw = vpc['internetGateway'] === true ? guard(at, () => plantInternetGateway(ec2, vpcId)) : undefined;
  list(vpc, 'subnets', at).forEach((subnet, index) => {
    const where = `${at}.subnets[${index}]`;
    const region = ec2.state.location.region;
    const made = guard(where, () =>
      ec2.createSubnet({
        VpcId: vpcId,
        CidrBlock: text(subnet, 'cidr', where),
        AvailabilityZone: `${region}${optionalText(subnet, 'zone', where) ?? 'a'}`,
        TagSpecifications: [{ ResourceType: 'subnet', Tags: tags(subnet, where) }],
      }),
    );
    remember(ids, subnet, where, made.Subnet?.SubnetId ?? '');
  });
  list(vpc, 'instances', at).forEach((instance, index) => {
    const where = `${at}.instances[${index}]`;
    guard(where, () => plantInstance(ec2, instance, where, ids));
  });
  list(vpc, 'routeTables', at).forEach((table, index) => {
    const where = `${at}.routeTables[${index}]`;
    guard(where, () => plantRouteTable(ec2, table, where, vpcId, igw, ids));
  });
}

function plantInternetGateway(ec2: Ec2Region, vpcId: string): string {
  const id = ec2.createInternetGateway({}).InternetGateway?.InternetGatewayId ?? '';
  ec2.attachInternetGateway({ InternetGatewayId: id, VpcId: vpcId });
  return id;
}

function plantInstance(ec2: Ec2Region, instance: Entry, at: string, ids: Record<string, string>): void {
  const profile = optionalText(instance, 'profile', at);
  const made = ec2.runInstances({
    ImageId: 'ami-0123456789abcdef0',
    MinCount: 1,
    MaxCount: 1,
    InstanceType: (optionalText(instance, 'type', at) ?? 't3.micro') as 't3.micro',
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: reference(ids, instance, 'subnet', at),
        AssociatePublicIpAddress: instance['publicIp'] === true,
      },
    ],
    ...(profile === undefined ? {} : { IamInstanceProfile: { Name: profile } }),
    TagSpecifications: [{ ResourceType: 'instance', Tags: tags(instance, at) }],
  }).Instances?.[0];
  const eniId = made?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '';
  if (instance['sourceDestCheck'] === false) {
    ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId: eniId, SourceDestCheck: { Value: false } });
  }
  remember(ids, instance, at, made?.InstanceId ?? '');
  ids[`${text(instance, 'name', at)}/eni`] = eniId;
}

function plantRouteTable(
  ec2: Ec2Region,
  table: Entry,
  at: string,
  vpcId: string,
  igw: string | undefined,
  ids: Record<string, string>,
): void {
  const main = Object.values(ec2.state.routeTables).find(
    (candidate) =>
      candidate.vpcId === vpcId && candidate.associations.some((association) => association.main),
  );
  const id =
    table['main'] === true && main
      ? main.id
      : (ec2.createRouteTable({ VpcId: vpcId }).RouteTable?.RouteTableId ?? '');
  ec2.createTags({ Resources: [id], Tags: tags(table, at) });
  remember(ids, table, at, id);
  for (const subnet of texts(table, 'subnets', at)) {
    ec2.associateRouteTable({ RouteTableId: id, SubnetId: known(ids, subnet, `${at}.subnets`) });
  }
  list(table, 'routes', at).forEach((route, index) => {
    const where = `${at}.routes[${index}]`;
    const to = text(route, 'to', where);
    const via = text(route, 'via', where);
    const destination = to.includes(':') ? { DestinationIpv6CidrBlock: to } : { DestinationCidrBlock: to };
    if (via === 'igw') {
      if (igw === undefined) throw invalid(where, 'the VPC has no internet gateway');
      guard(where, () => ec2.createRoute({ RouteTableId: id, GatewayId: igw, ...destination }));
      return;
    }
    const eniId = known(ids, `${via}/eni`, where);
    guard(where, () => ec2.createRoute({ RouteTableId: id, NetworkInterfaceId: eniId, ...destination }));
  });
}

function guard<Result>(at: string, build: () => Result): Result {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new SandboxError('NET_SANDBOX_SEED', `${at}: ${error.message} (${error.code})`, { cause: error });
  }
}

function list(entry: object, name: string, at: string): Entry[] {
  const value = (entry as Entry)[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(`${at}.${name}`, 'a list is needed');
  return value.map((item: unknown, index) => {
    if (typeof item !== 'object' || item === null)
      throw invalid(`${at}.${name}[${index}]`, 'an object is needed');
    return item as Entry;
  });
}

function texts(entry: Entry, name: string, at: string): string[] {
  const value = entry[name];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw invalid(`${at}.${name}`, 'a list of names is needed');
  }
  return value as string[];
}

function text(entry: object, name: string, at: string): string {
  const value = optionalText(entry, name, at);
  if (value === undefined) throw invalid(`${at}.${name}`, 'a text is needed');
  return value;
}

function optionalText(entry: object, name: string, at: string): string | undefined {
  const value = (entry as Entry)[name];
  if (value !== undefined && typeof value !== 'string') throw invalid(`${at}.${name}`, 'a text is needed');
  return value;
}

function tags(entry: Entry, at: string): { Key: string; Value: string }[] {
  const given = (entry['tags'] ?? {}) as Entry;
  const all = { Name: text(entry, 'name', at), ...given };
  return Object.entries(all).map(([Key, Value]) => {
    if (typeof Value !== 'string') throw invalid(`${at}.tags.${Key}`, 'a text is needed');
    return { Key, Value };
  });
}

function remember(ids: Record<string, string>, entry: Entry, at: string, id: string): void {
  const name = text(entry, 'name', at);
  if (ids[name] !== undefined) throw invalid(`${at}.name`, `the name ${name} is given twice`);
  ids[name] = id;
}

function reference(ids: Readonly<Record<string, string>>, entry: Entry, name: string, at: string): string {
  return known(ids, text(entry, name, at), `${at}.${name}`);
}

function known(ids: Readonly<Record<string, string>>, name: string, at: string): string {
  const id = ids[name];
  if (id === undefined) throw invalid(at, `nothing is called ${name.replace(/\/eni$/, '')}`);
  return id;
}

function invalid(at: string, reason: string): SandboxError {
  return new SandboxError('NET_SANDBOX_SEED', `${at}: ${reason}`);
}
