import { randomUUID } from 'node:crypto';

import { SandboxError } from '../errors.js';
import { accountPrincipal } from '../iam/principals.js';
import type { Location } from '../service/definition.js';
import { execute } from '../service/execute.js';
import type { World } from '../world/world.js';
import { need } from './ids.js';
import { addInterface } from './interface-life.js';
import type { Ec2Context, InputOf, OutputOf } from './operation.js';
import { type Ec2OperationName, ec2Operations } from './operations.js';
import { findRoute, readDestination } from './routes.js';
import { ec2Service } from './service.js';
import type { Ec2State, InstanceNotices, Route, RouteTarget, StatusCheck } from './state.js';

/** Every served operation as a direct, synchronous call that no fault, policy or throttle touches. */
export type Ec2Calls = {
  readonly [Name in Ec2OperationName as Uncapitalize<Name>]: (input: InputOf<Name>) => OutputOf<Name>;
};

/** What no API call can do: things that happen to an account from outside. */
export interface Ec2Controls {
  /** The state itself, brought up to the present. Change it only through calls and controls. */
  readonly state: Ec2State;
  /** Status checks as DescribeInstanceStatus shows them. */
  setInstanceStatus(
    instanceId: string,
    status: { readonly instance?: StatusCheck; readonly system?: StatusCheck },
  ): void;
  /** Forces the state a route shows, for those that no rule derives (`filtered`); undefined ends it. */
  setRouteState(routeTableId: string, destination: string, state: Route['forcedState'] | undefined): void;
  /** A route that VPN propagation or a route server puts into a table. */
  addPropagatedRoute(routeTableId: string, route: PropagatedRoute): void;
  /** An interface that a service or another account owns. */
  createForeignInterface(options: ForeignInterface): string;
  /** An Outposts local gateway, which no EC2 call creates. */
  createLocalGateway(outpostArn?: string): string;
  /** What the metadata service tells the instance; members are added, `undefined` removes one. */
  setNotices(
    instanceId: string,
    notices: { readonly [Name in keyof InstanceNotices]?: InstanceNotices[Name] | undefined },
  ): void;
}

/** A route that the user did not make. */
export interface PropagatedRoute {
  readonly destination: string;
  readonly target: RouteTarget;
  readonly origin: 'EnableVgwRoutePropagation' | 'Advertisement';
  readonly ipAddress?: string;
  readonly state?: 'active' | 'blackhole' | 'filtered';
}

/** An interface in a subnet of this account that belongs to somebody else. */
export interface ForeignInterface {
  readonly subnetId: string;
  readonly ownerId?: string;
  readonly requesterId?: string;
  readonly requesterManaged?: boolean;
  readonly interfaceType?: string;
  readonly description?: string;
  /** Attached to an instance of the owner, or of a service when only the owner is given. */
  readonly attachment?: { readonly instanceId?: string; readonly instanceOwnerId: string };
  readonly groupIds?: readonly string[];
}

/** EC2 of one account and region, for tests. */
export type Ec2Region = Ec2Calls & Ec2Controls;

/** Direct access to EC2 of one account and region. */
export function ec2Region(world: World, location: Location): Ec2Region {
  const principal = accountPrincipal(location.accountId);
  const call = (action: string, input: object): object =>
    execute({
      world,
      service: ec2Service,
      action,
      location,
      principal,
      requestId: randomUUID(),
      input: { ...input },
    });
  const calls = Object.fromEntries(
    Object.keys(ec2Operations).map((action) => [
      action.charAt(0).toLowerCase() + action.slice(1),
      (input: object) => call(action, input),
    ]),
  ) as unknown as Ec2Calls;
  const state = (): Ec2State => world.state(ec2Service, location);
  const changed = (): void => world.changed(ec2Service, location);
  const context = (): Ec2Context => ({
    ...location,
    world,
    principal,
    requestId: randomUUID(),
    nowMs: world.clock.now(),
    state: state(),
    pageLimit: undefined,
    willChange: () => undefined,
  });
  return Object.defineProperty({ ...calls, ...controls(context, changed) } as Ec2Region, 'state', {
    get: state,
  });
}

function controls(context: () => Ec2Context, changed: () => void): Omit<Ec2Controls, 'state'> {
  return {
    setInstanceStatus: (instanceId, status) => {
      const instance = need(context().state.instances, 'instance', instanceId);
      instance.instanceStatus = status.instance ?? instance.instanceStatus;
      instance.systemStatus = status.system ?? instance.systemStatus;
      changed();
    },
    setRouteState: (routeTableId, destination, forced) => {
      const here = context();
      const table = need(here.state.routeTables, 'routeTable', routeTableId);
      const key = toDestination(here, destination);
      const route =
        findRoute(table, key) ??
        here.state.propagatedRoutes[table.id]?.find((other) => other.destination.value === key.value);
      if (!route)
        throw new SandboxError('NET_SANDBOX_STATE', `${routeTableId} has no route to ${destination}`);
      if (forced === undefined) delete route.forcedState;
      else route.forcedState = forced;
      changed();
    },
    addPropagatedRoute: (routeTableId, { destination, target, origin, ipAddress, state: forced }) => {
      const here = context();
      const table = need(here.state.routeTables, 'routeTable', routeTableId);
      const route: Route = {
        destination: toDestination(here, destination),
        target,
        origin,
        ...(ipAddress === undefined ? {} : { ipAddress }),
        ...(forced === undefined ? {} : { forcedState: forced }),
      };
      here.state.propagatedRoutes[table.id] = [...(here.state.propagatedRoutes[table.id] ?? []), route];
      changed();
    },
    createForeignInterface: (options) => {
      const here = context();
      const subnet = need(here.state.subnets, 'subnet', options.subnetId);
      const eni = addInterface(here, { ...options, subnet });
      if (options.attachment) {
        eni.attachment = {
          id: here.world.newId('eni-attach'),
          instanceId: options.attachment.instanceId,
          instanceOwnerId: options.attachment.instanceOwnerId,
          deviceIndex: 1,
          networkCardIndex: 0,
          deleteOnTermination: false,
          attachedAtMs: here.nowMs,
        };
      }
      changed();
      return eni.id;
    },
    createLocalGateway: (outpostArn) => {
      const here = context();
      const id = here.world.newId('lgw');
      here.state.localGateways[id] = {
        id,
        ownerId: here.accountId,
        outpostArn:
          outpostArn ?? `arn:aws:outposts:${here.region}:${here.accountId}:outpost/op-0123456789abcdef0`,
      };
      changed();
      return id;
    },
    setNotices: (instanceId, notices) => {
      const { state } = context();
      need(state.instances, 'instance', instanceId);
      const merged = { ...state.notices[instanceId], ...notices };
      state.notices[instanceId] = Object.fromEntries(
        Object.entries(merged).filter(([, value]) => value !== undefined),
      );
      changed();
    },
  };
}

function toDestination(context: Ec2Context, text: string): Route['destination'] {
  if (text.startsWith('pl-')) return readDestination(context, { DestinationPrefixListId: text });
  return readDestination(
    context,
    text.includes(':') ? { DestinationIpv6CidrBlock: text } : { DestinationCidrBlock: text },
  );
}
