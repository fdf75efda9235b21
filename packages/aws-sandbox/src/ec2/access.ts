import type { Location } from '../service/definition.js';
import type { World } from '../world/world.js';
import type { Ec2State } from './state.js';

/** EC2's state of any account and region; the same object as `context.state` where the place is the caller's. */
export function ec2StateAt(context: { readonly world: World }, location: Location): Ec2State {
  return context.world.stateOf('ec2', location) as Ec2State;
}

/** Whether Elastic Load Balancing has a load balancer of that ARN. */
export function loadBalancerExists(
  context: { readonly world: World },
  location: Location,
  arn: string,
): boolean {
  const { loadBalancers } = context.world.stateOf('elbv2', location) as { readonly loadBalancers: object };
  return Object.hasOwn(loadBalancers, arn);
}
