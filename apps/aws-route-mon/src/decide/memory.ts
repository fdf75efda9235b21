import type { RouteTarget } from '../model/route-table.js';
import type { SignalMemories } from './hysteresis.js';

/** What is remembered of one route between two passes; plain data. */
export interface RouteMemory {
  /** The target that `signals` and `ownerSinceMs` are about. */
  readonly ownerId: string;
  readonly ownerSinceMs: number;
  readonly signals: SignalMemories;
  /** Set while the route is unhealthy: since when, and the end of the random wait. */
  readonly incident: { readonly sinceMs: number; readonly claimAtMs: number } | undefined;
  /** Set for a while after an own write: what the route was before it. */
  readonly written: { readonly atMs: number; readonly previousId: string } | undefined;
  /** Times of own claims of it that were not forced by a black hole, newest last. */
  readonly voluntaryMs: readonly number[];
}

/** What a monitor remembers between two passes. */
export interface Memory {
  readonly routes: Readonly<Record<string, RouteMemory>>;
  /** Since when this monitor has been ready; undefined while it is not. */
  readonly readySinceMs: number | undefined;
}

/** Nothing is remembered: at the start. */
export const emptyMemory: Memory = { routes: {}, readySinceMs: undefined };

/** The name under which the owner of a route is remembered; a missing route has the owner ''. */
export function ownerIdOf(target: RouteTarget | undefined): string {
  return target === undefined ? '' : `${target.kind}:${target.id}`;
}

/** Notes that a write of ours succeeded, so that reads from before it are not taken for news. */
export function rememberWrite(
  memory: Memory,
  key: string,
  write: { readonly atMs: number; readonly previousId: string; readonly isVoluntary: boolean },
): Memory {
  const before = memory.routes[key];
  const voluntaryMs = before?.voluntaryMs ?? [];
  const after: RouteMemory = {
    ownerId: before?.ownerId ?? write.previousId,
    ownerSinceMs: before?.ownerSinceMs ?? write.atMs,
    signals: before?.signals ?? {},
    incident: undefined,
    written: { atMs: write.atMs, previousId: write.previousId },
    voluntaryMs: write.isVoluntary ? [...voluntaryMs, write.atMs] : voluntaryMs,
  };
  return { ...memory, routes: { ...memory.routes, [key]: after } };
}
