import type { Destination } from '../model/destination.js';
import type { RouteTarget } from '../model/route-table.js';

/** Why a route is written. */
export type Because = 'missing' | 'blackhole' | 'evidence' | 'gateway' | 'fail-back' | 'release';

/** A write to one route. */
export interface RouteAction {
  readonly kind: 'create-route' | 'replace-route';
  readonly tableId: string;
  readonly destination: Destination;
  readonly to: RouteTarget;
  /** What the route leads to now; the write is left out when that has changed. Undefined for `create-route`. */
  readonly from: RouteTarget | undefined;
  readonly because: Because;
  /** In words. */
  readonly reason: string;
  /** The write is not begun after this time: the turn is over. */
  readonly untilMs: number | undefined;
}

/** A write to the own interface. */
export interface CheckAction {
  readonly kind: 'disable-source-dest-check';
  readonly interfaceId: string;
  readonly reason: string;
}

/** One thing to do. */
export type Action = RouteAction | CheckAction;

/** Whether an action writes a route. */
export function isRouteAction(action: Action): action is RouteAction {
  return action.kind !== 'disable-source-dest-check';
}
