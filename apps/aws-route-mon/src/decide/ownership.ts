import { type Route, describeTarget } from '../model/route-table.js';
import type { Snapshot } from '../model/snapshot.js';
import type { WatchConfig } from './config.js';

/**
 * Whether a route is this monitor's business. `always`: never touched. `unless-fail-back`: left alone, unless it
 * leads to the fallback and is to be taken back. `given-up`: a flag says to take it. `none`: the policy decides.
 */
export type Protection =
  | { readonly kind: 'always' | 'unless-fail-back' | 'given-up'; readonly reason: string }
  | { readonly kind: 'none' };

/**
 * The rules of ownership: a route that works and is not known to belong to this account's interfaces is left alone
 * unless a flag for exactly that says otherwise. The original took a route without an instance id for dead, and so
 * replaced working routes to gateways, endpoints and interfaces of other accounts.
 */
export function isProtected(route: Route, snapshot: Snapshot, config: WatchConfig): Protection {
  const { takeOver } = config;
  const target = describeTarget(route.target);
  if (route.origin === 'CreateRouteTable' || route.target.kind === 'local') {
    return { kind: 'always', reason: "it is the VPC's own local route" };
  }
  if (route.origin === 'Advertisement') {
    return { kind: 'always', reason: `a route server advertises it (to ${target})` };
  }
  if (
    route.origin !== undefined &&
    route.origin !== 'CreateRoute' &&
    route.origin !== 'EnableVgwRoutePropagation'
  ) {
    return { kind: 'always', reason: `its origin ${route.origin} is not known` };
  }
  if (route.state !== 'active' && route.state !== 'blackhole') {
    if (!takeOver.unknownStates) {
      return {
        kind: 'always',
        reason: `its state ${route.state ?? 'is not told'} says neither healthy nor broken (--take-over-unknown-state)`,
      };
    }
    return { kind: 'none' };
  }
  if (route.state === 'blackhole') return { kind: 'none' };
  if (route.target.kind === 'unknown')
    return { kind: 'always', reason: `it is active and leads to ${target}` };
  if (route.target.kind !== 'interface') {
    if (takeOver.gateways)
      return { kind: 'given-up', reason: `it leads to ${target}, and --take-over-gateway is set` };
    return { kind: 'unless-fail-back', reason: `it is active and leads to ${target} (--take-over-gateway)` };
  }
  if (takeOver.foreign || isOfThisAccount(route, snapshot)) return { kind: 'none' };
  return {
    kind: 'unless-fail-back',
    reason: `it is active and leads to ${target}, which is not known to be this account's (--take-over-foreign)`,
  };
}

/** Whether the interface behind a route is known to belong, with its instance, to the own account. */
function isOfThisAccount(route: Route, snapshot: Snapshot): boolean {
  const { accountId } = snapshot.own;
  if (accountId === undefined) return false;
  const eni = snapshot.owners[route.target.id]?.interface;
  const instanceOwner = route.instanceOwnerId ?? eni?.attachment?.instanceOwnerId;
  if (eni?.ownerId !== undefined && eni.ownerId !== accountId) return false;
  if (instanceOwner !== undefined) return instanceOwner === accountId;
  return eni?.ownerId === accountId;
}
