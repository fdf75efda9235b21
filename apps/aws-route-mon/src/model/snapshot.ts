import type { RouteTable } from './route-table.js';

/** An elastic network interface as far as decisions need it. */
export interface InterfaceFacts {
  readonly id: string;
  readonly ownerId: string | undefined;
  readonly vpcId: string | undefined;
  /** `available`, `in-use`, `attaching`, ... */
  readonly status: string | undefined;
  readonly sourceDestCheck: boolean | undefined;
  readonly privateAddress: string | undefined;
  readonly ipv6Address: string | undefined;
  readonly attachment: AttachmentFacts | undefined;
}

export interface AttachmentFacts {
  readonly status: string | undefined;
  readonly instanceId: string | undefined;
  readonly instanceOwnerId: string | undefined;
  readonly deviceIndex: number | undefined;
}

/** An instance as far as decisions need it; undefined where it was not asked for or not told. */
export interface InstanceFacts {
  readonly id: string;
  /** `pending`, `running`, `stopping`, `stopped`, `shutting-down`, `terminated`. */
  readonly state: string | undefined;
  /** EC2's status checks: `ok`, `impaired`, `initializing`, `insufficient-data`, `not-applicable`. */
  readonly systemStatus: string | undefined;
  readonly instanceStatus: string | undefined;
}

/** What was found when the present owner of a route was looked at. `interface` is undefined when it is not visible. */
export interface OwnerFacts {
  readonly interface: InterfaceFacts | undefined;
  readonly instance: InstanceFacts | undefined;
}

/** How a probe ended, in words. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** Another monitor's interface that may claim the same routes. */
export interface Peer {
  readonly interfaceId: string;
  readonly instanceId: string | undefined;
}

/** This monitor's interface and machine. */
export interface OwnFacts {
  readonly interfaceId: string;
  /** Owner of the interface; undefined until it was looked at. */
  readonly accountId: string | undefined;
  /** `missing` when the API does not know it; undefined when it was not looked at. */
  readonly interface: InterfaceFacts | 'missing' | undefined;
  /** State of the instance that it is attached to; undefined when not looked at. */
  readonly instanceState: string | undefined;
  /** The instance that this program runs on; undefined off EC2. */
  readonly hereInstanceId: string | undefined;
  /** Whether the kernel forwards; undefined where that cannot be known. */
  readonly forwarding: { readonly ipv4: boolean | undefined; readonly ipv6: boolean | undefined };
  /** The probe of the outside world; undefined when none is configured. */
  readonly probe: ProbeResult | undefined;
  /** Why this monitor is about to leave; it claims nothing then. */
  readonly leaving: string | undefined;
}

/** Everything that one decision is made from: plain data, so that it can be stored and decided again. */
export interface Snapshot {
  readonly takenAtMs: number;
  /** A uniform draw from [0, 1) that random back-off uses. */
  readonly dice: number;
  readonly tables: readonly RouteTable[];
  /** Tables that were asked for by id and do not exist. */
  readonly missingTableIds: readonly string[];
  readonly own: OwnFacts;
  /** By interface id; only those that were looked at. */
  readonly owners: Readonly<Record<string, OwnerFacts>>;
  /** Probes of owners' addresses by interface id. */
  readonly ownerProbes: Readonly<Record<string, ProbeResult>>;
  readonly pathProbe: ProbeResult | undefined;
  /** Healthy claimants besides this one; undefined when nobody knows. */
  readonly peers: readonly Peer[] | undefined;
}
