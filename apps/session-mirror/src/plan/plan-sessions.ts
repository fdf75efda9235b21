import type { MirrorSession, Snapshot } from '../model/snapshot.js';
import type { MirrorConfig } from '../policy/config.js';
import { hasContent, missingContent } from '../policy/filter-spec.js';
import { createRoom, type Room } from './room.js';
import { type MirrorAction, NEW_FILTER, type Skip } from './action.js';
import { type Cost, costOf } from './cost.js';
import { type GuardBreach, breachesOf } from './guards.js';
import { readWish, type Wanted } from './wanted.js';

/** What is to be done to make the sessions equal to the policy; plain, serialisable. */
export interface MirrorPlan {
  readonly accountId: string;
  readonly region: string;
  readonly takenAtMs: number;
  /** In the order they are to be carried out: deletions make room for what follows. */
  readonly actions: readonly MirrorAction[];
  /** Sessions of ours that are as they should be. */
  readonly unchanged: number;
  readonly skips: readonly Skip[];
  readonly cost: Cost;
  /** Guards that this plan breaks; it is not carried out while there is one. */
  readonly breaches: readonly GuardBreach[];
}

/**
 * Plans. Pure: the same snapshot and configuration give the same plan, a plan that was carried out is followed by an
 * empty one, and a session without our mark is in no action.
 */
export function planSessions(snapshot: Snapshot, config: MirrorConfig): MirrorPlan {
  const wish = readWish(snapshot, config);
  const skips: Skip[] = [...wish.skips];
  const isOurs = ({ tags }: MirrorSession): boolean =>
    Object.hasOwn(tags, 'Creator') && tags['Creator'] === config.creator;
  const ours = snapshot.sessions.filter(isOurs).sort(byNumber);
  const deletions: MirrorAction[] = [];
  const kept = new Map<string, MirrorSession>();
  for (const session of ours) {
    const why = wish.unwanted.get(session.interfaceId);
    const double = kept.get(session.interfaceId);
    const isKnown = wish.wanted.has(session.interfaceId) || wish.undecided.has(session.interfaceId);
    const reason =
      why ??
      (double ? `${double.id} mirrors the interface already` : isKnown ? undefined : 'its interface is gone');
    if (reason === undefined) kept.set(session.interfaceId, session);
    else
      deletions.push({
        kind: 'delete-session',
        sessionId: session.id,
        interfaceId: session.interfaceId,
        reason,
      });
  }
  const filter = snapshot.filters
    .filter((each) => isOurFilter(each, config) && hasContent(each, config.filter))
    .sort((a, b) => (a.id < b.id ? -1 : 1))[0];
  const begun = filter === undefined ? begunFilter(snapshot, config) : undefined;
  const filterId = filter?.id ?? begun?.filterId ?? NEW_FILTER;
  const gone = new Set(
    deletions.flatMap((action) => (action.kind === 'delete-session' ? [action.sessionId] : [])),
  );
  const room = createRoom(snapshot, config, gone);
  const changes: MirrorAction[] = [];
  let unchanged = 0;
  let mirrored = kept.size;
  for (const [interfaceId, wanted] of wish.wanted) {
    const session = kept.get(interfaceId);
    if (session) {
      const change = changeOf(session, wanted, filterId, config, room);
      if (change === undefined) unchanged += 1;
      else if ('code' in change) skips.push(change);
      else changes.push(change);
      continue;
    }
    const refused = room.refusal(wanted, mirrored);
    if (refused) {
      skips.push(refused);
      continue;
    }
    mirrored += 1;
    changes.push({
      kind: 'create-session',
      interfaceId,
      instanceId: wanted.instance.id,
      instanceType: wanted.instance.type,
      name: wanted.instance.tags['Name'] ?? wanted.instance.id,
      ...room.take(wanted),
      filterId,
      reason: wanted.reason,
    });
  }
  const needsFilter = changes.some(
    (action) =>
      (action.kind === 'create-session' && action.filterId === NEW_FILTER) ||
      (action.kind === 'modify-session' && action.set.filterId === NEW_FILTER),
  );
  const actions: MirrorAction[] = [
    ...deletions,
    ...(begun && usesFilter(changes, begun.filterId) ? [begun] : []),
    ...(needsFilter
      ? [
          {
            kind: 'create-filter' as const,
            reason: `no filter of ours has the content of ${config.filter.name}`,
          },
        ]
      : []),
    ...changes,
  ];
  const cost = costOf(ours.length, mirrored, config.hourlyPrice);
  const { accountId, region, takenAtMs } = snapshot;
  const breaches = breachesOf(deletions.length, ours.length, cost, config.guards);
  return { accountId, region, takenAtMs, actions, unchanged, skips, cost, breaches };
}

