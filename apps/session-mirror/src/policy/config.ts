import { fullTrafficFilter, type FilterSpec } from './filter-spec.js';

/** What a plan depends on besides the snapshot. */
export interface MirrorConfig {
  /** Of the tags that are the configuration. Default `Vectra`. */
  readonly tagPrefix: string;
  /** What marks a session as ours: tag `Creator`. Default `Vectra:Tap`. */
  readonly creator: string;
  readonly filter: FilterSpec;
  /** Undefined: whole packets. 1 to 8,500. */
  readonly packetLength: number | undefined;
  /** Undefined: chosen by EC2. */
  readonly virtualNetworkId: number | undefined;
  /** Numbers that sessions may have, inclusive; the lowest free one is taken. Default 1 to 10. */
  readonly sessionNumbers: { readonly from: number; readonly to: number };
  readonly limits: MirrorLimits;
  readonly guards: MirrorGuards;
  /** US dollars for a mirrored interface and hour. */
  readonly hourlyPrice: number;
}

/** Quotas of Traffic Mirroring ("Traffic mirroring quotas", read 2026-11); those of an account may be higher. */
export interface MirrorLimits {
  readonly sessionsPerInterface: number;
  /** Sources of a target that is an interface: 10, and 100 on the largest instances. */
  readonly sourcesPerInterfaceTarget: number;
  readonly sessions: number;
}

/** What stops a plan that would do too much. */
export interface MirrorGuards {
  /** Share of our sessions that one plan may delete, 0 to 100. */
  readonly maxDeletePercent: number;
  /** So few may always be deleted. */
  readonly alwaysDeletable: number;
  /** US dollars; undefined: no limit. */
  readonly maxMonthlyCost: number | undefined;
}

/** What applies where nothing else is said. */
export const mirrorDefaults: MirrorConfig = {
  tagPrefix: 'Vectra',
  creator: 'Vectra:Tap',
  filter: fullTrafficFilter,
  packetLength: undefined,
  virtualNetworkId: undefined,
  sessionNumbers: { from: 1, to: 10 },
  limits: { sessionsPerInterface: 3, sourcesPerInterfaceTarget: 10, sessions: 10_000 },
  guards: { maxDeletePercent: 50, alwaysDeletable: 5, maxMonthlyCost: undefined },
  hourlyPrice: 0.015,
};
