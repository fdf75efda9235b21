import { SandboxError } from '../errors.js';
import { ec2StateAt } from '../ec2/access.js';
import { setTags } from '../ec2/tags.js';
import type { Location } from '../service/definition.js';
import type { World } from '../world/world.js';
import { type AutoScalingGroup, type AutoScalingMember, autoScalingService } from './service.js';

// "Tag Auto Scaling groups and instances", Amazon EC2 Auto Scaling User Guide.
const GROUP_TAG = 'aws:autoscaling:groupName';

/** Auto Scaling of one account and region, for tests: groups are given, not scaled. */
export interface AutoScalingRegion {
  /** Adds a group of existing instances, in service; they get the group's own tag, as Auto Scaling gives it. */
  createGroup(options: {
    readonly name: string;
    readonly instanceIds?: readonly string[];
    readonly subnetIds?: readonly string[];
    readonly tags?: Readonly<Record<string, string>>;
  }): void;
  addInstance(group: string, instanceId: string, lifecycleState?: string): void;
  removeInstance(group: string, instanceId: string): void;
  /** Puts an instance before a lifecycle hook, `Terminating:Wait` by default; returns the action's token. */
  waitAtHook(group: string, instanceId: string, hook: string, lifecycleState?: string): string;
  /** The lifecycle state of an instance, undefined when it is in no group. */
  lifecycleState(instanceId: string): string | undefined;
}

/** Direct access to Auto Scaling of one account and region. */
export function autoScalingRegion(world: World, location: Location): AutoScalingRegion {
  const groups = (): Record<string, AutoScalingGroup> => world.state(autoScalingService, location).groups;
  const needGroup = (name: string): AutoScalingGroup => {
    const group = groups()[name];
    if (!group) throw new SandboxError('NET_SANDBOX_STATE', `there is no Auto Scaling group ${name}`);
    return group;
  };
  const needMember = (name: string, instanceId: string): AutoScalingMember => {
    const member = needGroup(name).members.find((candidate) => candidate.instanceId === instanceId);
    if (!member) throw new SandboxError('NET_SANDBOX_STATE', `${instanceId} is not in the group ${name}`);
    return member;
  };
  // An instance keeps the tag when it leaves the group, as at AWS.
  const join = (instanceId: string, group: string): void => {
    const ec2 = ec2StateAt({ world }, location);
    if (Object.hasOwn(ec2.instances, instanceId)) setTags(ec2, instanceId, { [GROUP_TAG]: group });
  };
  const changed = (): void => world.changed(autoScalingService, location);
  return {
    createGroup: ({ name, instanceIds = [], subnetIds = [], tags = {} }) => {
      groups()[name] = {
        name,
        minSize: 0,
        maxSize: Math.max(instanceIds.length, 1),
        desiredCapacity: instanceIds.length,
        subnetIds,
        tags: { ...tags },
        createdAtMs: world.clock.now(),
        members: instanceIds.map((instanceId) => ({ instanceId, lifecycleState: 'InService' })),
      };
      for (const instanceId of instanceIds) join(instanceId, name);
      changed();
    },
    addInstance: (name, instanceId, lifecycleState = 'InService') => {
      needGroup(name).members.push({ instanceId, lifecycleState });
      join(instanceId, name);
      changed();
    },
    removeInstance: (name, instanceId) => {
      const group = needGroup(name);
      group.members = group.members.filter((member) => member.instanceId !== instanceId);
      changed();
    },
    waitAtHook: (name, instanceId, hook, lifecycleState = 'Terminating:Wait') => {
      const member = needMember(name, instanceId);
      const token = world.random.hex(32);
      member.lifecycleState = lifecycleState;
      member.waiting = { hook, token };
      changed();
      return token;
    },
    lifecycleState: (instanceId) =>
      Object.values(groups())
        .flatMap((group) => group.members)
        .find((member) => member.instanceId === instanceId)?.lifecycleState,
  };
}
