import { ec2StateAt } from '../ec2/access.js';
import { ApiError } from '../errors.js';
import { viewAttributes } from './load-balancers.js';
import {
  type LoadBalancingContext,
  type LoadBalancingOperations,
  type LoadBalancingOutput,
  arnOf,
  checkName,
  pageOf,
} from './operation.js';
import type { TargetGroup } from './state.js';
import { readElbTags, setElbTags } from './tags.js';

export const targetGroupOperations: LoadBalancingOperations<
  | 'CreateTargetGroup'
  | 'DeleteTargetGroup'
  | 'DescribeTargetGroups'
  | 'ModifyTargetGroup'
  | 'DescribeTargetGroupAttributes'
  | 'ModifyTargetGroupAttributes'
  | 'RegisterTargets'
  | 'DeregisterTargets'
  | 'DescribeTargetHealth'
> = {
  CreateTargetGroup: {
    access: 'write',
    accepts: [
      'Name',
      'Protocol',
      'Port',
      'VpcId',
      'TargetType',
      'Tags',
      'HealthCheckProtocol',
      'HealthCheckPort',
      'HealthCheckEnabled',
      'HealthCheckPath',
      'HealthCheckIntervalSeconds',
      'HealthCheckTimeoutSeconds',
      'HealthyThresholdCount',
      'UnhealthyThresholdCount',
    ],
    ignores: ['IpAddressType'],
    run: (context, input) => {
      const { state, world } = context;
      const name = input.Name ?? '';
      const targetType = input.TargetType ?? 'instance';
      checkName('target group', name);
      if (targetType === 'lambda')
        throw new ApiError('UnsupportedOperation', 'This simulation does not know Lambda targets.');
      const { Protocol: protocol, Port: port, VpcId: vpcId } = input;
      if (protocol === undefined) throw new ApiError('ValidationError', 'A protocol must be specified');
      if (port === undefined) throw new ApiError('ValidationError', 'A port must be specified');
      if (vpcId === undefined) throw new ApiError('ValidationError', 'A VPC ID must be specified');
      if (!ec2StateAt(context, context).vpcs[vpcId])
        throw new ApiError('ValidationError', `The VPC ID '${vpcId}' is not found`);
      if (!(port >= 1 && port <= 65_535))
        throw new ApiError('ValidationError', `Port '${port}' must be between 1 and 65535`);
      if (protocol === 'GENEVE' && port !== 6081) {
        throw new ApiError('ValidationError', `Port must be 6081 for the protocol GENEVE`);
      }
      const same = Object.values(state.targetGroups).find((group) => group.name === name);
      if (
        same &&
        (same.protocol !== protocol ||
          same.port !== port ||
          same.vpcId !== vpcId ||
          same.targetType !== targetType)
      ) {
        throw new ApiError(
          'DuplicateTargetGroupName',
          `A target group with the same name '${name}' exists, but with different settings`,
        );
      }
      if (Object.keys(state.targetGroups).length >= world.settings.quotas.targetGroupsPerRegion) {
        throw new ApiError('TooManyTargetGroups', 'The maximum number of target groups has been reached');
      }
      const tags = readElbTags(input.Tags);
      const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
      const intervalSeconds = input.HealthCheckIntervalSeconds ?? (protocol === 'GENEVE' ? 10 : 30);
      if (!(intervalSeconds >= 5 && intervalSeconds <= 300)) {
        throw new ApiError('ValidationError', 'Health check interval must be between 5 and 300 seconds');
      }
      context.willChange();
      if (same) return { TargetGroups: [viewTargetGroup(context, same)] };
      const healthProtocol = input.HealthCheckProtocol ?? (isHttp ? protocol : 'TCP');
      const group: TargetGroup = {
        arn: arnOf(context, `targetgroup/${name}/${world.random.hex(16)}`),
        name,
        protocol,
        port,
        vpcId,
        targetType,
        healthCheck: {
          enabled: input.HealthCheckEnabled ?? true,
          protocol: healthProtocol,
          port: input.HealthCheckPort ?? (protocol === 'GENEVE' ? '80' : 'traffic-port'),
          path: healthProtocol.startsWith('HTTP') ? (input.HealthCheckPath ?? '/') : undefined,
          intervalSeconds,
          timeoutSeconds: input.HealthCheckTimeoutSeconds ?? (isHttp ? 5 : 10),
          healthyThreshold: input.HealthyThresholdCount ?? 5,
          unhealthyThreshold: input.UnhealthyThresholdCount ?? 2,
        },
        attributes: { 'deregistration_delay.timeout_seconds': '300', 'stickiness.enabled': 'false' },
        targets: [],
      };
      state.targetGroups[group.arn] = group;
      setElbTags(state, group.arn, tags);
      return { TargetGroups: [viewTargetGroup(context, group)] };
    },
  },
  DeleteTargetGroup: {
    access: 'write',
    accepts: ['TargetGroupArn'],
    resources: ['TargetGroupArn'],
    run: (context, input) => {
      const { state } = context;
      const arn = input.TargetGroupArn ?? '';
      if (Object.values(state.listeners).some((listener) => listener.targetGroupArns.includes(arn))) {
        throw new ApiError(
          'ResourceInUse',
          `Target group '${arn}' is currently in use by a listener or a rule`,
        );
      }
      context.willChange();
      Reflect.deleteProperty(state.targetGroups, arn);
      Reflect.deleteProperty(state.tags, arn);
      return {};
    },
  },
  DescribeTargetGroups: {
    access: 'read',
    accepts: ['LoadBalancerArn', 'TargetGroupArns', 'Names', 'Marker', 'PageSize'],
    run: (context, input) => {
      const { TargetGroupArns: arns = [], Names: names = [], LoadBalancerArn: balancerArn } = input;
      const all = Object.values(context.state.targetGroups);
      for (const arn of arns) needTargetGroup(context, arn);
      if (names.some((name) => !all.some((group) => group.name === name))) {
        throw new ApiError('TargetGroupNotFound', 'One or more target groups not found');
      }
      const chosen = all.filter(
        (group) =>
          (arns.length === 0 || arns.includes(group.arn)) &&
          (names.length === 0 || names.includes(group.name)) &&
          (balancerArn === undefined || balancersOf(context, group).includes(balancerArn)),
      );
      const page = pageOf(context, chosen, input.PageSize, input.Marker);
      return {
        TargetGroups: page.items.map((group) => viewTargetGroup(context, group)),
        NextMarker: page.nextMarker,
      };
    },
  },
  ModifyTargetGroup: {
    access: 'write',
    accepts: [
      'TargetGroupArn',
      'HealthCheckProtocol',
      'HealthCheckPort',
      'HealthCheckPath',
      'HealthCheckEnabled',
      'HealthCheckIntervalSeconds',
      'HealthCheckTimeoutSeconds',
      'HealthyThresholdCount',
      'UnhealthyThresholdCount',
    ],
    resources: ['TargetGroupArn'],
    run: (context, input) => {
      const group = needTargetGroup(context, input.TargetGroupArn ?? '');
      context.willChange();
      const check = group.healthCheck;
      group.healthCheck = {
        enabled: input.HealthCheckEnabled ?? check.enabled,
        protocol: input.HealthCheckProtocol ?? check.protocol,
        port: input.HealthCheckPort ?? check.port,
        path: input.HealthCheckPath ?? check.path,
        intervalSeconds: input.HealthCheckIntervalSeconds ?? check.intervalSeconds,
        timeoutSeconds: input.HealthCheckTimeoutSeconds ?? check.timeoutSeconds,
        healthyThreshold: input.HealthyThresholdCount ?? check.healthyThreshold,
        unhealthyThreshold: input.UnhealthyThresholdCount ?? check.unhealthyThreshold,
      };
      return { TargetGroups: [viewTargetGroup(context, group)] };
    },
  },
  DescribeTargetGroupAttributes: {
    access: 'read',
    accepts: ['TargetGroupArn'],
    run: (context, input) => ({
      Attributes: viewAttributes(needTargetGroup(context, input.TargetGroupArn ?? '').attributes),
    }),
  },
  ModifyTargetGroupAttributes: {
    access: 'write',
    accepts: ['TargetGroupArn', 'Attributes'],
    resources: ['TargetGroupArn'],
    run: (context, input) => {
      const group = needTargetGroup(context, input.TargetGroupArn ?? '');
      context.willChange();
      for (const { Key: key = '', Value: value = '' } of input.Attributes ?? [])
        group.attributes[key] = value;
      return { Attributes: viewAttributes(group.attributes) };
    },
  },
  RegisterTargets: {
    access: 'write',
    accepts: ['TargetGroupArn', 'Targets'],
    resources: ['TargetGroupArn'],
    run: (context, input) => {
      const group = needTargetGroup(context, input.TargetGroupArn ?? '');
      const added = (input.Targets ?? []).map((target) => ({
        id: target.Id ?? '',
        port: target.Port ?? group.port,
      }));
      for (const { id } of added) checkTarget(context, group, id);
      context.willChange();
      const isNew = (target: (typeof added)[number]): boolean =>
        !group.targets.some((other) => other.id === target.id && other.port === target.port);
      group.targets.push(...added.filter(isNew));
      return {};
    },
  },
  DeregisterTargets: {
    access: 'write',
    accepts: ['TargetGroupArn', 'Targets'],
    resources: ['TargetGroupArn'],
    run: (context, input) => {
      const group = needTargetGroup(context, input.TargetGroupArn ?? '');
      context.willChange();
      group.targets = group.targets.filter(
        (target) =>
          !input.Targets?.some((gone) => gone.Id === target.id && (gone.Port ?? target.port) === target.port),
      );
      return {};
    },
  },
  DescribeTargetHealth: {
    access: 'read',
    accepts: ['TargetGroupArn', 'Targets'],
    run: (context, input) => {
      const group = needTargetGroup(context, input.TargetGroupArn ?? '');
      const used = balancersOf(context, group).length > 0;
      const chosen = group.targets.filter(
        (target) => !input.Targets?.length || input.Targets.some((wanted) => wanted.Id === target.id),
      );
      return {
        TargetHealthDescriptions: chosen.map((target) => ({
          Target: { Id: target.id, Port: target.port },
          HealthCheckPort:
            group.healthCheck.port === 'traffic-port' ? String(target.port) : group.healthCheck.port,
          TargetHealth: targetHealth(context, target.id, used),
        })),
      };
    },
  },
};

