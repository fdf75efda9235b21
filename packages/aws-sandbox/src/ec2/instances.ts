import { ApiError } from '../errors.js';
import { type FilterTable, list, paginate } from './describe.js';
import { checkId, need, notFound } from './ids.js';
import { STATE_CODES, viewInstance } from './instance-view.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import { schedule } from './settle.js';
import type { Instance, InstanceStateName, NetworkInterface } from './state.js';

const interfacesOf = (instance: Instance, context: Ec2Context): NetworkInterface[] =>
  Object.values(context.state.networkInterfaces).filter((eni) => eni.attachment?.instanceId === instance.id);
const primaryOf = (instance: Instance, context: Ec2Context): NetworkInterface | undefined =>
  interfacesOf(instance, context).find((eni) => eni.attachment?.deviceIndex === 0);

const instanceFilters: FilterTable<Instance> = {
  architecture: (instance) => instance.architecture,
  'availability-zone': (instance) => instance.availabilityZone,
  'client-token': (instance) => instance.clientToken,
  'iam-instance-profile.arn': (instance) => instance.iamInstanceProfileArn,
  'image-id': (instance) => instance.imageId,
  'instance-id': (instance) => instance.id,
  'instance-lifecycle': (instance) => (instance.isSpot ? 'spot' : undefined),
  'instance-state-code': (instance) => STATE_CODES[instance.state],
  'instance-state-name': (instance) => instance.state,
  'instance-type': (instance) => instance.instanceType,
  'instance.group-id': (instance, context) => interfacesOf(instance, context).flatMap((eni) => eni.groupIds),
  'ip-address': (instance, context) => primaryOf(instance, context)?.privateIps[0]?.publicIp,
  'key-name': (instance) => instance.keyName,
  'launch-index': (instance) => instance.launchIndex,
  'launch-time': (instance) => new Date(instance.launchedAtMs).toISOString(),
  'network-interface.addresses.private-ip-address': (instance, context) =>
    interfacesOf(instance, context).flatMap((eni) => eni.privateIps.map((ip) => ip.address)),
  'network-interface.attachment.device-index': (instance, context) =>
    interfacesOf(instance, context).map((eni) => eni.attachment?.deviceIndex),
  'network-interface.network-interface-id': (instance, context) =>
    interfacesOf(instance, context).map((eni) => eni.id),
  'network-interface.subnet-id': (instance, context) =>
    interfacesOf(instance, context).map((eni) => eni.subnetId),
  'network-interface.vpc-id': (instance, context) => interfacesOf(instance, context).map((eni) => eni.vpcId),
  'owner-id': (instance) => instance.ownerId,
  'private-ip-address': (instance, context) => primaryOf(instance, context)?.privateIps[0]?.address,
  'reservation-id': (instance) => instance.reservationId,
  'source-dest-check': (instance, context) => primaryOf(instance, context)?.sourceDestCheck,
  'subnet-id': (instance) => instance.subnetId,
  'vpc-id': (instance) => instance.vpcId,
};

export const instanceOperations: Ec2Operations<
  | 'DescribeInstances'
  | 'DescribeInstanceStatus'
  | 'StartInstances'
  | 'StopInstances'
  | 'RebootInstances'
  | 'TerminateInstances'
