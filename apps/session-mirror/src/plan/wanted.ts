import type { Instance, NetworkInterface, Snapshot } from '../model/snapshot.js';
import type { MirrorConfig } from '../policy/config.js';
import {
  type VpcPolicy,
  enrolledUntilMs,
  instancePolicy,
  tagNames,
  vpcPolicy,
} from '../policy/tag-policy.js';
import type { Skip } from './action.js';

/** An interface that the policy wants mirrored. */
export interface Wanted {
  readonly networkInterface: NetworkInterface;
  readonly instance: Instance;
  /** Targets that exist and may take it, at least one. */
  readonly targetIds: readonly string[];
  readonly reason: string;
}

/** What the policy says of every interface. */
export interface Wish {
  /** By interface id, in the order of ids. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** Why an interface is not wanted, for those about which the policy can say so: their sessions of ours go. */
  readonly unwanted: ReadonlyMap<string, string>;
  /** Interfaces of which nothing can be said, since their policy is invalid: their sessions stay. */
  readonly undecided: ReadonlySet<string>;
  readonly skips: readonly Skip[];
}

/** Reads the policy off the tags. Pure. */
export function readWish(snapshot: Snapshot, config: MirrorConfig): Wish {
  const names = tagNames(config.tagPrefix);
  const wanted = new Map<string, Wanted>();
  const unwanted = new Map<string, string>();
  const undecided = new Set<string>();
  const skips: Skip[] = [];
  const instances = new Map(snapshot.instances.map((instance) => [instance.id, instance]));
  const targets = new Map(snapshot.targets.map((target) => [target.id, target]));
  const targetInterfaces = new Map(
    snapshot.targets.flatMap(({ id, interfaceId }) => (interfaceId === undefined ? [] : [[interfaceId, id]])),
  );
  const targetInstances = new Set(
    snapshot.interfaces
      .filter(({ id, instanceId }) => targetInterfaces.has(id) && instanceId !== undefined)
      .map(({ instanceId }) => instanceId),
  );
  const policies = new Map(snapshot.vpcs.map(({ id, tags }) => [id, vpcPolicy(tags, names)]));
  const poolTag = names.pool;
  const inPool = (pool: string): string[] =>
    snapshot.targets
      .filter(({ tags }) => Object.hasOwn(tags, poolTag) && tags[poolTag] === pool)
      .map(({ id }) => id);
  const existing = (policy: Extract<VpcPolicy, { kind: 'on' }>): string[] =>
    policy.pool === undefined ? policy.targetIds.filter((id) => targets.has(id)) : inPool(policy.pool);
  for (const [id, policy] of policies) {
    if (policy.kind === 'invalid') skips.push({ code: 'vpc-invalid', resourceId: id, reason: policy.reason });
    if (policy.kind !== 'on') continue;
    for (const missing of policy.targetIds.filter((targetId) => !targets.has(targetId))) {
      skips.push({ code: 'target-missing', resourceId: id, reason: `its target ${missing} does not exist` });
    }
    if (policy.pool !== undefined && inPool(policy.pool).length === 0) {
      const reason = `no target has the tag ${poolTag} = ${policy.pool}`;
      skips.push({ code: 'target-missing', resourceId: id, reason });
    }
  }
  const ordered = [...snapshot.interfaces].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const networkInterface of ordered) {
    const { id, vpcId, instanceId } = networkInterface;
    const policy = policies.get(vpcId);
    if (policy === undefined || policy.kind === 'invalid') {
      undecided.add(id);
      continue;
    }
    if (policy.kind === 'off') {
      unwanted.set(id, `${vpcId} is not enabled`);
      continue;
    }
    const targetIds = existing(policy);
    if (targetIds.length === 0) {
      unwanted.set(id, `the target ${policy.pool ?? policy.targetIds.join(', ')} of ${vpcId} is gone`);
      continue;
    }
    const instance = instanceId === undefined ? undefined : instances.get(instanceId);
    if (instance === undefined && instanceId !== undefined) {
      // Young, or another account's: nothing is known of its tags.
      undecided.add(id);
      continue;
    }
    if (instance === undefined) {
      unwanted.set(id, 'it belongs to no instance');
      continue;
    }
    const tagged = instancePolicy(instance.tags, names);
    if (tagged === 'both') {
      undecided.add(id);
      skips.push({
        code: 'instance-invalid',
        resourceId: instance.id,
        reason: `${names.blacklist} and ${names.whitelist} are both True`,
      });
      continue;
    }
    const isTemporary = (enrolledUntilMs(instance.tags, names) ?? 0) > snapshot.takenAtMs;
    const notWanted = whyNot(networkInterface, instance, tagged, isTemporary ? 'auto' : policy.enrollment);
    if (notWanted !== undefined) {
      unwanted.set(id, notWanted);
      continue;
    }
    const obstacle = obstacleOf(networkInterface, instance, snapshot, targetInterfaces, targetInstances);
    if (obstacle) {
      unwanted.set(id, obstacle.reason);
      skips.push(obstacle);
      continue;
    }
    const reason =
      policy.enrollment === 'auto'
        ? `${vpcId} enrols all instances`
        : tagged === 'whitelisted'
          ? `${instance.id} is whitelisted in ${vpcId}`
          : `${instance.id} is enrolled until ${instance.tags[names.until] ?? ''}`;
    wanted.set(id, { networkInterface, instance, targetIds, reason });
  }
  return { wanted, unwanted, undecided, skips };
}

function whyNot(
  { isRequesterManaged }: NetworkInterface,
  instance: Instance,
  tagged: 'none' | 'blacklisted' | 'whitelisted',
  enrollment: 'auto' | 'whitelist',
): string | undefined {
  if (isRequesterManaged) return 'a service manages it';
  if (instance.state !== 'running' && instance.state !== 'pending')
    return `${instance.id} is ${instance.state}`;
  if (tagged === 'blacklisted') return `${instance.id} is blacklisted`;
  if (enrollment === 'whitelist' && tagged !== 'whitelisted') return `${instance.id} is not whitelisted`;
  return undefined;
}

function obstacleOf(
  { id, type }: NetworkInterface,
  instance: Instance,
  snapshot: Snapshot,
  targetInterfaces: ReadonlyMap<string, string>,
  targetInstances: ReadonlySet<string | undefined>,
): Skip | undefined {
  const target = targetInterfaces.get(id);
  if (target !== undefined)
    return { code: 'is-target', resourceId: id, reason: `it is the target ${target} itself` };
  if (targetInstances.has(instance.id)) {
    return {
      code: 'is-target',
      resourceId: id,
      reason: `its instance ${instance.id} receives mirrored packets`,
    };
  }
  if (type !== 'interface')
    return { code: 'not-a-source', resourceId: id, reason: `interfaces of type ${type} cannot be mirrored` };
  const refused = Object.hasOwn(snapshot.ineligibleTypes, instance.type)
    ? snapshot.ineligibleTypes[instance.type]
    : undefined;
  if (refused !== undefined)
    return { code: 'type-not-eligible', resourceId: id, reason: `${instance.type}: ${refused}` };
  return undefined;
}