/** The target group of that ARN. */
export function needTargetGroup(context: LoadBalancingContext, arn: string): TargetGroup {
  const group = Object.hasOwn(context.state.targetGroups, arn) ? context.state.targetGroups[arn] : undefined;
  if (!group) throw new ApiError('TargetGroupNotFound', `Target groups '${arn}' not found`);
  return group;
}

function checkTarget(context: LoadBalancingContext, group: TargetGroup, id: string): void {
  if (group.targetType === 'ip') {
    if (!/^[0-9a-fA-F:.]+$/.test(id))
      throw new ApiError('InvalidTarget', `The following target is not a valid IP address: '${id}'`);
    return;
  }
  const instance = group.targetType === 'instance' ? ec2StateAt(context, context).instances[id] : undefined;
  if (group.targetType === 'instance' && instance?.state !== 'running') {
    throw new ApiError(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: '${id}'`,
    );
  }
}

function targetHealth(
  context: LoadBalancingContext,
  id: string,
  used: boolean,
): { State: 'healthy' | 'unhealthy' | 'unused'; Reason?: 'Target.NotInUse' | 'Target.InvalidState' } {
  if (!used) return { State: 'unused', Reason: 'Target.NotInUse' };
  const instance = ec2StateAt(context, context).instances[id];
  if (id.startsWith('i-') && instance?.state !== 'running')
    return { State: 'unused', Reason: 'Target.InvalidState' };
  return { State: instance?.instanceStatus === 'impaired' ? 'unhealthy' : 'healthy' };
}

function balancersOf(context: LoadBalancingContext, group: TargetGroup): string[] {
  const arns = Object.values(context.state.listeners)
    .filter((listener) => listener.targetGroupArns.includes(group.arn))
    .map((listener) => listener.loadBalancerArn);
  return [...new Set(arns)];
}

function viewTargetGroup(
  context: LoadBalancingContext,
  group: TargetGroup,
): NonNullable<LoadBalancingOutput<'CreateTargetGroup'>['TargetGroups']>[number] {
  const check = group.healthCheck;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol as 'UDP',
    Port: group.port,
    VpcId: group.vpcId,
    TargetType: group.targetType,
    HealthCheckEnabled: check.enabled,
    HealthCheckProtocol: check.protocol as 'TCP',
    HealthCheckPort: check.port,
    HealthCheckPath: check.path,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    LoadBalancerArns: balancersOf(context, group),
    IpAddressType: 'ipv4',
  };
}
