import type { WatchConfig } from '../decide/config.js';
import { effectiveRoute } from '../decide/decide-route.js';
import { type SignalMemory, isUndecided } from '../decide/hysteresis.js';
import type { Memory } from '../decide/memory.js';
import { type Route, type RouteTable, routeKey } from '../model/route-table.js';
import type { ProbeResult } from '../model/snapshot.js';
import { selectTables } from '../model/table-selector.js';

/** What must be looked at besides the tables before anything can be decided. */
export interface Suspicion {
  /** Interfaces whose attachment, instance and status have to be known. */
  readonly ownerIds: readonly string[];
  /** Whether a claim may come of this pass, so that the own interface and the peers have to be known. */
  readonly mayClaim: boolean;
}

/** What is known when it is asked what else has to be. */
export interface FirstLook {
  readonly tables: readonly RouteTable[];
  readonly ownerProbes: Readonly<Record<string, ProbeResult>>;
  readonly pathProbe: ProbeResult | undefined;
}

/**
 * Says which calls beyond the one for the tables this pass needs. While every route is active and every probe
 * passes, none: a quiet poll is one call, however many routes there are.
 */
export function suspect(
  look: FirstLook,
  config: WatchConfig,
  memory: Memory,
  isThorough: boolean,
): Suspicion {
  const ownerIds = new Set<string>();
  let mayClaim = isThorough;
  for (const table of selectTables(look.tables, config.tables)) {
    for (const destination of config.destinations) {
      const route = effectiveRoute(table, destination);
      if (!route) {
        mayClaim ||= config.createMissing;
        continue;
      }
      const remembered = memory.routes[routeKey(table.id, destination)];
      const isOdd =
        isSuspicious(route, look, config) ||
        remembered?.incident !== undefined ||
        config.policy.uses.some((signal) => isOpen(remembered?.signals[signal]));
      mayClaim ||= isOdd;
      const isInterface = route.target.kind === 'interface' && route.target.id !== config.interfaceId;
      if (isInterface && (isOdd || isThorough || config.policy.uses.includes('impaired'))) {
        ownerIds.add(route.target.id);
      }
    }
  }
  return { ownerIds: [...ownerIds].sort(), mayClaim };
}

/** A signal that speaks against the owner, or has begun to, is asked for again until it does not. */
function isOpen(memory: SignalMemory | undefined): boolean {
  return memory?.settled === 'bad' || isUndecided(memory);
}

function isSuspicious(route: Route, look: FirstLook, config: WatchConfig): boolean {
  if (route.target.kind === 'local') return false;
  if (route.state === 'blackhole') return true;
  if (route.state !== 'active') return config.takeOver.unknownStates;
  if (route.target.kind !== 'interface') return config.takeOver.gateways;
  if (route.target.id === config.interfaceId) return false;
  return look.ownerProbes[route.target.id]?.ok === false || look.pathProbe?.ok === false;
}

/** The interfaces that watched routes lead to, other than the own one: those whose addresses are probed. */
export function watchedOwners(tables: readonly RouteTable[], config: WatchConfig): readonly string[] {
  const ids = new Set<string>();
  for (const table of selectTables(tables, config.tables)) {
    for (const destination of config.destinations) {
      const target = effectiveRoute(table, destination)?.target;
      if (target?.kind === 'interface' && target.id !== config.interfaceId) ids.add(target.id);
    }
  }
  return [...ids].sort();
}
