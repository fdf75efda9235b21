/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

/** A VPC as far as its policy needs it. */
export interface Vpc {
  readonly id: string;
  readonly tags: Tags;
}

/** An instance as far as decisions need it. */
export interface Instance {
  readonly id: string;
  readonly type: string;
  /** `pending`, `running`, `stopping`, `stopped`, `shutting-down`, `terminated`. */
  readonly state: string;
  readonly vpcId: string;
  readonly tags: Tags;
}

/** A network interface that may be mirrored. */
export interface NetworkInterface {
  readonly id: string;
  readonly vpcId: string;
  /** Undefined where it is attached to no instance of this account. */
  readonly instanceId: string | undefined;
  /** `interface` for those that can be a source; others belong to services. */
  readonly type: string;
  readonly isRequesterManaged: boolean;
  readonly zone?: string | undefined;
}

/** Where sessions send their packets. */
export interface MirrorTarget {
  readonly id: string;
  readonly kind: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
  /** Of the first kind. */
  readonly interfaceId: string | undefined;
  readonly tags: Tags;
  /** Of a target in one zone. */
  readonly zone?: string | undefined;
  /** Where it is known to differ from what the configuration says: one of the largest instances, or it refused. */
  readonly maxSources?: number | undefined;
}

/** One rule; ports are inclusive ranges. */
export interface FilterRule {
  readonly direction: 'ingress' | 'egress';
  readonly number: number;
  readonly action: 'accept' | 'reject';
  readonly source: string;
  readonly destination: string;
  /** IANA protocol number; undefined: every protocol. */
  readonly protocol?: number | undefined;
  readonly sourcePorts?: readonly [from: number, to: number] | undefined;
  readonly destinationPorts?: readonly [from: number, to: number] | undefined;
}

export interface MirrorFilter {
  readonly id: string;
  readonly description: string | undefined;
  readonly tags: Tags;
  readonly rules: readonly FilterRule[];
  /** Only `amazon-dns` exists. */
  readonly services: readonly string[];
}

export interface MirrorSession {
  readonly id: string;
  readonly interfaceId: string;
  readonly targetId: string;
  readonly filterId: string;
  /** 1 to 32,766; lower ones are tried first. */
  readonly number: number;
  /** Undefined: whole packets. */
  readonly packetLength: number | undefined;
  readonly virtualNetworkId: number | undefined;
  readonly tags: Tags;
}

/** Everything that a plan is made from: plain data of one account and region. */
export interface Snapshot {
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  readonly vpcs: readonly Vpc[];
  readonly instances: readonly Instance[];
  readonly interfaces: readonly NetworkInterface[];
  readonly targets: readonly MirrorTarget[];
  readonly filters: readonly MirrorFilter[];
  readonly sessions: readonly MirrorSession[];
  /** Instance types of which the API has said that they cannot be mirrored, with its words. */
  readonly ineligibleTypes: Readonly<Record<string, string>>;
  /** Interfaces for which EC2 has refused a session during this run, with its words. */
  readonly refusedInterfaces?: Readonly<Record<string, string>> | undefined;
}
