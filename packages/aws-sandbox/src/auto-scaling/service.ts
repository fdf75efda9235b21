import type {
  CompleteLifecycleActionCommandInput,
  DescribeAutoScalingGroupsCommandInput,
  DescribeAutoScalingGroupsCommandOutput,
  DescribeAutoScalingInstancesCommandInput,
  DescribeAutoScalingInstancesCommandOutput,
} from '@aws-sdk/client-auto-scaling';

import { readToken, writeToken } from '../ec2/describe.js';
import { ec2StateAt } from '../ec2/access.js';
import { ApiError } from '../errors.js';
import type { Operation, OperationContext, ServiceDefinition } from '../service/definition.js';
import { queryProtocol } from '../wire/query-protocol.js';

/** Auto Scaling groups of one account in one region. */
export interface AutoScalingState {
  readonly groups: Record<string, AutoScalingGroup>;
}

export interface AutoScalingGroup {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  desiredCapacity: number;
  readonly subnetIds: readonly string[];
  readonly tags: Record<string, string>;
  readonly createdAtMs: number;
  members: AutoScalingMember[];
}

export interface AutoScalingMember {
  readonly instanceId: string;
  /** `InService`, `Pending:Wait`, `Terminating:Wait`, ... as in "Amazon EC2 Auto Scaling instance lifecycle". */
  lifecycleState: string;
  /** Set while the instance waits at a lifecycle hook. */
  waiting?: { readonly hook: string; readonly token: string };
}

type AutoScalingContext = OperationContext<AutoScalingState>;
type Output<Command> = Omit<Command, '$metadata'>;

const describeGroups: Operation<
  AutoScalingState,
  DescribeAutoScalingGroupsCommandInput,
  Output<DescribeAutoScalingGroupsCommandOutput>
> = {
  access: 'read',
  accepts: ['AutoScalingGroupNames', 'Filters', 'MaxRecords', 'NextToken'],
  ignores: ['IncludeInstances'],
  run: (context, input) => {
    const wanted = input.AutoScalingGroupNames ?? [];
    const matching = Object.values(context.state.groups).filter(
      (group) =>
        (wanted.length === 0 || wanted.includes(group.name)) &&
        (input.Filters ?? []).every((filter) => passes(group, filter.Name ?? '', filter.Values ?? [])),
    );
    const { items, nextToken } = page(context, matching, input.MaxRecords ?? 50, 100, input.NextToken);
    return {
      AutoScalingGroups: items.map((group) => ({
        AutoScalingGroupName: group.name,
        AutoScalingGroupARN: `arn:aws:autoscaling:${context.region}:${context.accountId}:autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/${group.name}`,
        MinSize: group.minSize,
        MaxSize: group.maxSize,
        DesiredCapacity: group.desiredCapacity,
        DefaultCooldown: 300,
        AvailabilityZones: [...new Set(group.subnetIds.map((id) => zoneOf(context, id)))],
        LoadBalancerNames: [],
        TargetGroupARNs: [],
        HealthCheckType: 'EC2',
        HealthCheckGracePeriod: 0,
        Instances: group.members.map((member) => ({ ...viewMember(context, member) })),
        CreatedTime: new Date(group.createdAtMs),
        SuspendedProcesses: [],
        VPCZoneIdentifier: group.subnetIds.join(','),
        EnabledMetrics: [],
        Tags: Object.entries(group.tags).map(([Key, Value]) => ({
          ResourceId: group.name,
          ResourceType: 'auto-scaling-group',
          Key,
          Value,
          PropagateAtLaunch: true,
        })),
        TerminationPolicies: ['Default'],
        NewInstancesProtectedFromScaleIn: false,
      })),
      NextToken: nextToken,
    };
  },
};

const describeInstances: Operation<
  AutoScalingState,
  DescribeAutoScalingInstancesCommandInput,
  Output<DescribeAutoScalingInstancesCommandOutput>
> = {
  access: 'read',
  accepts: ['InstanceIds', 'MaxRecords', 'NextToken'],
  run: (context, input) => {
    const wanted = input.InstanceIds ?? [];
    const matching = Object.values(context.state.groups).flatMap((group) =>
      group.members
        .filter((member) => wanted.length === 0 || wanted.includes(member.instanceId))
        .map((member) => ({ ...viewMember(context, member), AutoScalingGroupName: group.name })),
    );
    const { items, nextToken } = page(context, matching, input.MaxRecords ?? 50, 50, input.NextToken);
    return { AutoScalingInstances: [...items], NextToken: nextToken };
  },
};

