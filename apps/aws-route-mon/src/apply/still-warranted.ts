import type { RouteAction } from '../decide/action.js';
import { effectiveRoute, isDynamic } from '../decide/decide-route.js';
import { type RouteTable, describeTarget, sameTarget } from '../model/route-table.js';

/** What a fresh look says about a planned write. */
export type Warrant =
  | { readonly kind: 'go' }
  /** The route is already as it is to be. */
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'stand-down'; readonly detail: string };

/**
 * Compares a planned write with the table as it is now. There is no compare-and-swap in the EC2 API: this look right
 * before the write is the nearest to it.
 */
export function stillWarranted(action: RouteAction, table: RouteTable | undefined): Warrant {
  if (!table) return { kind: 'stand-down', detail: 'the route table is gone' };
  const found = effectiveRoute(table, action.destination);
  const route = found && isDynamic(found) ? undefined : found;
  if (!route) {
    if (action.kind === 'create-route') return { kind: 'go' };
    return { kind: 'stand-down', detail: 'the route is gone' };
  }
  if (sameTarget(route.target, action.to)) return { kind: 'done', detail: 'the route already leads there' };
  const owner = describeTarget(route.target);
  if (action.from === undefined) return { kind: 'stand-down', detail: `${owner} has the route now` };
  if (!sameTarget(route.target, action.from))
    return { kind: 'stand-down', detail: `${owner} has the route now` };
  if (action.because === 'blackhole' && route.state === 'active') {
    return { kind: 'stand-down', detail: `the route to ${owner} is active again` };
  }
  return { kind: 'go' };
}

/** How a write shows in a table that was read after it. */
export type Sight = 'visible' | 'not-yet' | { readonly lostTo: string };

/** Whether a write shows: a read may still be older than it. */
export function sightOf(action: RouteAction, table: RouteTable | undefined): Sight {
  const found = table && effectiveRoute(table, action.destination);
  const route = found && isDynamic(found) ? undefined : found;
  if (!route) return 'not-yet';
  if (sameTarget(route.target, action.to)) return 'visible';
  if (action.from !== undefined && sameTarget(route.target, action.from)) return 'not-yet';
  return { lostTo: describeTarget(route.target) };
}
