import type { FoundTarget } from '../ec2/mirror-api.js';
import { SessionMirrorError } from '../errors.js';
import {
  type HealthCheck,
  type Listener,
  type LoadBalancer,
  type Subnet,
  type TargetGroup,
  VXLAN_PORT,
} from './target-api.js';

/** What a new target is to be made of. */
export type TargetWish =
  | {
      readonly kind: 'network-load-balancer';
      readonly vpcId: string;
      /** Instances that are to receive the packets. */
      readonly instanceIds: readonly string[];
      readonly healthCheck: HealthCheck;
    }
  | { readonly kind: 'gateway-load-balancer-endpoint'; readonly endpointId: string }
  | { readonly kind: 'network-interface'; readonly interfaceId: string };

/** What there is of a load balancer already. */
export interface BalancerState {
  readonly subnets: readonly Subnet[];
  readonly balancer: LoadBalancer | undefined;
  readonly listeners: readonly Listener[];
  readonly group: TargetGroup | undefined;
  readonly registered: readonly string[];
}

/** A step, in the order that it is done; what an earlier one made is left out. */
export type TargetStep =
  | { readonly kind: 'create-load-balancer'; readonly name: string; readonly subnetIds: readonly string[] }
  | { readonly kind: 'wait-for-load-balancer'; readonly name: string }
  | {
      readonly kind: 'create-target-group';
      readonly name: string;
      readonly vpcId: string;
      readonly healthCheck: HealthCheck;
    }
  | { readonly kind: 'register-instances'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'create-listener'; readonly name: string }
  | { readonly kind: 'create-mirror-target'; readonly wish: TargetWish };

/** What is done to have a target; plain data. */
export interface TargetPlan {
  /** Of a target that is there already. */
  readonly targetId: string | undefined;
  readonly balancerArn: string | undefined;
  readonly groupArn: string | undefined;
  readonly steps: readonly TargetStep[];
}

/** The original's name of a VPC's load balancer, at most 32 characters. */
export function balancerName(vpcId: string): string {
  return `VectraTap${vpcId}`.slice(0, 32);
}

/** The plan for a target that is no load balancer. */
export function planPlainTarget(
  wish: Exclude<TargetWish, { kind: 'network-load-balancer' }>,
  targets: readonly FoundTarget[],
): TargetPlan {
  const resource = wish.kind === 'network-interface' ? wish.interfaceId : wish.endpointId;
  const targetId = targets.find((target) => target.resource === resource)?.id;
  const steps = targetId === undefined ? [{ kind: 'create-mirror-target' as const, wish }] : [];
  return { targetId, balancerArn: undefined, groupArn: undefined, steps };
}

/**
 * The plan for a VPC's internal Network Load Balancer with all that it needs to pass on packets: target group and
 * listener on UDP 4789, one subnet a zone. What there is of it already is used.
 *
 * @throws {SessionMirrorError} NET_SESSION_MIRROR_TARGET for a name that something else has
 */
export function planBalancerTarget(
  wish: Extract<TargetWish, { kind: 'network-load-balancer' }>,
  state: BalancerState,
  targets: readonly FoundTarget[],
): TargetPlan {
  const { vpcId, instanceIds, healthCheck } = wish;
  const { balancer, group, listeners, registered, subnets } = state;
  const name = balancerName(vpcId);
  const firstOfZone = new Map<string, string>();
  for (const { id, zone } of [...subnets].sort((a, b) => (a.id < b.id ? -1 : 1)))
    if (!firstOfZone.has(zone)) firstOfZone.set(zone, id);
  if (balancer === undefined && firstOfZone.size === 0) {
    throw new SessionMirrorError('NET_SESSION_MIRROR_TARGET', `${vpcId} has no subnet for a load balancer`);
  }
  if (balancer !== undefined && (balancer.vpcId !== vpcId || balancer.state === 'failed')) {
    const what = balancer.state === 'failed' ? 'has failed' : `is in ${balancer.vpcId}`;
    throw new SessionMirrorError('NET_SESSION_MIRROR_TARGET', `the load balancer ${name} ${what}`, {
      hint: 'Delete it, or use another target with --target.',
    });
  }
  if (
    group !== undefined &&
    (group.protocol !== 'UDP' || group.port !== VXLAN_PORT || group.vpcId !== vpcId)
  ) {
    throw new SessionMirrorError(
      'NET_SESSION_MIRROR_TARGET',
      `the target group ${name} is for ${group.protocol} ${group.port} in ${group.vpcId}`,
      { hint: `One for UDP ${VXLAN_PORT} in ${vpcId} is needed: delete or rename it.` },
    );
  }
  const listener = listeners.find(({ port }) => port === VXLAN_PORT);
  const isServed =
    group !== undefined && listener?.protocol === 'UDP' && listener.targetGroupArns.includes(group.arn);
  if (listener !== undefined && !isServed) {
    throw new SessionMirrorError(
      'NET_SESSION_MIRROR_TARGET',
      `the listener on port ${VXLAN_PORT} of ${name} forwards elsewhere`,
      { hint: 'Delete that listener, or use another target with --target.' },
    );
  }
  const targetId =
    balancer === undefined ? undefined : targets.find(({ resource }) => resource === balancer.arn)?.id;
  const missing = instanceIds.filter((id) => !registered.includes(id));
  const steps: TargetStep[] = [
    ...(balancer === undefined
      ? [{ kind: 'create-load-balancer' as const, name, subnetIds: [...firstOfZone.values()] }]
      : []),
    ...(balancer?.state === 'active' ? [] : [{ kind: 'wait-for-load-balancer' as const, name }]),
    ...(group === undefined ? [{ kind: 'create-target-group' as const, name, vpcId, healthCheck }] : []),
    ...(missing.length === 0 ? [] : [{ kind: 'register-instances' as const, instanceIds: missing }]),
    ...(listener === undefined ? [{ kind: 'create-listener' as const, name }] : []),
    ...(targetId === undefined ? [{ kind: 'create-mirror-target' as const, wish }] : []),
  ];
  return { targetId, balancerArn: balancer?.arn, groupArn: group?.arn, steps };
}

/** A step in words. */
export function stepWords(step: TargetStep): string {
  switch (step.kind) {
    case 'create-load-balancer':
      return `create the internal Network Load Balancer ${step.name} in ${step.subnetIds.join(', ')}`;
    case 'wait-for-load-balancer':
      return `wait until ${step.name} is active`;
    case 'create-target-group':
      return `create the target group ${step.name} for UDP ${VXLAN_PORT}, health check ${step.healthCheck.protocol} ${step.healthCheck.port}`;
    case 'register-instances':
      return `register ${step.instanceIds.join(', ')} with it`;
    case 'create-listener':
      return `create the listener on UDP ${VXLAN_PORT} of ${step.name}`;
    case 'create-mirror-target':
      return `create a mirror target of ${
        step.wish.kind === 'network-load-balancer'
          ? balancerName(step.wish.vpcId)
          : step.wish.kind === 'network-interface'
            ? step.wish.interfaceId
            : step.wish.endpointId
      }`;
  }
}
