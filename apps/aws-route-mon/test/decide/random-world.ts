import fc from 'fast-check';
import { type WatchSettings, watchConfig } from '../../src/config.js';
import { type RouteAction, type Action, isRouteAction } from '../../src/decide/action.js';
import type { WatchConfig } from '../../src/decide/config.js';
import { effectiveRoute } from '../../src/decide/decide-route.js';
import { parseDestination } from '../../src/model/destination.js';
import { type Route, type RouteTable, type RouteTarget, targetKindOf } from '../../src/model/route-table.js';
import type { InterfaceFacts, OwnerFacts, Snapshot } from '../../src/model/snapshot.js';

export const OWN = 'eni-00000001';
export const HERE = 'i-00000001';
export const ACCOUNT = '111111111111';
export const FOREIGN = '222222222222';
const VPC = 'vpc-00000001';
const PEERS = ['eni-00000002', 'eni-00000003'];
const destinations = ['0.0.0.0/0', '10.8.0.0/16', '::/0', 'pl-00000001'];
const gateways = [
  'igw-00000001',
  'nat-00000001',
  'vgw-00000001',
  'tgw-00000001',
  'pcx-00000001',
  'eigw-00000001',
  'vpce-00000001',
  'lgw-00000001',
  'cagw-00000001',
  'arn:aws:networkmanager::111111111111:core-network/core-network-1',
  'arn:aws:odb:us-east-1:111111111111:odb-network/odbnet-1',
  'xyz-00000001',
  '',
];

/** An interface that routes lead to, and what is behind it. */
interface Eni {
  readonly id: string;
  readonly ownerId: string;
  readonly isVisible: boolean;
  readonly attachment: string | undefined;
  readonly instanceOwnerId: string | undefined;
  readonly instanceState: string | undefined;
}

/** A small world that plans can be applied to. */
export interface World {
  readonly tables: readonly RouteTable[];
  readonly enis: readonly Eni[];
  readonly own: InterfaceFacts | 'missing';
  readonly forwarding: boolean | undefined;
  readonly probe: boolean | undefined;
  readonly leaving: string | undefined;
  readonly peers: boolean;
  readonly pathProbe: boolean | undefined;
}

const eniId = fc.constantFrom(...PEERS, 'eni-00000004', 'eni-00000005', 'eni-00000006');
const owner = fc.constantFrom(ACCOUNT, ACCOUNT, FOREIGN);

const route = (destination: string): fc.Arbitrary<Route> =>
  fc
    .record({
      id: fc.oneof(
        { weight: 5, arbitrary: eniId },
        { weight: 1, arbitrary: fc.constant(OWN) },
        { weight: 4, arbitrary: fc.constantFrom(...gateways, 'local') },
      ),
      state: fc.constantFrom('active', 'active', 'blackhole', 'blackhole', 'filtered', 'odd', undefined),
      origin: fc.constantFrom(
        'CreateRoute',
        'CreateRoute',
        'CreateRoute',
        'EnableVgwRoutePropagation',
        'Advertisement',
        'CreateRouteTable',
        'Novelty',
        undefined,
      ),
      hasInstance: fc.boolean(),
      instanceOwnerId: owner,
    })
    .map(({ id, state, origin, hasInstance, instanceOwnerId }) => ({
      destination: parseDestination(destination),
      target: { kind: targetKindOf(id), id },
      state,
      origin,
      instanceId: id.startsWith('eni-') && hasInstance ? id.replace('eni', 'i') : undefined,
      instanceOwnerId: id.startsWith('eni-') && hasInstance ? instanceOwnerId : undefined,
    }));

const table = (index: number): fc.Arbitrary<RouteTable> =>
  fc
    .record({
      routes: fc.tuple(...destinations.map((destination) => fc.array(route(destination), { maxLength: 2 }))),
      isEdge: fc.boolean(),
      tagged: fc.boolean(),
    })
    .map(({ routes, isEdge, tagged }) => ({
      id: `rtb-0000000${index}`,
      vpcId: VPC,
      ownerId: ACCOUNT,
      isMain: index === 1,
      subnetIds: [],
      gatewayIds: isEdge ? ['igw-00000001'] : [],
      tags: tagged ? { role: 'private' } : {},
      // One table has a destination at most once among its static routes.
      routes: routes.flatMap((same) => (same.length === 2 && sameOrigins(same) ? same.slice(1) : same)),
    }));

function sameOrigins(routes: readonly Route[]): boolean {
  return new Set(routes.map(({ origin }) => origin === 'EnableVgwRoutePropagation')).size === 1;
}

