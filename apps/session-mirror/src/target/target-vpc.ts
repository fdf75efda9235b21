import type { FoundTarget } from '../ec2/mirror-api.js';
import type { TargetApi } from './target-api.js';

/** Where a target is, and what speaks against mirroring a VPC to it. */
export async function doubtsAbout(
  target: FoundTarget,
  vpcId: string,
  api: TargetApi,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const balancer =
    target.kind === 'network-load-balancer' ? await api.loadBalancer(target.resource, signal) : undefined;
  const doubts: string[] = [];
  if (target.kind === 'network-load-balancer') {
    if (balancer === undefined) return [`its load balancer ${target.resource} cannot be seen from here`];
    if (balancer.scheme !== 'internal') doubts.push(`its load balancer ${balancer.name} is not internal`);
    if (balancer.state !== 'active') doubts.push(`its load balancer ${balancer.name} is ${balancer.state}`);
    const listeners = await api.listeners(balancer.arn, signal);
    if (!listeners.some(({ port, protocol }) => port === 4789 && /UDP/.test(protocol)))
      doubts.push(`its load balancer ${balancer.name} has no listener on UDP 4789: nothing would arrive`);
  }
  const targetVpc = balancer?.vpcId ?? (await api.vpcOf(target.resource, signal));
  if (targetVpc === undefined) doubts.push(`${target.resource} cannot be seen from here`);
  else if (targetVpc !== vpcId && !(await api.peeredWith(vpcId, signal)).includes(targetVpc)) {
    doubts.push(`it is in ${targetVpc}, and no active peering joins that with ${vpcId}`);
  }
  return doubts;
}