const completeLifecycleAction: Operation<AutoScalingState, CompleteLifecycleActionCommandInput> = {
  access: 'write',
  accepts: [
    'LifecycleHookName',
    'AutoScalingGroupName',
    'LifecycleActionToken',
    'LifecycleActionResult',
    'InstanceId',
  ],
  resources: ['AutoScalingGroupName'],
  run: (context, input) => {
    const group = context.state.groups[input.AutoScalingGroupName ?? ''];
    const member = group?.members.find(({ waiting, instanceId }) =>
      input.LifecycleActionToken === undefined
        ? instanceId === input.InstanceId
        : waiting?.token === input.LifecycleActionToken,
    );
    if (!group || !member || member.waiting?.hook !== input.LifecycleHookName) {
      throw new ApiError(
        'ValidationError',
        `No active Lifecycle Action found with instance ID ${input.InstanceId ?? ''}`,
      );
    }
    const result = input.LifecycleActionResult;
    if (result !== 'CONTINUE' && result !== 'ABANDON') {
      throw new ApiError('ValidationError', `Invalid lifecycle action result: ${result ?? ''}`);
    }
    context.willChange();
    delete member.waiting;
    const isLaunch = member.lifecycleState === 'Pending:Wait';
    if (isLaunch && result === 'CONTINUE') member.lifecycleState = 'InService';
    else member.lifecycleState = 'Terminating:Proceed';
    return {};
  },
};

/** Amazon EC2 Auto Scaling, API version 2011-01-01: what instances need to know of their own group. */
export const autoScalingService: ServiceDefinition<AutoScalingState> = {
  id: 'autoscaling',
  signingNames: ['autoscaling'],
  iamPrefix: 'autoscaling',
  protocol: queryProtocol({ xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/' }),
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-auto-scaling'),
  operations: {
    DescribeAutoScalingGroups: describeGroups,
    DescribeAutoScalingInstances: describeInstances,
    CompleteLifecycleAction: completeLifecycleAction,
  },
  initialState: () => ({ groups: {} }),
  resourceArn: (name, { region, accountId }) =>
    `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:*:autoScalingGroupName/${name}`,
};

function passes(group: AutoScalingGroup, name: string, values: readonly string[]): boolean {
  if (name === 'tag-key') return values.some((key) => key in group.tags);
  if (name === 'tag-value') return Object.values(group.tags).some((value) => values.includes(value));
  if (name.startsWith('tag:')) return values.includes(group.tags[name.slice('tag:'.length)] ?? '\u0000');
  throw new ApiError('ValidationError', `Filter '${name}' is not a valid filter.`);
}

function page<Item>(
  context: AutoScalingContext,
  items: readonly Item[],
  maxRecords: number,
  maxAllowed: number,
  token: string | undefined,
): { readonly items: readonly Item[]; readonly nextToken: string | undefined } {
  if (maxRecords < 1 || maxRecords > maxAllowed) {
    throw new ApiError('ValidationError', `MaxRecords must be between 1 and ${maxAllowed}`);
  }
  const start = token === undefined ? 0 : readPosition(token);
  const end = start + Math.min(maxRecords, context.pageLimit ?? maxRecords);
  return { items: items.slice(start, end), nextToken: end < items.length ? writeToken(end) : undefined };
}

function readPosition(token: string): number {
  try {
    return readToken(token);
  } catch {
    throw new ApiError('InvalidNextToken', `The token '${token}' is invalid.`);
  }
}

interface ViewedMember {
  readonly InstanceId: string;
  readonly InstanceType: string | undefined;
  readonly AvailabilityZone: string;
  readonly LifecycleState: 'InService';
  readonly HealthStatus: string;
  readonly ProtectedFromScaleIn: boolean;
}

function viewMember(context: AutoScalingContext, member: AutoScalingMember): ViewedMember {
  const instance = ec2StateAt(context, context).instances[member.instanceId];
  const isHealthy = instance?.state === 'running' || instance?.state === 'pending';
  return {
    InstanceId: member.instanceId,
    InstanceType: instance?.instanceType,
    AvailabilityZone: instance?.availabilityZone ?? '',
    LifecycleState: member.lifecycleState as 'InService',
    HealthStatus: isHealthy ? 'Healthy' : 'Unhealthy',
    ProtectedFromScaleIn: false,
  };
}

function zoneOf(context: AutoScalingContext, subnetId: string): string {
  return ec2StateAt(context, context).subnets[subnetId]?.availabilityZone ?? '';
}