export const worlds: fc.Arbitrary<World> = fc
  .record({
    tables: fc.tuple(table(1), table(2)),
    enis: fc.tuple(
      ...[...PEERS, 'eni-00000004', 'eni-00000005', 'eni-00000006'].map((id) =>
        fc.record({
          id: fc.constant(id),
          ownerId: owner,
          isVisible: fc.boolean(),
          attachment: fc.constantFrom(
            'attached',
            'attached',
            'attaching',
            'detaching',
            'detached',
            undefined,
          ),
          instanceOwnerId: fc.constantFrom(ACCOUNT, FOREIGN, undefined),
          instanceState: fc.constantFrom(
            'running',
            'running',
            'pending',
            'stopping',
            'stopped',
            'terminated',
            undefined,
          ),
        }),
      ),
    ),
    flaw: fc.constantFrom(
      'none',
      'none',
      'none',
      'none',
      'missing',
      'detached',
      'elsewhere',
      'check',
      'vpc',
      'forwarding',
      'probe',
      'leaving',
    ),
    peers: fc.boolean(),
    pathProbe: fc.constantFrom(undefined, true, false),
  })
  .map(({ flaw, ...rest }) => ({
    ...rest,
    own: flaw === 'missing' ? ('missing' as const) : ownInterface(flaw),
    forwarding: flaw !== 'forwarding',
    probe: flaw !== 'probe',
    leaving: flaw === 'leaving' ? 'the end is near' : undefined,
  }));

function ownInterface(flaw: string): InterfaceFacts {
  return {
    id: OWN,
    ownerId: ACCOUNT,
    vpcId: flaw === 'vpc' ? 'vpc-00000002' : VPC,
    status: 'in-use',
    sourceDestCheck: flaw === 'check',
    privateAddress: '10.0.0.1',
    ipv6Address: undefined,
    attachment:
      flaw === 'detached'
        ? undefined
        : {
            status: 'attached',
            instanceId: flaw === 'elsewhere' ? 'i-00000009' : HERE,
            instanceOwnerId: ACCOUNT,
            deviceIndex: 0,
          },
  };
}

export const configs: fc.Arbitrary<WatchConfig> = fc
  .record({
    routeTables: fc.subarray(['rtb-00000001', 'rtb-00000002']),
    select: fc.subarray(['all', 'tag:role=private', 'main', 'has-route:0.0.0.0/0'], { minLength: 1 }),
    destinations: fc.subarray(destinations, { minLength: 1 }),
    createMissing: fc.boolean(),
    policy: fc.constantFrom(
      'blackhole or detached or stopped',
      'blackhole or detached or stopped',
      'blackhole',
      'blackhole or path-probe',
      'detached and stopped or path-probe',
    ),
    fall: fc.integer({ min: 1, max: 3 }),
    rise: fc.integer({ min: 1, max: 2 }),
    takeOver: fc.record({
      gateways: fc.constantFrom(false, false, false, true),
      foreign: fc.constantFrom(false, false, false, true),
      unknownStates: fc.constantFrom(false, false, false, true),
    }),
    fixSourceDestCheck: fc.boolean(),
    allowRemoteInterface: fc.boolean(),
    requireForwarding: fc.boolean(),
    takeTurns: fc.boolean(),
    failBack: fc.record({
      mode: fc.constantFrom('never' as const, 'never' as const, 'ranked' as const, 'always' as const),
    }),
    fallback: fc.constantFrom(undefined, 'nat-00000001', 'peer'),
  })
  .map(({ fallback, ...rest }) =>
    watchConfig({
      ...rest,
      interfaceId: OWN,
      ...(fallback === undefined ? {} : { fallback }),
    } satisfies WatchSettings),
  );

/** The world as an observer sees it that looks at everything. */
export function snapshotOf(world: World, nowMs: number, dice: number): Snapshot {
  return {
    takenAtMs: nowMs,
    dice,
    tables: world.tables,
    missingTableIds: [],
    own: {
      interfaceId: OWN,
      accountId: ACCOUNT,
      interface: world.own,
      instanceState: undefined,
      hereInstanceId: HERE,
      forwarding: { ipv4: world.forwarding, ipv6: world.forwarding },
      probe: world.probe === undefined ? undefined : { ok: world.probe, detail: 'probe' },
      leaving: world.leaving,
    },
    owners: Object.fromEntries(world.enis.map((eni) => [eni.id, ownerFacts(eni)])),
    ownerProbes: {},
    pathProbe: world.pathProbe === undefined ? undefined : { ok: world.pathProbe, detail: 'path' },
    peers: world.peers ? PEERS.map((interfaceId) => ({ interfaceId, instanceId: undefined })) : undefined,
  };
}

