import type { MirrorSession, Snapshot } from '../model/snapshot.js';
import type { MirrorConfig } from '../policy/config.js';
import { hasContent } from '../policy/filter-spec.js';
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
  const filterId = filter?.id ?? NEW_FILTER;
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
      name: wanted.instance.tags['Name'] ?? wanted.instance.id,
      targetId: wanted.targetId,
      filterId,
      number: room.take(wanted),
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

interface Room {
  refusal(wanted: Wanted, mirrored: number): Skip | undefined;
  /** Takes the lowest free number of the interface and a place at the target. */
  take(wanted: Wanted): number;
  /** Moves a place; false: the target has none. */
  move(session: MirrorSession, targetId: string): boolean;
}

/** What the quotas leave, once the deletions are done. Sessions of others count and are never moved. */
function createRoom(snapshot: Snapshot, config: MirrorConfig, gone: ReadonlySet<string>): Room {
  const numbers = new Map<string, Set<number>>();
  const sources = new Map<string, number>();
  const left = snapshot.sessions.filter(({ id }) => !gone.has(id));
  for (const { interfaceId, targetId, number } of left) {
    numbers.set(interfaceId, (numbers.get(interfaceId) ?? new Set()).add(number));
    sources.set(targetId, (sources.get(targetId) ?? 0) + 1);
  }
  const others = left.length - left.filter(({ tags }) => tags['Creator'] === config.creator).length;
  const ofInterface = new Set(
    snapshot.targets.filter(({ kind }) => kind === 'network-interface').map(({ id }) => id),
  );
  const { limits, sessionNumbers } = config;
  const isFull = (targetId: string): boolean =>
    ofInterface.has(targetId) && (sources.get(targetId) ?? 0) >= limits.sourcesPerInterfaceTarget;
  const free = (interfaceId: string): number | undefined => {
    const taken = numbers.get(interfaceId) ?? new Set<number>();
    for (let number = sessionNumbers.from; number <= sessionNumbers.to; number++)
      if (!taken.has(number)) return number;
    return undefined;
  };
  return {
    refusal: ({ networkInterface: { id }, targetId }, mirrored) => {
      const skip = (code: Skip['code'], reason: string): Skip => ({ code, resourceId: id, reason });
      if ((numbers.get(id)?.size ?? 0) >= limits.sessionsPerInterface)
        return skip('session-limit', `it has ${limits.sessionsPerInterface} sessions of others already`);
      if (others + mirrored >= limits.sessions)
        return skip('account-limit', `the account has its ${limits.sessions} sessions`);
      if (isFull(targetId))
        return skip('target-full', `${targetId} has its ${limits.sourcesPerInterfaceTarget} sources`);
      if (free(id) === undefined)
        return skip('no-free-number', `numbers ${sessionNumbers.from} to ${sessionNumbers.to} are taken`);
      return undefined;
    },
    take: ({ networkInterface: { id }, targetId }) => {
      const number = free(id) ?? sessionNumbers.from;
      numbers.set(id, (numbers.get(id) ?? new Set()).add(number));
      sources.set(targetId, (sources.get(targetId) ?? 0) + 1);
      return number;
    },
    move: (session, targetId) => {
      if (isFull(targetId)) return false;
      sources.set(session.targetId, (sources.get(session.targetId) ?? 1) - 1);
      sources.set(targetId, (sources.get(targetId) ?? 0) + 1);
      return true;
    },
  };
}

function changeOf(
  session: MirrorSession,
  wanted: Wanted,
  filterId: string,
  config: MirrorConfig,
  room: Room,
): MirrorAction | Skip | undefined {
  const isRetargeted = session.targetId !== wanted.targetId;
  if (isRetargeted && !room.move(session, wanted.targetId)) {
    return {
      code: 'target-full',
      resourceId: session.interfaceId,
      reason: `${wanted.targetId} has no place for it; it stays with ${session.targetId}`,
    };
  }
  const { packetLength, virtualNetworkId } = config;
  const isVni = virtualNetworkId !== undefined && session.virtualNetworkId !== virtualNetworkId;
  const set = {
    ...(isRetargeted ? { targetId: wanted.targetId } : {}),
    ...(session.filterId === filterId ? {} : { filterId }),
    ...(packetLength !== undefined && session.packetLength !== packetLength ? { packetLength } : {}),
    ...(isVni ? { virtualNetworkId } : {}),
  };
  const remove =
    packetLength === undefined && session.packetLength !== undefined ? (['packet-length'] as const) : [];
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

const WORDS: Readonly<Record<string, string>> = {
  targetId: 'the target',
  filterId: 'the filter',
  packetLength: 'the packet length',
  virtualNetworkId: 'the VXLAN id',
  'packet-length': 'the packet length',
};
