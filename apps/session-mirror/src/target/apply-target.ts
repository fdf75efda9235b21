import { type Clock, systemClock } from '@net/aws-core';
import { clientToken } from '../apply/client-token.js';
import type { MirrorApi } from '../ec2/mirror-api.js';
import { SessionMirrorError } from '../errors.js';
import { type TargetPlan, type TargetStep, type TargetWish, stepWords } from './plan-target.js';
import type { TargetApi } from './target-api.js';

export interface ApplyTargetOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** Told of each step before it is done. */
  readonly onStep?: ((words: string) => void) | undefined;
  /** How long a load balancer may take. Default 300,000, as the original. */
  readonly activeWithinMs?: number | undefined;
}

/**
 * Carries out a target's plan; the id of the target. Stopped in between, the next plan goes on where it ended.
 *
 * @throws {AwsError} with the call that failed
 * @throws {SessionMirrorError} NET_SESSION_MIRROR_TARGET when the load balancer does not become active
 */
export async function applyTarget(
  plan: TargetPlan,
  mirror: MirrorApi,
  api: TargetApi,
  options: ApplyTargetOptions = {},
): Promise<string> {
  const { signal, clock = systemClock, onStep } = options;
  let { targetId, balancerArn, groupArn } = plan;
  for (const step of plan.steps) {
    signal?.throwIfAborted();
    onStep?.(stepWords(step));
    switch (step.kind) {
      case 'create-load-balancer':
        balancerArn = await api.createLoadBalancer(step.name, step.subnetIds);
        break;
      case 'wait-for-load-balancer':
        await waitUntilActive(step, api, clock, options.activeWithinMs ?? 300_000, signal);
        break;
      case 'create-target-group':
        groupArn = await api.createTargetGroup(step.name, step.vpcId, step.healthCheck);
        break;
      case 'register-instances':
        await api.registerTargets(groupArn ?? '', step.instanceIds);
        break;
      case 'create-listener':
        await api.createListener(balancerArn ?? '', groupArn ?? '');
        break;
      case 'create-mirror-target':
        targetId = await createMirrorTarget(step.wish, balancerArn, mirror, clock);
    }
  }
  return targetId ?? '';
}

async function waitUntilActive(
  { name }: Extract<TargetStep, { kind: 'wait-for-load-balancer' }>,
  api: TargetApi,
  clock: Clock,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const endMs = clock.now() + withinMs;
  for (let waitMs = 1_000; ; waitMs = Math.min(waitMs * 1.5, 15_000)) {
    const state = (await api.loadBalancer(name, signal))?.state;
    if (state === 'active') return;
    if (state === 'failed' || clock.now() >= endMs) {
      throw new SessionMirrorError(
        'NET_SESSION_MIRROR_TARGET',
        `the load balancer ${name} is ${state ?? 'gone'} after ${Math.round(withinMs / 1_000)} s`,
        { hint: 'Look at it in the console; run this again to go on.' },
      );
    }
    await clock.sleep(Math.max(1, Math.min(waitMs, endMs - clock.now())), signal);
  }
}

function createMirrorTarget(
  wish: TargetWish,
  balancerArn: string | undefined,
  mirror: MirrorApi,
  clock: Clock,
): Promise<string> {
  const made =
    wish.kind === 'network-load-balancer'
      ? { networkLoadBalancerArn: balancerArn ?? '' }
      : wish.kind === 'network-interface'
        ? { networkInterfaceId: wish.interfaceId }
        : { gatewayLoadBalancerEndpointId: wish.endpointId };
  const name = wish.kind === 'network-load-balancer' ? 'VectraNLBTarget' : 'VectraTarget';
  return mirror.createTarget({
    ...made,
    description: 'VectraTrafficMirror',
    tags: { Name: name },
    clientToken: clientToken(['target', mirror.region, ...Object.values(made)], clock.now(), 0),
  });
}
