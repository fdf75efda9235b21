import { SessionMirrorError } from '../errors.js';
import type { Instance } from '../model/snapshot.js';
import { type TagNames, instancePolicy } from '../policy/tag-policy.js';

export type EnrolmentList = 'blacklist' | 'whitelist';

/** Tags to be set and taken away; plain data. */
export interface EnrolmentPlan {
  readonly list: EnrolmentList;
  readonly tag: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Asked for, and so already. */
  readonly unchanged: readonly string[];
}

/**
 * Plans a change of one of the lists.
 *
 * @throws {SessionMirrorError} NET_SESSION_MIRROR_POLICY for an instance that does not exist, is to be added and removed,
 *   or is on the other list
 */
export function planEnrolment(
  instances: readonly Instance[],
  names: TagNames,
  list: EnrolmentList,
  wish: { readonly add: readonly string[]; readonly remove: readonly string[] },
): EnrolmentPlan {
  const tag = names[list];
  const other = list === 'blacklist' ? 'whitelist' : 'blacklist';
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const both = wish.add.find((id) => wish.remove.includes(id));
  if (both !== undefined) throw refusal(`${both} is to be added and removed`);
  const plan = { add: [] as string[], remove: [] as string[], unchanged: [] as string[] };
  for (const id of new Set(wish.add)) {
    const instance = byId.get(id);
    if (instance === undefined || instance.state === 'terminated')
      throw refusal(`there is no instance ${id}`);
    const policy = instancePolicy(instance.tags, names);
    if (policy === `${other}ed`) {
      throw refusal(`${id} is on the ${other}`, `Take it off first: session-mirror ${other} --remove ${id}`);
    }
    plan[policy === `${list}ed` || policy === 'both' ? 'unchanged' : 'add'].push(id);
  }
  for (const id of new Set(wish.remove)) {
    const instance = byId.get(id);
    if (instance === undefined) throw refusal(`there is no instance ${id}`);
    plan[Object.hasOwn(instance.tags, tag) ? 'remove' : 'unchanged'].push(id);
  }
  return { list, tag, ...plan };
}

/** Instances on a list, in the order of their ids. */
export function listed(
  instances: readonly Instance[],
  names: TagNames,
  list: EnrolmentList,
): readonly Instance[] {
  return instances
    .filter(
      ({ tags, state }) =>
        Object.hasOwn(tags, names[list]) && tags[names[list]] === 'True' && state !== 'terminated',
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function refusal(message: string, hint?: string): SessionMirrorError {
  return new SessionMirrorError('NET_SESSION_MIRROR_POLICY', message, { hint });
}