function byNumber(a: MirrorSession, b: MirrorSession): number {
  return a.number - b.number || (a.id < b.id ? -1 : 1);
}

function isOurFilter({ description, tags }: Snapshot['filters'][number], { filter }: MirrorConfig): boolean {
  return description === filter.description || tags['Name'] === filter.name;
}

/** Ours, not in use, and a beginning of what is wanted: somebody stopped while creating it. */
function begunFilter(
  snapshot: Snapshot,
  config: MirrorConfig,
): Extract<MirrorAction, { kind: 'complete-filter' }> | undefined {
  const used = new Set(snapshot.sessions.map((session) => session.filterId));
  for (const filter of [...snapshot.filters].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (used.has(filter.id) || !isOurFilter(filter, config)) continue;
    const missing = missingContent(filter, config.filter);
    if (missing === undefined) continue;
    return {
      kind: 'complete-filter',
      filterId: filter.id,
      ...missing,
      reason: 'it was begun and has not all of its rules',
    };
  }
  return undefined;
}

function usesFilter(changes: readonly MirrorAction[], filterId: string): boolean {
  return changes.some(
    (action) =>
      (action.kind === 'create-session' && action.filterId === filterId) ||
      (action.kind === 'modify-session' && action.set.filterId === filterId),
  );
}

function changeOf(
  session: MirrorSession,
  wanted: Wanted,
  filterId: string,
  config: MirrorConfig,
  room: Room,
): MirrorAction | Skip | undefined {
  const targetId = room.move(session, wanted);
  if (targetId === undefined) {
    return {
      code: 'target-full',
      resourceId: session.interfaceId,
      reason: `${wanted.targetIds.join(', ')} has no place for it; it stays with ${session.targetId}`,
    };
  }
  const isRetargeted = targetId !== session.targetId;
  const { packetLength, virtualNetworkId } = config;
  const isVni = virtualNetworkId !== undefined && session.virtualNetworkId !== virtualNetworkId;
  const set = {
    ...(isRetargeted ? { targetId } : {}),
    ...(session.filterId === filterId ? {} : { filterId }),
    ...(packetLength !== undefined && session.packetLength !== packetLength ? { packetLength } : {}),
    ...(isVni ? { virtualNetworkId } : {}),
  };
  // With a load balancer EC2 answers its default of 8,500 where none was given.
  const isCut = session.packetLength !== undefined && session.packetLength < WHOLE_PACKETS;
  const remove = packetLength === undefined && isCut ? (['packet-length'] as const) : [];
  const parts = [...Object.keys(set), ...remove];
  if (parts.length === 0) return undefined;
  return {
    kind: 'modify-session',
    sessionId: session.id,
    interfaceId: session.interfaceId,
    set,
    remove,
    reason: `${parts.map((part) => WORDS[part] ?? part).join(', ')} of the policy ${parts.length > 1 ? 'differ' : 'differs'}`,
  };
}

/** The greatest packet length; it cuts nothing off. */
const WHOLE_PACKETS = 8_500;

const WORDS: Readonly<Record<string, string>> = {
  targetId: 'the target',
  filterId: 'the filter',
  packetLength: 'the packet length',
  virtualNetworkId: 'the VXLAN id',
  'packet-length': 'the packet length',
};
