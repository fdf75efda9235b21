import { createHash } from 'node:crypto';
import type { MirrorSession, MirrorTarget, Snapshot } from '../model/snapshot.js';
import type { MirrorConfig } from '../policy/config.js';
import type { Skip } from './action.js';
import type { Wanted } from './wanted.js';

/** What the quotas leave, once the deletions are done. */
export interface Room {
  /** Why an interface cannot have a session more; undefined: it can. */
  refusal(wanted: Wanted, mirrored: number): Skip | undefined;
  /** Takes the lowest free number of the interface and a place at one of its targets. */
  take(wanted: Wanted): { readonly targetId: string; readonly number: number };
  /** The target that a session is to have: its own where that is wanted. Undefined: none has a place. */
  move(session: MirrorSession, wanted: Wanted): string | undefined;
}

/** Sessions of others count and are never moved. */
export function createRoom(snapshot: Snapshot, config: MirrorConfig, gone: ReadonlySet<string>): Room {
  const numbers = new Map<string, Set<number>>();
  const sources = new Map<string, number>();
  const targets = new Map(snapshot.targets.map((target) => [target.id, target]));
  let others = 0;
  for (const { id, interfaceId, targetId, number, tags } of snapshot.sessions) {
    if (gone.has(id)) continue;
    if (tags['Creator'] !== config.creator) others += 1;
    numbers.set(interfaceId, (numbers.get(interfaceId) ?? new Set()).add(number));
    sources.set(targetId, (sources.get(targetId) ?? 0) + 1);
  }
  const { limits, sessionNumbers } = config;
  const load = (targetId: string): number => sources.get(targetId) ?? 0;
  const capacity = (target: MirrorTarget | undefined): number =>
    target?.maxSources ??
    (target?.kind === 'network-interface' ? limits.sourcesPerInterfaceTarget : Number.POSITIVE_INFINITY);
  const best = ({ targetIds, networkInterface }: Wanted): string | undefined => {
    const open = targetIds.filter((id) => load(id) < capacity(targets.get(id)));
    if (open.length < 2) return open[0];
    const isElsewhere = (id: string): number => {
      const zone = targets.get(id)?.zone;
      return zone === undefined || zone === networkInterface.zone ? 0 : 1;
    };
    const rank = (id: string): string =>
      createHash('sha1').update(`${networkInterface.id} ${id}`).digest('hex');
    // Traffic between zones is paid for; then the least loaded; equal ones by a hash, the same in every run.
    return open.sort(
      (a, b) => isElsewhere(a) - isElsewhere(b) || load(a) - load(b) || (rank(a) < rank(b) ? -1 : 1),
    )[0];
  };
  const free = (interfaceId: string): number | undefined => {
    const taken = numbers.get(interfaceId) ?? new Set<number>();
    for (let number = sessionNumbers.from; number <= sessionNumbers.to; number++)
      if (!taken.has(number)) return number;
    return undefined;
  };
  return {
    refusal: (wanted, mirrored) => {
      const { id } = wanted.networkInterface;
      const skip = (code: Skip['code'], reason: string): Skip => ({ code, resourceId: id, reason });
      const refused = snapshot.refusedInterfaces?.[id];
      if (refused !== undefined) return skip('refused', refused);
      if ((numbers.get(id)?.size ?? 0) >= limits.sessionsPerInterface)
        return skip('session-limit', `it has ${limits.sessionsPerInterface} sessions of others already`);
      if (others + mirrored >= limits.sessions)
        return skip('account-limit', `the account has its ${limits.sessions} sessions`);
      if (best(wanted) === undefined) {
        const most = Math.max(...wanted.targetIds.map((targetId) => capacity(targets.get(targetId))));
        return skip('target-full', `${wanted.targetIds.join(', ')} has its ${most} sources`);
      }
      if (free(id) === undefined)
        return skip('no-free-number', `numbers ${sessionNumbers.from} to ${sessionNumbers.to} are taken`);
      return undefined;
    },
    take: (wanted) => {
      const { id } = wanted.networkInterface;
      const number = free(id) ?? sessionNumbers.from;
      const targetId = best(wanted) ?? wanted.targetIds[0] ?? '';
      numbers.set(id, (numbers.get(id) ?? new Set()).add(number));
      sources.set(targetId, load(targetId) + 1);
      return { targetId, number };
    },
    move: (session, wanted) => {
      if (wanted.targetIds.includes(session.targetId)) return session.targetId;
      const targetId = best(wanted);
      if (targetId === undefined) return undefined;
      sources.set(session.targetId, load(session.targetId) - 1);
      sources.set(targetId, load(targetId) + 1);
      return targetId;
    },
  };
}
