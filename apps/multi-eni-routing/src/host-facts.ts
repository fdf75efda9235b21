/** What a source knows of one network interface of the instance. */
export interface EniFacts {
  /** Lower case, with colons. One of MAC address and name is given. */
  readonly macAddress?: string | undefined;
  readonly name?: string | undefined;
  /** Addresses without a length, of both families. */
  readonly addresses: readonly string[];
  /** Delegated prefixes. */
  readonly prefixes: readonly string[];
  /** Blocks of the subnet the interface is in. */
  readonly subnets: readonly string[];
  /** Gateways, at most one per family; where there is none, routes and then the subnet tell. */
  readonly gateways: readonly string[];
}

/** What a source knows of the host's interfaces. */
export interface HostFacts {
  readonly source: 'imds' | 'kernel' | 'file';
  readonly enis: readonly EniFacts[];
  /**
   * True when the answer was whole and not empty. What an answer without authority leaves out is not taken
   * away from the host.
   */
  readonly authoritative: boolean;
  readonly notes: readonly string[];
}

/** The facts of a host where only the kernel is asked: everything is in the snapshot. */
export const kernelFacts: HostFacts = { source: 'kernel', enis: [], authoritative: true, notes: [] };
