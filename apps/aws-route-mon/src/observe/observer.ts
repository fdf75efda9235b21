import type { Clock, Random } from '@net/aws-core';
import type { WatchConfig } from '../decide/config.js';
import type { Memory } from '../decide/memory.js';
import { RouteMonError } from '../errors.js';
import type { RouteTable } from '../model/route-table.js';
import type { InterfaceFacts, OwnFacts, OwnerFacts, Peer, ProbeResult, Snapshot } from '../model/snapshot.js';
import { type KnownPeerSource, type PeerSource, findPeers, settlePeerSource } from './peers.js';
import type { RouteApi, TableQuery } from './route-api.js';
import { suspect, watchedOwners } from './suspicion.js';

/** The machine that a monitor runs on, as far as it matters. */
export interface Host {
  /** The instance this runs on; undefined off EC2. */
  instanceId(signal?: AbortSignal): Promise<string | undefined>;
  /** Whether the kernel forwards; undefined where that cannot be known. */
  forwarding(): Promise<OwnFacts['forwarding']>;
}

/** Probes of the data plane; those that are not configured are undefined. */
export interface Probes {
  readonly own: ((signal?: AbortSignal) => Promise<ProbeResult>) | undefined;
  readonly path: ((signal?: AbortSignal) => Promise<ProbeResult>) | undefined;
  /** Probes an owner at its private address. */
  readonly owner: ((address: string, signal?: AbortSignal) => Promise<ProbeResult>) | undefined;
}

export interface ObserverParts {
  readonly api: RouteApi;
  readonly host: Host;
  readonly probes: Probes;
  readonly config: WatchConfig;
  readonly peerSource: PeerSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of parts that could not be read and without which it goes on. */
  readonly onGap: (what: 'peers' | 'status-checks' | 'owners', error: unknown) => void;
}

