import type { Tags } from '../model/snapshot.js';

/** What the tags of a VPC say. */
export type VpcPolicy =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      /** Targets that are named; empty with a pool. */
      readonly targetIds: readonly string[];
      /** Name of a pool: all targets with that tag. */
      readonly pool: string | undefined;
      readonly enrollment: 'auto' | 'whitelist';
    }
  | { readonly kind: 'invalid'; readonly reason: string };

/** What the tags of an instance say. */
export type InstancePolicy = 'none' | 'blacklisted' | 'whitelisted' | 'both';

/** Names of the tags that are the configuration. */
export interface TagNames {
  readonly target: string;
  readonly enrollment: string;
  readonly blacklist: string;
  readonly whitelist: string;
  /** On an instance: enrolled until this time, ISO 8601. */
  readonly until: string;
  /** On a target: the pool that it belongs to. */
  readonly pool: string;
}

/** The tags' names under a prefix; the original's is `Vectra`. */
export function tagNames(prefix: string): TagNames {
  return {
    target: `${prefix}:session_mirroring_target`,
    enrollment: `${prefix}:session_mirroring_enrollment`,
    blacklist: `${prefix}:session_mirroring_blacklist`,
    whitelist: `${prefix}:session_mirroring_whitelist`,
    until: `${prefix}:session_mirroring_until`,
    pool: `${prefix}:session_mirroring_pool`,
  };
}

/**
 * Reads the policy of a VPC. The target is an id, several with commas between them (the least loaded takes the next
 * source), or `pool:NAME`. A value that means nothing is `invalid` and changes nothing.
 */
export function vpcPolicy(tags: Tags, names: TagNames): VpcPolicy {
  const target = valueOf(tags, names.target);
  if (target === undefined || target === '') return { kind: 'off' };
  const pool = /^pool:(.+)$/.exec(target)?.[1];
  const targetIds = pool === undefined ? [...new Set(target.split(/[\s,]+/).filter((id) => id !== ''))] : [];
  if (pool === undefined && (targetIds.length === 0 || !targetIds.every((id) => TARGET_ID.test(id)))) {
    return {
      kind: 'invalid',
      reason: `${names.target} is ${JSON.stringify(target.slice(0, 60))}, which is no mirror target id`,
    };
  }
  const enrollment = valueOf(tags, names.enrollment) ?? 'auto';
  if (enrollment === 'auto' || enrollment === 'whitelist') return { kind: 'on', targetIds, pool, enrollment };
  return {
    kind: 'invalid',
    reason: `${names.enrollment} is ${JSON.stringify(enrollment.slice(0, 60))}: expected auto or whitelist`,
  };
}

/** Reads the policy of an instance: `True` sets a tag, as the original writes it. */
export function instancePolicy(tags: Tags, names: TagNames): InstancePolicy {
  const isBlacklisted = valueOf(tags, names.blacklist) === 'True';
  const isWhitelisted = valueOf(tags, names.whitelist) === 'True';
  if (isBlacklisted && isWhitelisted) return 'both';
  return isBlacklisted ? 'blacklisted' : isWhitelisted ? 'whitelisted' : 'none';
}

/** Until when an instance is enrolled, milliseconds since 1970; undefined: its tags say nothing about it. */
export function enrolledUntilMs(tags: Tags, names: TagNames): number | undefined {
  const until = Date.parse(valueOf(tags, names.until) ?? '');
  return Number.isNaN(until) ? undefined : until;
}

const TARGET_ID = /^tmt-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

function valueOf(tags: Tags, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}
