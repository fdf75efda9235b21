import type { Destination } from '../model/destination.js';
import type { RouteTarget } from '../model/route-table.js';
import type { TableSelection } from '../model/table-selector.js';
import type { Policy } from './policy.js';

/** What one monitor watches and what it may do: everything that decisions depend on besides the snapshot. */
export interface WatchConfig {
  readonly interfaceId: string;
  readonly tables: TableSelection;
  readonly destinations: readonly Destination[];
  /** Whether a route that is missing is created. */
  readonly createMissing: boolean;
  readonly policy: Policy;
  /** How many readings in a row turn a signal of probes and status checks bad, and good again. At least 1. */
  readonly hysteresis: { readonly fall: number; readonly rise: number };
  readonly takeOver: TakeOver;
  /** Turn the source/dest check of the own interface off when it is in the way of a claim. */
  readonly fixSourceDestCheck: boolean;
  /** The own interface may be attached to another instance than the one this runs on. */
  readonly allowRemoteInterface: boolean;
  /** The kernel of this machine must forward. */
  readonly requireForwarding: boolean;
  /** Random wait before a claim where the other claimants are not known; milliseconds. */
  readonly jitter: { readonly leastMs: number; readonly mostMs: number };
  /** Whether turns are taken with the peers, where they are known; otherwise the random wait is used always. */
  readonly takeTurns: boolean;
  /** Quiet poll; turns are this long together when they can be. */
  readonly intervalMs: number;
  /** No turn is shorter. Longer than a write and its becoming visible take. */
  readonly leastTurnMs: number;
  /** After an own write, reads that still show the state before it are taken for stale so long. */
  readonly settleMs: number;
  readonly failBack: FailBack;
  /** Where routes go when this monitor leaves; undefined: nowhere. */
  readonly fallback: RouteTarget | 'peer' | undefined;
}

/** What may be taken over although it is not known to be broken. All off by default. */
export interface TakeOver {
  /** Active routes to gateways and endpoints, as the original did. */
  readonly gateways: boolean;
  /** Active routes to interfaces of other accounts may be judged by the evidence policy. */
  readonly foreign: boolean;
  /** `filtered` and states that are not known count as `blackhole`. */
  readonly unknownStates: boolean;
}

/** When a healthy route is taken back. */
export interface FailBack {
  /**
   * `never`; `ranked`: routes of which this interface is the first choice among the known peers; `always`: every
   * route that is with a known peer or the fallback.
   */
  readonly mode: 'never' | 'ranked' | 'always';
  /** This monitor was ready, and the route with its owner, for so long. */
  readonly holdDownMs: number;
}

/** Voluntary claims (of routes that are not black holes) of one route that open the breaker, and for how long. */
export const breaker: { readonly claims: number; readonly windowMs: number } = {
  claims: 3,
  windowMs: 3_600_000,
};