> = {
  DescribeInstances: {
    access: 'read',
    accepts: ['InstanceIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      if (input.InstanceIds?.length && input.MaxResults !== undefined) {
        throw new ApiError(
          'InvalidParameterCombination',
          'The parameter instancesSet cannot be used with the parameter maxResults',
        );
      }
      const page = list(context, {
        kind: 'instance',
        records: context.state.instances,
        ids: input.InstanceIds,
        filters: input.Filters,
        table: instanceFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (instance) => instance.id,
      });
      return {
        Reservations: [...groupByReservation(page.items)].map(([ReservationId, instances]) => ({
          ReservationId,
          OwnerId: instances[0]?.ownerId,
          Groups: [],
          Instances: instances.map((instance) => viewInstance(context, instance)),
        })),
        NextToken: page.nextToken,
      };
    },
  },
  DescribeInstanceStatus: {
    access: 'read',
    accepts: ['InstanceIds', 'IncludeAllInstances', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      if (input.InstanceIds?.length && input.MaxResults !== undefined) {
        throw new ApiError(
          'InvalidParameterCombination',
          'The parameter instancesSet cannot be used with the parameter maxResults',
        );
      }
      const matching = list(context, {
        kind: 'instance',
        records: context.state.instances,
        ids: input.InstanceIds,
        filters: input.Filters,
        table: {
          'availability-zone': (instance: Instance) => instance.availabilityZone,
          'instance-state-code': (instance: Instance) => STATE_CODES[instance.state],
          'instance-state-name': (instance: Instance) => instance.state,
          'instance-status.reachability': (instance: Instance) => reachability(instance.instanceStatus),
          'instance-status.status': (instance: Instance) => instance.instanceStatus,
          'system-status.reachability': (instance: Instance) => reachability(instance.systemStatus),
          'system-status.status': (instance: Instance) => instance.systemStatus,
        },
        maxResults: undefined,
        nextToken: undefined,
        page: { min: 5, max: 1000 },
        idOf: (instance) => instance.id,
      }).items.filter((instance) => input.IncludeAllInstances === true || instance.state === 'running');
      const page = paginate(context, matching, {
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
      });
      return {
        InstanceStatuses: page.items.map((instance) => ({
          InstanceId: instance.id,
          AvailabilityZone: instance.availabilityZone,
          InstanceState: { Code: STATE_CODES[instance.state], Name: instance.state },
          InstanceStatus: viewStatus(instance, instance.instanceStatus),
          SystemStatus: viewStatus(instance, instance.systemStatus),
          Events: [],
        })),
        NextToken: page.nextToken,
      };
    },
  },
  StartInstances: {
    access: 'write',
    accepts: ['InstanceIds'],
    ignores: ['AdditionalInfo'],
    resources: ['InstanceIds'],
    run: (context, input) => {
      const instances = needAll(context, input.InstanceIds);
      for (const instance of instances) {
        if (instance.state !== 'stopped' && instance.state !== 'running' && instance.state !== 'pending') {
          throw incorrectState(instance, 'started');
        }
      }
      context.willChange();
      return { StartingInstances: instances.map((instance) => start(context, instance)) };
    },
  },
  StopInstances: {
    access: 'write',
    accepts: ['InstanceIds'],
    ignores: ['Force', 'SkipOsShutdown'],
    resources: ['InstanceIds'],
    run: (context, input) => {
      const instances = needAll(context, input.InstanceIds);
      for (const instance of instances) {
        if (instance.disableApiStop) {
          throw new ApiError(
            'OperationNotPermitted',
            `The instance '${instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
          );
        }
        if (instance.isSpot) {
          throw new ApiError(
            'UnsupportedOperation',
            `You can't stop the Spot Instance '${instance.id}' because it is associated with a one-time Spot Instance request.`,
          );
        }
        if (instance.state === 'terminated' || instance.state === 'shutting-down')
          throw incorrectState(instance, 'stopped');
      }
      context.willChange();
      return { StoppingInstances: instances.map((instance) => stop(context, instance)) };
    },
  },
  RebootInstances: {
    access: 'write',
    accepts: ['InstanceIds'],
    resources: ['InstanceIds'],
    run: (context, input) => {
      const instances = needAll(context, input.InstanceIds);
      for (const instance of instances) {
        if (instance.state !== 'running') throw incorrectState(instance, 'rebooted');
      }
      context.willChange();
      return {};
    },
  },
  TerminateInstances: {
    access: 'write',
    accepts: ['InstanceIds'],
    ignores: ['Force', 'SkipOsShutdown'],
    resources: ['InstanceIds'],
    run: (context, input) => {
      const instances = needAll(context, input.InstanceIds);
      for (const instance of instances) {
        if (instance.disableApiTermination) {
          throw new ApiError(
            'OperationNotPermitted',
            `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
          );
        }
      }
      context.willChange();
      return { TerminatingInstances: instances.map((instance) => terminate(context, instance)) };
    },
  },
};

interface StateChange {
  readonly InstanceId: string;
  readonly PreviousState: { readonly Code: number; readonly Name: InstanceStateName };
  readonly CurrentState: { readonly Code: number; readonly Name: InstanceStateName };
}

function start(context: Ec2Context, instance: Instance): StateChange {
  return change(instance, () => {
    if (instance.state !== 'stopped') return;
    instance.state = 'pending';
    instance.stateTransitionReason = '';
    delete instance.stateReason;
    instance.launchedAtMs = context.nowMs;
    const { pendingMs } = context.world.settings.delays;
    schedule(context.state, {
      atMs: context.nowMs + pendingMs,
      kind: 'instance',
      id: instance.id,
      to: 'running',
    });
  });
}

function stop(context: Ec2Context, instance: Instance): StateChange {
  return change(instance, () => {
    if (instance.state === 'stopped' || instance.state === 'stopping') return;
    instance.state = 'stopping';
    userInitiated(context, instance);
    const { stoppingMs } = context.world.settings.delays;
    schedule(context.state, {
      atMs: context.nowMs + stoppingMs,
      kind: 'instance',
      id: instance.id,
      to: 'stopped',
    });
  });
}

/** Begins the end of an instance; also used where AWS, not the user, ends it. */
export function terminate(context: Ec2Context, instance: Instance): StateChange {
  return change(instance, () => {
    if (instance.state === 'terminated' || instance.state === 'shutting-down') return;
    const wasStopped = instance.state === 'stopped';
    instance.state = 'shutting-down';
    userInitiated(context, instance);
    const { shuttingDownMs } = context.world.settings.delays;
    schedule(context.state, {
      atMs: context.nowMs + (wasStopped ? 0 : shuttingDownMs),
      kind: 'instance',
      id: instance.id,
      to: 'terminated',
    });
  });
}

function change(instance: Instance, act: () => void): StateChange {
  const before = instance.state;
  act();
  return {
    InstanceId: instance.id,
    PreviousState: { Code: STATE_CODES[before], Name: before },
    CurrentState: { Code: STATE_CODES[instance.state], Name: instance.state },
  };
}

function userInitiated(context: Ec2Context, instance: Instance): void {
  const time = new Date(context.nowMs).toISOString().replace('T', ' ').slice(0, 19);
  instance.stateTransitionReason = `User initiated (${time} GMT)`;
  instance.stateReason = {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  };
}

function needAll(context: Ec2Context, ids: readonly string[] | undefined): Instance[] {
  const wanted = [...new Set(ids)];
  for (const id of wanted) checkId('instance', id);
  const missing = wanted.filter((id) => !Object.hasOwn(context.state.instances, id));
  if (missing.length > 0) throw notFound('instance', missing);
  return wanted.map((id) => need(context.state.instances, 'instance', id));
}

function incorrectState(instance: Instance, verb: string): ApiError {
  return new ApiError(
    'IncorrectInstanceState',
    `The instance '${instance.id}' is not in a state from which it can be ${verb}.`,
  );
}

function groupByReservation(instances: readonly Instance[]): Map<string, Instance[]> {
  const groups = new Map<string, Instance[]>();
  for (const instance of instances) {
    groups.set(instance.reservationId, [...(groups.get(instance.reservationId) ?? []), instance]);
  }
  return groups;
}

function reachability(status: Instance['instanceStatus']): string {
  if (status === 'ok') return 'passed';
  return status === 'impaired' ? 'failed' : status;
}

function viewStatus(
  instance: Instance,
  status: Instance['instanceStatus'],
): {
  Status: 'ok' | 'impaired' | 'insufficient-data' | 'initializing' | 'not-applicable';
  Details: { Name: 'reachability'; Status: 'passed' | 'failed' | 'insufficient-data' | 'initializing' }[];
} {
  if (instance.state !== 'running') return { Status: 'not-applicable', Details: [] };
  return { Status: status, Details: [{ Name: 'reachability', Status: reachability(status) as 'passed' }] };
}
