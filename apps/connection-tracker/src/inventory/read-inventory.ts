import type { NetworkInterface } from '@aws-sdk/client-ec2';
import { allItems, categorize, createClient, type Session, toAwsError } from '@net/aws-core';
import type { Inventory, PublicInterface } from './inventory.js';
import { type InterfaceOwner, ownerOf } from './kind-of.js';
import { readBalancerNames, readClassicBalancerNames } from './load-balancers.js';
import { type DatabaseNames, readDatabaseNames } from './databases.js';
import { readInstanceNames } from './instances.js';

/** What is read and with what. */
export interface InventoryRequest {
  readonly accountId: string;
  /** Of the account and region to be read. */
  readonly session: Session;
  /** Milliseconds since 1970; default the present. */
  readonly now?: () => number;
  /** Addresses of a host name, for databases; nothing found is an empty list. */
  readonly resolve: (host: string, signal?: AbortSignal) => Promise<readonly string[]>;
  readonly signal?: AbortSignal;
}

/**
 * Reads the public interfaces of an account and region with all pages of each list, and asks only for what they need:
 * without a load balancer's interface no load balancers are asked for, without an instance's no instances.
 *
 * What is missing beside the interfaces themselves (a permission, a service that fails) makes names poorer and is told
 * in `shortfalls`.
 *
 * @throws {AwsError} when the interfaces cannot be read; the signal's reason when aborted
 */
export async function readInventory(request: InventoryRequest): Promise<Inventory> {
  const { accountId, session, signal, resolve } = request;
  const observedAtMs = (request.now ?? Date.now)();
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  const ec2 = await createClient(session, EC2Client);
  const shortfalls: string[] = [];
  const tolerate = async <T>(what: string, read: Promise<T>, none: T): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      signal?.throwIfAborted();
      shortfalls.push(`${what}: ${categorize(error).message}`);
      return none;
    }
  };
  try {
    const found = await publicInterfaces(ec2, signal);
    const owned = found.map((one) => ({ one, owner: ownerOf(wordsOf(one)) }));
    const keys = (kind: InterfaceOwner['kind']): string[] => [
      ...new Set(
        owned.flatMap(({ owner }) => (owner.kind === kind && owner.key !== undefined ? [owner.key] : [])),
      ),
    ];
    const has = (kind: InterfaceOwner['kind']): boolean => owned.some(({ owner }) => owner.kind === kind);
    const noDatabases: DatabaseNames = { byAddress: {} };
    const [instances, classic, balancers, databases, zones] = await Promise.all([
      tolerate('instances', readInstanceNames(ec2, keys('instance'), signal), new Map<string, string>()),
      has('classic-load-balancer')
        ? tolerate(
            'classic load balancers',
            readClassicBalancerNames(session, signal),
            new Map<string, string>(),
          )
        : new Map<string, string>(),
      has('load-balancer')
        ? tolerate('load balancers', readBalancerNames(session, signal), new Map<string, string>())
        : new Map<string, string>(),
      has('database')
        ? tolerate('databases', readDatabaseNames(session, resolve, signal), noDatabases)
        : noDatabases,
      tolerate('availability zones', readZones(ec2, signal), []),
    ]);
    const nameOf = ({ kind, key }: InterfaceOwner, addresses: readonly string[]): string | undefined => {
      if (kind === 'instance') return instances.get(key ?? '');
      if (kind === 'classic-load-balancer') return classic.get(key ?? '');
      if (kind === 'load-balancer') return balancers.get(key ?? '');
      if (kind === 'database')
        return addresses.map((address) => databases.byAddress[address]).find((name) => name !== undefined);
      return undefined;
    };
    const interfaces = owned.map(({ one, owner }): PublicInterface => {
      const publicAddressOf = addressesOf(one);
      return {
        interfaceId: one.NetworkInterfaceId ?? '',
        kind: owner.kind,
        description: one.Description ?? '',
        publicAddressOf,
        name: nameOf(owner, Object.keys(publicAddressOf)),
        privateAddress: one.PrivateIpAddress,
      };
    });
    return {
      accountId,
      region: session.region,
      observedAtMs,
      interfaces: Object.fromEntries(interfaces.map((one) => [one.interfaceId, one])),
      databaseNames: databases.byAddress,
      zones,
      shortfalls,
    };
  } finally {
    ec2.destroy();
  }
}

type Ec2 = InstanceType<typeof import('@aws-sdk/client-ec2')['EC2Client']>;

async function publicInterfaces(ec2: Ec2, signal?: AbortSignal): Promise<NetworkInterface[]> {
  const { paginateDescribeNetworkInterfaces } = await import('@aws-sdk/client-ec2');
  try {
    const all = await allItems(
      paginateDescribeNetworkInterfaces,
      ec2,
      { MaxResults: 1_000 },
      (page) => page.NetworkInterfaces,
      signal ? { signal } : {},
    );
    // IPv6 addresses of a subnet are reachable from outside without an association.
    return all.filter(
      (one) =>
        one.Association?.PublicIp !== undefined ||
        (one.PrivateIpAddresses ?? []).some(({ Association }) => Association?.PublicIp !== undefined) ||
        (one.Ipv6Addresses ?? []).length > 0,
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw toAwsError(error, { action: 'ec2:DescribeNetworkInterfaces' });
  }
}

async function readZones(ec2: Ec2, signal?: AbortSignal): Promise<string[]> {
  const { DescribeAvailabilityZonesCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeAvailabilityZonesCommand({
    Filters: [{ Name: 'state', Values: ['available'] }],
  });
  const { AvailabilityZones = [] } = await ec2.send(command, signal ? { abortSignal: signal } : {});
  return AvailabilityZones.flatMap(({ ZoneName }) => (ZoneName === undefined ? [] : [ZoneName]));
}

function wordsOf(one: NetworkInterface): Parameters<typeof ownerOf>[0] {
  return {
    description: one.Description ?? '',
    interfaceType: one.InterfaceType,
    requesterId: one.RequesterId,
    instanceId: one.Attachment?.InstanceId,
  };
}

function addressesOf(one: NetworkInterface): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const { PrivateIpAddress, Association } of [...(one.PrivateIpAddresses ?? []), one]) {
    const shown = Association?.PublicIp;
    if (shown === undefined) continue;
    addresses[shown] = shown;
    if (PrivateIpAddress !== undefined) addresses[PrivateIpAddress] ??= shown;
  }
  for (const { Ipv6Address } of one.Ipv6Addresses ?? [])
    if (Ipv6Address !== undefined) addresses[Ipv6Address] = Ipv6Address;
  return addresses;
}