function ownerFacts(eni: Eni): OwnerFacts {
  if (!eni.isVisible) return { interface: undefined, instance: undefined };
  const instanceId = eni.attachment === undefined ? undefined : eni.id.replace('eni', 'i');
  return {
    interface: {
      id: eni.id,
      ownerId: eni.ownerId,
      vpcId: VPC,
      status: 'in-use',
      sourceDestCheck: false,
      privateAddress: '10.0.0.9',
      ipv6Address: undefined,
      attachment:
        eni.attachment === undefined
          ? undefined
          : { status: eni.attachment, instanceId, instanceOwnerId: eni.instanceOwnerId, deviceIndex: 0 },
    },
    instance:
      instanceId === undefined || eni.instanceState === undefined
        ? undefined
        : { id: instanceId, state: eni.instanceState, systemStatus: undefined, instanceStatus: undefined },
  };
}

/** What EC2 makes of the actions, each of which must be one that EC2 would accept. */
export function applyTo(world: World, actions: readonly Action[]): World {
  return actions.reduce<World>((before, action) => {
    if (!isRouteAction(action)) {
      if (before.own === 'missing') throw new Error('an attribute of an interface that does not exist');
      return { ...before, own: { ...before.own, sourceDestCheck: false } };
    }
    return {
      ...before,
      tables: before.tables.map((one) => (one.id === action.tableId ? written(one, action) : one)),
      // The path leads somewhere else now, and works.
      pathProbe: before.pathProbe === undefined ? undefined : true,
    };
  }, world);
}

function written(before: RouteTable, action: RouteAction): RouteTable {
  const present = staticRoute(before, action);
  if (action.kind === 'create-route' && present) throw new Error('RouteAlreadyExists');
  if (action.kind === 'replace-route' && !present) throw new Error('InvalidParameterValue');
  const after: Route = {
    destination: action.destination,
    target: action.to,
    state: 'active',
    origin: 'CreateRoute',
    instanceId: HERE,
    instanceOwnerId: ACCOUNT,
  };
  return { ...before, routes: [...before.routes.filter((one) => one !== present), after] };
}

function staticRoute(before: RouteTable, action: RouteAction): Route | undefined {
  return before.routes.find(
    ({ destination, origin }) =>
      destination.value === action.destination.value &&
      origin !== 'EnableVgwRoutePropagation' &&
      origin !== 'Advertisement' &&
      origin !== 'Novelty',
  );
}

/** What stands against an action by the rules of ownership, written down independently of the code under test. */
export function trespass(world: World, config: WatchConfig, action: RouteAction): string | undefined {
  const found = world.tables.find(({ id }) => id === action.tableId);
  if (!found) return 'a table that does not exist';
  if (found.gatewayIds.length > 0 && !config.tables.ids.includes(found.id)) return 'an edge table';
  const present = effectiveRoute(found, action.destination);
  if (!present) return config.createMissing ? undefined : 'created although it must not be';
  const { target, state } = present;
  if (target.kind === 'local' || present.origin === 'CreateRouteTable') return 'the local route';
  if (state === 'blackhole') return undefined;
  if (state !== 'active') return config.takeOver.unknownStates ? undefined : `state ${state ?? 'none'}`;
  if (action.because === 'fail-back' && mayFailBack(config, world, target)) return undefined;
  if (target.kind !== 'interface') return config.takeOver.gateways ? undefined : `active ${target.kind}`;
  if (config.takeOver.foreign) return undefined;
  const eni = world.enis.find(({ id }) => id === target.id);
  if (eni?.isVisible === true && eni.ownerId !== ACCOUNT) return "another account's interface";
  const instanceOwner =
    present.instanceOwnerId ??
    (eni?.isVisible === true && eni.attachment !== undefined ? eni.instanceOwnerId : undefined);
  if (instanceOwner !== undefined && instanceOwner !== ACCOUNT) return "another account's instance";
  if (instanceOwner === undefined && eni?.isVisible !== true) return 'an interface nobody knows';
  return undefined;
}

function mayFailBack(config: WatchConfig, world: World, target: RouteTarget): boolean {
  if (config.failBack.mode === 'never') return false;
  if (config.fallback !== undefined && config.fallback !== 'peer' && config.fallback.id === target.id)
    return true;
  return world.peers && PEERS.includes(target.id);
}
