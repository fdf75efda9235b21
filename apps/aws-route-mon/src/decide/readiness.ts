import type { Destination } from '../model/destination.js';
import type { OwnFacts } from '../model/snapshot.js';
import type { WatchConfig } from './config.js';

/** What keeps this monitor from claiming, in words. */
export interface Obstacle {
  readonly code:
    | 'leaving'
    | 'interface-unknown'
    | 'interface-missing'
    | 'interface-detached'
    | 'interface-elsewhere'
    | 'instance-not-running'
    | 'other-vpc'
    | 'source-dest-check'
    | 'forwarding-off'
    | 'probe-failed';
  readonly detail: string;
}

/** The obstacles to claiming a destination in a table of that VPC; none means ready. */
export function obstacles(
  own: OwnFacts,
  config: WatchConfig,
  claim: { readonly vpcId: string; readonly destination: Destination },
): readonly Obstacle[] {
  return [...ownObstacles(own, config), ...claimObstacles(own, config, claim)];
}

/** The obstacles that do not depend on the route. A check that would be turned off is none. */
export function ownObstacles(own: OwnFacts, config: WatchConfig): readonly Obstacle[] {
  const { interface: eni, interfaceId: id } = own;
  const found: Obstacle[] = [];
  if (own.leaving !== undefined)
    found.push({ code: 'leaving', detail: `this monitor is leaving: ${own.leaving}` });
  if (eni === undefined) found.push({ code: 'interface-unknown', detail: `${id} could not be looked at` });
  else if (eni === 'missing')
    found.push({ code: 'interface-missing', detail: `there is no interface ${id}` });
  else {
    const { attachment } = eni;
    const instanceId = attachment?.instanceId;
    if (attachment?.status !== 'attached') {
      found.push({
        code: 'interface-detached',
        detail: `${id} is not attached (${attachment?.status ?? eni.status ?? 'no attachment'})`,
      });
    } else if (
      own.hereInstanceId !== undefined &&
      instanceId !== own.hereInstanceId &&
      !config.allowRemoteInterface
    ) {
      found.push({
        code: 'interface-elsewhere',
        detail: `${id} is attached to ${instanceId ?? 'no instance'}, but this is ${own.hereInstanceId} (--allow-remote-interface permits that)`,
      });
    }
    if (own.instanceState !== undefined && own.instanceState !== 'running') {
      found.push({ code: 'instance-not-running', detail: `its instance is ${own.instanceState}` });
    }
    if (eni.sourceDestCheck !== false && !config.fixSourceDestCheck) {
      found.push({
        code: 'source-dest-check',
        detail: `the source/dest check of ${id} is on, so it would drop what it forwards (--fix-source-dest-check turns it off)`,
      });
    }
  }
  if (own.probe?.ok === false)
    found.push({ code: 'probe-failed', detail: `its own probe fails: ${own.probe.detail}` });
  return found;
}

/** Whether the source/dest check must be turned off before a claim. */
export function needsSourceDestFix(own: OwnFacts, config: WatchConfig): boolean {
  return (
    config.fixSourceDestCheck && typeof own.interface === 'object' && own.interface.sourceDestCheck !== false
  );
}

function claimObstacles(
  own: OwnFacts,
  config: WatchConfig,
  claim: { readonly vpcId: string; readonly destination: Destination },
): readonly Obstacle[] {
  const found: Obstacle[] = [];
  const vpcId = typeof own.interface === 'object' ? own.interface.vpcId : undefined;
  if (vpcId !== undefined && vpcId !== claim.vpcId) {
    found.push({
      code: 'other-vpc',
      detail: `${own.interfaceId} is in ${vpcId}, the table in ${claim.vpcId}`,
    });
  }
  // The kernel of this machine matters only where the interface is this machine's.
  const attachedTo = typeof own.interface === 'object' ? own.interface.attachment?.instanceId : undefined;
  const isHere = own.hereInstanceId !== undefined && attachedTo === own.hereInstanceId;
  if (!config.requireForwarding || !isHere) return found;
  const { ipv4, ipv6 } = own.forwarding;
  const isOff = {
    ipv4: ipv4 === false,
    ipv6: ipv6 === false,
    // The address family of a prefix list is not in the route.
    'prefix-list': ipv4 === false && ipv6 === false,
  }[claim.destination.kind];
  if (isOff) {
    const setting =
      claim.destination.kind === 'ipv6' ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward';
    found.push({
      code: 'forwarding-off',
      detail: `the kernel does not forward: ${setting} is 0 (--no-require-forwarding permits that)`,
    });
  }
  return found;
}