/** Makes snapshots; remembers what seldom changes. */
export interface Observer {
  /** `isThorough` looks at owners, peers and the own interface, whether or not anything is suspicious. */
  observe(
    memory: Memory,
    options: { readonly isThorough: boolean; readonly leaving?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Snapshot>;
  /** The tables alone. */
  readTables(signal?: AbortSignal): Promise<readonly RouteTable[]>;
  /** As last seen; undefined when not known. */
  readonly peers: readonly Peer[] | undefined;
}

export function createObserver(parts: ObserverParts): Observer {
  const { api, host, probes, config, clock, random, onGap } = parts;
  const addresses = new Map<string, string>();
  let own: InterfaceFacts | undefined;
  let peers: readonly Peer[] | undefined;
  let peerSource: KnownPeerSource | undefined;

  const lookAtOwn = async (signal?: AbortSignal): Promise<InterfaceFacts | 'missing'> => {
    const [found] = await api.describeInterfaces([config.interfaceId], signal);
    own = found ?? own;
    return found ?? 'missing';
  };

  const query = async (signal?: AbortSignal): Promise<TableQuery> => {
    if (config.tables.expressions.length === 0) return { kind: 'ids', ids: config.tables.ids };
    if (own?.vpcId === undefined) await lookAtOwn(signal);
    if (own?.vpcId === undefined) {
      throw new RouteMonError(
        'NET_ROUTE_MON_API',
        `there is no interface ${config.interfaceId}, so its VPC is not known`,
      );
    }
    return { kind: 'vpc', vpcId: own.vpcId };
  };

  const readTables = async (signal?: AbortSignal): Promise<readonly RouteTable[]> =>
    await api.describeTables(await query(signal), signal);

  const probeOwners = async (
    ids: readonly string[],
    signal?: AbortSignal,
  ): Promise<Record<string, ProbeResult>> => {
    const probe = probes.owner;
    if (!probe || ids.length === 0) return {};
    const unknown = ids.filter((id) => !addresses.has(id));
    try {
      if (unknown.length > 0) remember(addresses, await api.describeInterfaces(unknown, signal));
    } catch (error) {
      signal?.throwIfAborted();
      onGap('owners', error);
    }
    const results = await Promise.all(
      ids.map(async (id): Promise<[string, ProbeResult] | undefined> => {
        const address = addresses.get(id);
        return address === undefined ? undefined : [id, await probe(address, signal)];
      }),
    );
    return Object.fromEntries(results.filter((result) => result !== undefined));
  };

  const lookAtOwners = async (
    ids: readonly string[],
    signal?: AbortSignal,
  ): Promise<Record<string, OwnerFacts>> => {
    if (ids.length === 0) return {};
    try {
      const interfaces = await api.describeInterfaces(ids, signal);
      remember(addresses, interfaces);
      return await withInstances(ids, interfaces, signal);
    } catch (error) {
      signal?.throwIfAborted();
      onGap('owners', error);
      return {};
    }
  };

  const withInstances = async (
    ids: readonly string[],
    interfaces: readonly InterfaceFacts[],
    signal?: AbortSignal,
  ): Promise<Record<string, OwnerFacts>> => {
    const instanceIds = unique(interfaces.map((eni) => eni.attachment?.instanceId));
    const instances =
      instanceIds.length === 0 ? [] : await api.describeInstances({ kind: 'ids', ids: instanceIds }, signal);
    const known = new Set(instances.map(({ id }) => id));
    const checks = config.policy.uses.includes('impaired') ? await statusChecks([...known], signal) : [];
    return Object.fromEntries(
      ids.map((id) => {
        const eni = interfaces.find((candidate) => candidate.id === id);
        const instanceId = eni?.attachment?.instanceId;
        const state = instances.find((instance) => instance.id === instanceId)?.state;
        const check = checks.find((instance) => instance.id === instanceId);
        const instance =
          instanceId === undefined
            ? undefined
            : {
                id: instanceId,
                state: state ?? check?.state,
                systemStatus: check?.systemStatus,
                instanceStatus: check?.instanceStatus,
              };
        return [id, { interface: eni, instance }];
      }),
    );
  };

  const statusChecks = async (
    ids: readonly string[],
    signal?: AbortSignal,
  ): ReturnType<RouteApi['describeStatusChecks']> => {
    if (ids.length === 0) return [];
    try {
      return await api.describeStatusChecks(ids, signal);
    } catch (error) {
      signal?.throwIfAborted();
      onGap('status-checks', error);
      return [];
    }
  };

  const lookAtPeers = async (signal?: AbortSignal): Promise<void> => {
    if (!own) return;
    try {
      peerSource ??= await settlePeerSource(api, parts.peerSource, own, signal);
      peers = await findPeers(api, peerSource, own, config, signal);
    } catch (error) {
      signal?.throwIfAborted();
      onGap('peers', error);
    }
  };

  const ownState = async (
    eni: InterfaceFacts | 'missing',
    signal?: AbortSignal,
  ): Promise<string | undefined> => {
    const instanceId = eni === 'missing' ? undefined : eni.attachment?.instanceId;
    const here = await host.instanceId(signal);
    // What runs this program runs.
    if (instanceId === undefined || instanceId === here) return undefined;
    const [instance] = await api.describeInstances({ kind: 'ids', ids: [instanceId] }, signal);
    return instance?.state;
  };

  return {
    readTables,
    get peers() {
      return peers;
    },
    observe: async (memory, options, signal) => {
      // Everything in the snapshot is at least as new as this, and a turn counts from when it was begun with.
      const takenAtMs = clock.now();
      const tables = await readTables(signal);
      const [ownProbe, pathProbe, ownerProbes] = await Promise.all([
        probes.own?.(signal),
        probes.path?.(signal),
        probeOwners(watchedOwners(tables, config), signal),
      ]);
      const suspicion = suspect({ tables, ownerProbes, pathProbe }, config, memory, options.isThorough);
      if (suspicion.mayClaim && !own) await lookAtOwn(signal);
      const [facts, owners] = await Promise.all([
        suspicion.mayClaim ? lookAtOwn(signal) : undefined,
        lookAtOwners(suspicion.ownerIds, signal),
        suspicion.mayClaim ? lookAtPeers(signal) : undefined,
      ]);
      const instanceState = facts === undefined ? undefined : await ownState(facts, signal);
      const present = new Set(tables.map(({ id }) => id));
      return {
        takenAtMs,
        dice: random(),
        tables,
        missingTableIds: config.tables.ids.filter((id) => !present.has(id)),
        own: {
          interfaceId: config.interfaceId,
          accountId: own?.ownerId,
          interface: facts,
          instanceState,
          hereInstanceId: await host.instanceId(signal),
          forwarding: await host.forwarding(),
          probe: ownProbe,
          leaving: options.leaving,
        },
        owners,
        ownerProbes,
        pathProbe,
        peers,
      };
    },
  };
}

function remember(addresses: Map<string, string>, interfaces: readonly InterfaceFacts[]): void {
  for (const { id, privateAddress, ipv6Address } of interfaces) {
    const address = privateAddress ?? ipv6Address;
    if (address !== undefined) addresses.set(id, address);
  }
}

function unique(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
