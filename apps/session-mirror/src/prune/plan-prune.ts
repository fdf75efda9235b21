import type { FoundTarget } from '../ec2/mirror-api.js';
import type { Snapshot } from '../model/snapshot.js';
import type { MirrorAction } from '../plan/action.js';
import { planSessions } from '../plan/plan-sessions.js';
import type { GuardBreach } from '../plan/guards.js';
import { breachesOf } from '../plan/guards.js';
import { costOf } from '../plan/cost.js';
import type { MirrorConfig } from '../policy/config.js';
import { tagNames, vpcPolicy } from '../policy/tag-policy.js';

/** What can go. */
export interface PrunePlan {
  readonly accountId: string;
  readonly region: string;
  readonly takenAtMs: number;
  readonly sessions: readonly Extract<MirrorAction, { kind: 'delete-session' }>[];
  readonly filters: readonly { readonly filterId: string; readonly reason: string }[];
  readonly targets: readonly {
    readonly targetId: string;
    /** Of a load balancer made by this tool: it goes, too, with its target group. */
    readonly balancerArn: string | undefined;
    readonly reason: string;
  }[];
  readonly breaches: readonly GuardBreach[];
}

export interface PruneWish {
  /** Every session of ours, as for an uninstall. */
  readonly all: boolean;
  /** Also targets that this tool made and nothing uses. */
  readonly targets: boolean;
}

/** Plans what can be deleted without mirroring less than the policy asks for. Pure. */
export function planPrune(
  snapshot: Snapshot,
  found: readonly FoundTarget[],
  config: MirrorConfig,
  wish: PruneWish,
): PrunePlan {
  const { accountId, region, takenAtMs } = snapshot;
  const ours = snapshot.sessions.filter(({ tags }) => tags['Creator'] === config.creator);
  const sessions = wish.all
    ? ours.map(({ id, interfaceId }) => ({
        kind: 'delete-session' as const,
        sessionId: id,
        interfaceId,
        reason: 'everything is to go',
      }))
    : planSessions(snapshot, config).actions.filter((action) => action.kind === 'delete-session');
  const gone = new Set(sessions.map(({ sessionId }) => sessionId));
  const left = snapshot.sessions.filter(({ id }) => !gone.has(id));
  const usedFilters = new Set(left.map(({ filterId }) => filterId));
  const filters = snapshot.filters
    .filter(
      ({ id, description, tags }) =>
        !usedFilters.has(id) &&
        description === config.filter.description &&
        Object.hasOwn(tags, 'Name') &&
        tags['Name'] === config.filter.name,
    )
    .map(({ id }) => ({ filterId: id, reason: 'no session uses it' }));
  const names = tagNames(config.tagPrefix);
  const usedTargets = new Set(left.map(({ targetId }) => targetId));
  for (const { tags } of snapshot.vpcs) {
    const policy = vpcPolicy(tags, names);
    if (policy.kind === 'on') for (const id of policy.targetIds) usedTargets.add(id);
  }
  const targets = wish.targets
    ? found
        .filter(
          ({ id, description, tags }) =>
            !usedTargets.has(id) && description === 'VectraTrafficMirror' && !Object.hasOwn(tags, names.pool),
        )
        .map(({ id, kind, resource }) => ({
          targetId: id,
          balancerArn:
            kind === 'network-load-balancer' && /\/net\/VectraTap/.test(resource) ? resource : undefined,
          reason: 'no VPC and no session uses it',
        }))
    : [];
  const cost = costOf(ours.length, ours.length - sessions.length, config.hourlyPrice);
  const breaches = wish.all ? [] : breachesOf(sessions.length, ours.length, cost, config.guards);
  return { accountId, region, takenAtMs, sessions, filters, targets, breaches };
}
