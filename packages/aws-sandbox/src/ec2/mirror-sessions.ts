import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import { isLargeMirrorTarget, supportsMirroring } from './mirror-support.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import type { MirrorSession, MirrorTarget } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const sessionFilters: FilterTable<MirrorSession> = {
  description: (session) => session.description,
  'network-interface-id': (session) => session.networkInterfaceId,
  'owner-id': (session) => session.ownerId,
  'packet-length': (session) => session.packetLength,
  'session-number': (session) => session.sessionNumber,
  'traffic-mirror-filter-id': (session) => session.filterId,
  'traffic-mirror-session-id': (session) => session.id,
  'traffic-mirror-target-id': (session) => session.targetId,
  'virtual-network-id': (session) => session.virtualNetworkId,
};

export const mirrorSessionOperations: Ec2Operations<
  | 'CreateTrafficMirrorSession'
  | 'ModifyTrafficMirrorSession'
  | 'DeleteTrafficMirrorSession'
  | 'DescribeTrafficMirrorSessions'
> = {
  CreateTrafficMirrorSession: {
    access: 'write',
    accepts: [
      'NetworkInterfaceId',
      'TrafficMirrorTargetId',
      'TrafficMirrorFilterId',
      'SessionNumber',
      'PacketLength',
      'VirtualNetworkId',
      'Description',
      'TagSpecifications',
    ],
    resources: ['NetworkInterfaceId', 'TrafficMirrorTargetId', 'TrafficMirrorFilterId'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      const networkInterfaceId = checkSource(context, input.NetworkInterfaceId ?? '');
      const target = need(state.mirrorTargets, 'mirrorTarget', input.TrafficMirrorTargetId ?? '');
      const filter = need(state.mirrorFilters, 'mirrorFilter', input.TrafficMirrorFilterId ?? '');
      const session: MirrorSession = {
        id: world.newId('tms'),
        ownerId: accountId,
        networkInterfaceId,
        targetId: target.id,
        filterId: filter.id,
        sessionNumber: input.SessionNumber ?? 0,
        packetLength: input.PacketLength ?? defaultLength(target),
        virtualNetworkId: input.VirtualNetworkId ?? freeVirtualNetwork(context),
        description: input.Description,
      };
      const others = Object.values(state.mirrorSessions);
      checkSession(session, others);
      checkQuotas(context, session, target, others, true);
      const tags = specifiedTags(context, input.TagSpecifications, 'traffic-mirror-session');
      context.willChange();
      state.mirrorSessions[session.id] = session;
      setTags(state, session.id, tags);
      return { TrafficMirrorSession: viewSession(context, session), ClientToken: input.ClientToken };
    },
  },
  ModifyTrafficMirrorSession: {
    access: 'write',
    accepts: [
      'TrafficMirrorSessionId',
      'TrafficMirrorTargetId',
      'TrafficMirrorFilterId',
      'SessionNumber',
      'PacketLength',
      'VirtualNetworkId',
      'Description',
      'RemoveFields',
    ],
    resources: ['TrafficMirrorSessionId', 'TrafficMirrorTargetId', 'TrafficMirrorFilterId'],
    run: (context, input) => {
      const { state } = context;
      const session = need(state.mirrorSessions, 'mirrorSession', input.TrafficMirrorSessionId ?? '');
      const gone = new Set<string>(input.RemoveFields);
      for (const field of gone) {
        if (field !== 'packet-length' && field !== 'description' && field !== 'virtual-network-id') {
          throw new ApiError(
            'InvalidParameterValue',
            `Value (${field}) for parameter removeField is invalid.`,
          );
        }
      }
      const targetId = input.TrafficMirrorTargetId;
      // The present target may have gone meanwhile; only a new one must exist.
      const target =
        targetId === undefined
          ? state.mirrorTargets[session.targetId]
          : need(state.mirrorTargets, 'mirrorTarget', targetId);
      const filterId = input.TrafficMirrorFilterId;
      if (filterId !== undefined) need(state.mirrorFilters, 'mirrorFilter', filterId);
      const changed: MirrorSession = {
        ...session,
        targetId: targetId ?? session.targetId,
        filterId: filterId ?? session.filterId,
        sessionNumber: input.SessionNumber ?? session.sessionNumber,
        packetLength: gone.has('packet-length') ? undefined : (input.PacketLength ?? session.packetLength),
        virtualNetworkId: gone.has('virtual-network-id')
          ? freeVirtualNetwork(context)
          : (input.VirtualNetworkId ?? session.virtualNetworkId),
        description: gone.has('description') ? undefined : (input.Description ?? session.description),
      };
      const others = Object.values(state.mirrorSessions).filter((other) => other !== session);
      checkSession(changed, others);
      if (target && changed.targetId !== session.targetId)
        checkQuotas(context, changed, target, others, false);
      context.willChange();
      Object.assign(session, changed);
      return { TrafficMirrorSession: viewSession(context, session) };
    },
  },
  DeleteTrafficMirrorSession: {
    access: 'write',
    accepts: ['TrafficMirrorSessionId'],
    resources: ['TrafficMirrorSessionId'],
    run: (context, input) => {
      const { state } = context;
      const session = need(state.mirrorSessions, 'mirrorSession', input.TrafficMirrorSessionId ?? '');
      context.willChange();
      Reflect.deleteProperty(state.mirrorSessions, session.id);
      forgetTags(state, session.id);
      return { TrafficMirrorSessionId: session.id };
    },
  },
  DescribeTrafficMirrorSessions: {
    access: 'read',
    accepts: ['TrafficMirrorSessionIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'mirrorSession',
        records: context.state.mirrorSessions,
        ids: input.TrafficMirrorSessionIds,
        filters: input.Filters,
        table: sessionFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (session) => session.id,
      });
      return {
        TrafficMirrorSessions: page.items.map((session) => viewSession(context, session)),
        NextToken: page.nextToken,
      };
    },
  },
};

