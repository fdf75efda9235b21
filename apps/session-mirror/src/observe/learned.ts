/** What EC2's answers have said during this run, which no describe call tells. */
export interface Learned {
  /** Instance types that cannot be mirrored, with EC2's words. */
  readonly ineligibleTypes: Map<string, string>;
  /** Targets that took no source more. */
  readonly fullTargets: Set<string>;
  /** Interfaces for which a session was refused, with EC2's words. */
  readonly refusedInterfaces: Map<string, string>;
  /** EC2's words when the account had all its sessions. */
  accountFull: string | undefined;
  /** Types that were looked up. */
  readonly knownTypes: Set<string>;
}

/** Nothing yet. */
export function createLearned(): Learned {
  return {
    ineligibleTypes: new Map(),
    fullTargets: new Set(),
    refusedInterfaces: new Map(),
    accountFull: undefined,
    knownTypes: new Set(),
  };
}
