import { type MirrorApi } from '../ec2/mirror-api.js';
import { SessionMirrorError } from '../errors.js';
import type { Tags, Vpc } from '../model/snapshot.js';
import { type TagNames, vpcPolicy } from '../policy/tag-policy.js';
import { applyTarget } from '../target/apply-target.js';
import {
  planBalancerTarget,
  planPlainTarget,
  type TargetPlan,
  type TargetWish,
  balancerName,
} from '../target/plan-target.js';
import type { TargetApi } from '../target/target-api.js';
import { doubtsAbout } from '../target/target-vpc.js';

/** What is to become of a VPC's policy. */
export type VpcChange =
  | { readonly kind: 'disable' }
  | {
      readonly kind: 'enable';
      /** Value of the tag; undefined: as it is, or a new target. */
      readonly target: string | undefined;
      /** A target that is to be made. */
      readonly wish: ((vpcId: string) => TargetWish) | undefined;
      /** Undefined: as it is. */
      readonly enrollment: 'auto' | 'whitelist' | undefined;
    };

/** What is done to a VPC; plain data. */
export interface VpcPlan {
  readonly vpcId: string;
  readonly target: TargetPlan | undefined;
  /** Tags to be set; the target's is left out where it is made first. */
  readonly set: Tags;
  readonly remove: readonly string[];
  /** Speak against it, and do not stop it. */
  readonly doubts: readonly string[];
  /** The changes in words; none: it is so already. */
  readonly words: readonly string[];
}

interface Tools {
  readonly names: TagNames;
  readonly api: MirrorApi;
  readonly targetApi: TargetApi;
  readonly signal?: AbortSignal;
}

/**
 * Looks at what a change needs and plans it.
 *
 * @throws {SessionMirrorError} for a target that does not exist, or a policy without one
 */
export async function planVpc(vpc: Vpc, change: VpcChange, tools: Tools): Promise<VpcPlan> {
  const { names, api, targetApi, signal } = tools;
  const now = vpcPolicy(vpc.tags, names);
  if (change.kind === 'disable') {
    const remove = [names.target, names.enrollment].filter((key) => Object.hasOwn(vpc.tags, key));
    const words = remove.length === 0 ? [] : ['mirror it no more; its sessions go with the next tap'];
    return { vpcId: vpc.id, target: undefined, set: {}, remove, doubts: [], words };
  }
  const targets = await api.targets(signal);
  const enrollment = change.enrollment ?? (now.kind === 'on' ? now.enrollment : 'auto');
  const wish = change.wish?.(vpc.id);
  const plan = wish === undefined ? undefined : await planWish(wish, tools, targets);
  const isNew = plan !== undefined && plan.targetId === undefined;
  const target = plan?.targetId ?? change.target ?? (wish ? undefined : vpc.tags[names.target]);
  if (target === undefined && !isNew) {
    throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', `${vpc.id} has no target`, {
      hint: 'Give --target, --create-nlb, --gateway-endpoint or --network-interface.',
    });
  }
  const doubts: string[] = [];
  for (const id of target === undefined || target.startsWith('pool:') ? [] : target.split(',')) {
    const found = targets.find((each) => each.id === id);
    if (!found) throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', `there is no mirror target ${id}`);
    if (plan === undefined) doubts.push(...(await doubtsAbout(found, vpc.id, targetApi, signal)));
  }
  const wanted = {
    ...(target === undefined ? {} : { [names.target]: target }),
    [names.enrollment]: enrollment,
  };
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => vpc.tags[key] !== value));
  const words = [
    ...(isNew || set[names.target] !== undefined ? [`mirror it to ${target ?? 'the new target'}`] : []),
    ...(set[names.enrollment] === undefined
      ? []
      : [
          enrollment === 'auto'
            ? 'mirror all instances but the blacklisted'
            : 'mirror only the whitelisted instances',
        ]),
    ...(plan !== undefined && !isNew && plan.steps.length > 0 ? ['complete its load balancer'] : []),
  ];
  return { vpcId: vpc.id, target: plan, set, remove: [], doubts, words };
}

async function planWish(
  wish: TargetWish,
  { targetApi, signal }: Tools,
  targets: Awaited<ReturnType<MirrorApi['targets']>>,
): Promise<TargetPlan> {
  if (wish.kind !== 'network-load-balancer') {
    const resource = wish.kind === 'network-interface' ? wish.interfaceId : wish.endpointId;
    if ((await targetApi.vpcOf(resource, signal)) === undefined)
      throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', `there is no ${resource} here`);
    return planPlainTarget(wish, targets);
  }
  const name = balancerName(wish.vpcId);
  const [subnets, balancer, group] = await Promise.all([
    targetApi.subnets(wish.vpcId, signal),
    targetApi.loadBalancer(name, signal),
    targetApi.targetGroup(name, signal),
  ]);
  const [listeners, registered] = await Promise.all([
    balancer === undefined ? [] : targetApi.listeners(balancer.arn, signal),
    group === undefined ? [] : targetApi.registered(group.arn, signal),
  ]);
  return planBalancerTarget(wish, { subnets, balancer, group, listeners, registered }, targets);
}

/** Makes the target where there is one to be made, then sets the tags: a VPC is enabled only when packets can arrive. */
export async function applyVpc(
  plan: VpcPlan,
  { names, api, targetApi, signal, onStep }: Tools & { readonly onStep?: (words: string) => void },
): Promise<void> {
  const made =
    plan.target === undefined
      ? undefined
      : await applyTarget(plan.target, api, targetApi, { signal, onStep });
  const set = made === undefined ? plan.set : { ...plan.set, [names.target]: made };
  if (Object.keys(set).length > 0) await api.createTags([plan.vpcId], set);
  if (plan.remove.length > 0) await api.deleteTags([plan.vpcId], plan.remove);
}