function checkSource(context: Ec2Context, id: string): string {
  const { state } = context;
  const eni = need(state.networkInterfaces, 'networkInterface', id);
  if (eni.interfaceType !== 'interface') {
    throw new ApiError(
      'NetworkInterfaceNotSupportedException',
      `The network interface ${id} is of type ${eni.interfaceType}; a traffic mirror source must be of type interface.`,
    );
  }
  const usedBy = Object.values(state.mirrorTargets).find((target) => target.resource === id);
  if (usedBy) {
    throw new ApiError(
      'TrafficMirrorTargetInUseException',
      `The network interface ${id} is in use by target ${usedBy.id}.`,
    );
  }
  const instance =
    eni.attachment?.instanceId === undefined ? undefined : state.instances[eni.attachment.instanceId];
  if (instance && !supportsMirroring(instance.instanceType)) {
    throw new ApiError(
      'NetworkInterfaceNotSupportedException',
      `The instance type ${instance.instanceType} of ${instance.id} is not supported as a traffic mirror source.`,
    );
  }
  return id;
}

function checkSession(session: MirrorSession, others: readonly MirrorSession[]): void {
  const { sessionNumber, packetLength, virtualNetworkId } = session;
  if (!Number.isInteger(sessionNumber) || sessionNumber < 1 || sessionNumber > 32_766) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${sessionNumber}) for parameter sessionNumber is invalid. It must be between 1 and 32766.`,
    );
  }
  if (packetLength !== undefined && !(packetLength >= 1 && packetLength <= 8500)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${packetLength}) for parameter packetLength is invalid. It must be between 1 and 8500.`,
    );
  }
  if (!(virtualNetworkId >= 0 && virtualNetworkId <= 0xff_ffff)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${virtualNetworkId}) for parameter virtualNetworkId is invalid.`,
    );
  }
  const taken = others.find(
    (other) =>
      other.networkInterfaceId === session.networkInterfaceId && other.sessionNumber === sessionNumber,
  );
  if (taken) {
    throw new ApiError(
      'InvalidParameterValue',
      `The session number ${sessionNumber} is already being used by ${taken.id} on ${session.networkInterfaceId}.`,
    );
  }
}

function checkQuotas(
  context: Ec2Context,
  session: MirrorSession,
  target: MirrorTarget,
  others: readonly MirrorSession[],
  isNew: boolean,
): void {
  const { quotas } = context.world.settings;
  if (isNew && others.length >= quotas.mirrorSessions) {
    throw new ApiError(
      'TrafficMirrorSessionLimitExceeded',
      'The maximum number of traffic mirror sessions has been reached.',
    );
  }
  let onInterface = 0;
  let onTarget = 0;
  const sources = new Set<string>();
  for (const other of others) {
    if (other.networkInterfaceId === session.networkInterfaceId) onInterface += 1;
    if (other.targetId !== target.id) continue;
    onTarget += 1;
    if (target.type === 'network-interface') sources.add(other.networkInterfaceId);
  }
  if (isNew && onInterface >= quotas.mirrorSessionsPerInterface) {
    throw new ApiError(
      'TrafficMirrorSessionsPerInterfaceLimitExceeded',
      `Sessions per interface limit reached for ${session.networkInterfaceId}.`,
    );
  }
  if (onTarget >= quotas.mirrorSessionsPerTarget) {
    throw new ApiError(
      'TrafficMirrorSessionsPerTargetLimitExceeded',
      `Sessions per target limit reached for ${target.id}.`,
    );
  }
  if (target.type !== 'network-interface') return;
  const limit = isLargeMirrorTarget(context, target)
    ? quotas.mirrorSourcesPerLargeInterfaceTarget
    : quotas.mirrorSourcesPerInterfaceTarget;
  if (!sources.has(session.networkInterfaceId) && sources.size >= limit) {
    throw new ApiError(
      'TrafficMirrorSourcesPerTargetLimitExceeded',
      `Sources per interface-target limit reached for ${target.id}.`,
    );
  }
}

function defaultLength(target: MirrorTarget): number | undefined {
  return target.type === 'network-load-balancer' ? 8500 : undefined;
}

function freeVirtualNetwork(context: Ec2Context): number {
  return 1 + context.world.random.below(0xff_ffff);
}

function viewSession(
  context: Ec2Context,
  session: MirrorSession,
): NonNullable<OutputOf<'CreateTrafficMirrorSession'>['TrafficMirrorSession']> {
  return {
    TrafficMirrorSessionId: session.id,
    TrafficMirrorTargetId: session.targetId,
    TrafficMirrorFilterId: session.filterId,
    NetworkInterfaceId: session.networkInterfaceId,
    OwnerId: session.ownerId,
    SessionNumber: session.sessionNumber,
    PacketLength: session.packetLength,
    VirtualNetworkId: session.virtualNetworkId,
    Description: session.description,
    Tags: tagsOf(context.state, session.id),
  };
}
