import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { loadBalancerExists } from './access.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import type { MirrorTarget } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const targetFilters: FilterTable<MirrorTarget> = {
  description: (target) => target.description,
  'network-interface-id': (target) => (target.type === 'network-interface' ? target.resource : undefined),
  'network-load-balancer-arn': (target) =>
    target.type === 'network-load-balancer' ? target.resource : undefined,
  'owner-id': (target) => target.ownerId,
  'traffic-mirror-target-id': (target) => target.id,
};

export const mirrorTargetOperations: Ec2Operations<
  'CreateTrafficMirrorTarget' | 'DeleteTrafficMirrorTarget' | 'DescribeTrafficMirrorTargets'
> = {
  CreateTrafficMirrorTarget: {
    access: 'write',
    accepts: [
      'NetworkInterfaceId',
      'NetworkLoadBalancerArn',
      'GatewayLoadBalancerEndpointId',
      'Description',
      'TagSpecifications',
    ],
    resources: ['NetworkInterfaceId', 'GatewayLoadBalancerEndpointId'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      const resource = readResource(context, input);
      if (Object.keys(state.mirrorTargets).length >= world.settings.quotas.mirrorTargets) {
        throw new ApiError(
          'TrafficMirrorTargetLimitExceeded',
          'The maximum number of traffic mirror targets has been reached.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'traffic-mirror-target');
      context.willChange();
      const target: MirrorTarget = {
        id: world.newId('tmt'),
        ownerId: accountId,
        ...resource,
        description: input.Description,
      };
      state.mirrorTargets[target.id] = target;
      setTags(state, target.id, tags);
      return { TrafficMirrorTarget: viewTarget(context, target), ClientToken: input.ClientToken };
    },
  },
  DeleteTrafficMirrorTarget: {
    access: 'write',
    accepts: ['TrafficMirrorTargetId'],
    resources: ['TrafficMirrorTargetId'],
    run: (context, input) => {
      const { state } = context;
      const target = need(state.mirrorTargets, 'mirrorTarget', input.TrafficMirrorTargetId ?? '');
      if (Object.values(state.mirrorSessions).some((session) => session.targetId === target.id)) {
        throw new ApiError(
          'TrafficMirrorTargetInUseException',
          `The traffic mirror target ${target.id} is in use by a traffic mirror session.`,
        );
      }
      context.willChange();
      Reflect.deleteProperty(state.mirrorTargets, target.id);
      forgetTags(state, target.id);
      return { TrafficMirrorTargetId: target.id };
    },
  },
  DescribeTrafficMirrorTargets: {
    access: 'read',
    accepts: ['TrafficMirrorTargetIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'mirrorTarget',
        records: context.state.mirrorTargets,
        ids: input.TrafficMirrorTargetIds,
        filters: input.Filters,
        table: targetFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (target) => target.id,
      });
      return {
        TrafficMirrorTargets: page.items.map((target) => viewTarget(context, target)),
        NextToken: page.nextToken,
      };
    },
  },
};

function readResource(
  context: Ec2Context,
  input: {
    readonly NetworkInterfaceId?: string | undefined;
    readonly NetworkLoadBalancerArn?: string | undefined;
    readonly GatewayLoadBalancerEndpointId?: string | undefined;
  },
): Pick<MirrorTarget, 'type' | 'resource'> {
  const {
    NetworkInterfaceId: eniId,
    NetworkLoadBalancerArn: arn,
    GatewayLoadBalancerEndpointId: endpointId,
  } = input;
  const given = [eniId, arn, endpointId].filter((value) => value !== undefined);
  if (given.length !== 1) {
    const code = given.length === 0 ? 'MissingParameter' : 'InvalidParameterCombination';
    throw new ApiError(
      code,
      'Exactly one of networkInterfaceId, networkLoadBalancerArn and gatewayLoadBalancerEndpointId is needed.',
    );
  }
  if (eniId !== undefined) return { type: 'network-interface', resource: checkInterface(context, eniId) };
  if (arn !== undefined) return { type: 'network-load-balancer', resource: checkLoadBalancer(context, arn) };
  const endpoint = need(context.state.endpoints, 'endpoint', endpointId ?? '');
  if (endpoint.type !== 'GatewayLoadBalancer') {
    throw new ApiError(
      'InvalidParameterValue',
      `The endpoint ${endpoint.id} is not a Gateway Load Balancer endpoint.`,
    );
  }
  return { type: 'gateway-load-balancer-endpoint', resource: endpoint.id };
}

function checkInterface(context: Ec2Context, id: string): string {
  const { state } = context;
  const eni = need(state.networkInterfaces, 'networkInterface', id);
  const other = Object.values(state.mirrorTargets).find((target) => target.resource === id);
  if (other) {
    throw new ApiError(
      'InvalidParameterValue',
      `The network interface ${id} is already the traffic mirror target ${other.id}.`,
    );
  }
  if (Object.values(state.mirrorSessions).some((session) => session.networkInterfaceId === id)) {
    throw new ApiError(
      'InvalidParameterValue',
      `The network interface ${id} is a traffic mirror source and cannot be a target.`,
    );
  }
  return eni.id;
}

function checkLoadBalancer(context: Ec2Context, arn: string): string {
  const match =
    /^arn:aws[\w-]*:elasticloadbalancing:([\w-]+):(\d{12}):loadbalancer\/net\/[\w-]+\/[0-9a-f]{16}$/.exec(
      arn,
    );
  if (!match) {
    throw new ApiError(
      'InvalidNetworkLoadBalancerArn.Malformed',
      `The Network Load Balancer ARN '${arn}' is malformed.`,
    );
  }
  const [, region = '', accountId = ''] = match;
  const exists = region === context.region && loadBalancerExists(context, { accountId, region }, arn);
  if (!exists) {
    throw new ApiError(
      'InvalidNetworkLoadBalancerArn.NotFound',
      `The Network Load Balancer '${arn}' does not exist.`,
    );
  }
  const other = Object.values(context.state.mirrorTargets).find((target) => target.resource === arn);
  if (other) {
    throw new ApiError(
      'NlbInUseByTrafficMirrorTargetException',
      `The Network Load Balancer ${arn} is already the traffic mirror target ${other.id}.`,
    );
  }
  return arn;
}

function viewTarget(
  context: Ec2Context,
  target: MirrorTarget,
): NonNullable<OutputOf<'CreateTrafficMirrorTarget'>['TrafficMirrorTarget']> {
  return {
    TrafficMirrorTargetId: target.id,
    Type: target.type,
    NetworkInterfaceId: target.type === 'network-interface' ? target.resource : undefined,
    NetworkLoadBalancerArn: target.type === 'network-load-balancer' ? target.resource : undefined,
    GatewayLoadBalancerEndpointId:
      target.type === 'gateway-load-balancer-endpoint' ? target.resource : undefined,
    Description: target.description,
    OwnerId: target.ownerId,
    Tags: tagsOf(context.state, target.id),
  };
}
