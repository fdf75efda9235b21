import type {
  FilterRule,
  Instance,
  MirrorFilter,
  MirrorSession,
  MirrorTarget,
  NetworkInterface,
  Tags,
  Vpc,
} from '../model/snapshot.js';

/** A target as EC2 knows it, with what it stands for. */
export interface FoundTarget extends MirrorTarget {
  /** Of a load balancer: its ARN; of an endpoint: its id; of an interface: its id. */
  readonly resource: string;
  readonly description: string | undefined;
}

/** What a session is created with. */
export interface NewSession {
  readonly interfaceId: string;
  readonly targetId: string;
  readonly filterId: string;
  readonly number: number;
  readonly packetLength: number | undefined;
  readonly virtualNetworkId: number | undefined;
  readonly tags: Tags;
  readonly clientToken: string;
}

/** What of a session is changed in place. */
export interface SessionChange {
  readonly targetId?: string;
  readonly filterId?: string;
  readonly packetLength?: number;
  readonly virtualNetworkId?: number;
  readonly remove: readonly 'packet-length'[];
}

/** What a target is made of: exactly one of the three. */
export interface NewTarget {
  readonly networkLoadBalancerArn?: string;
  readonly gatewayLoadBalancerEndpointId?: string;
  readonly networkInterfaceId?: string;
  readonly description: string;
  readonly tags: Tags;
  readonly clientToken: string;
}

/** Facts of an instance type that decide about mirroring. */
export interface InstanceTypeFacts {
  readonly type: string;
  readonly isBareMetal: boolean;
}

/**
 * EC2 as this package uses it: every list whole, every failure an error of `@net/aws-core`'s family. Writes are not
 * retried while they are throttled; the pacer around them is.
 */
export interface MirrorApi {
  readonly region: string;
  accountId(signal?: AbortSignal): Promise<string>;
  vpcs(signal?: AbortSignal): Promise<readonly Vpc[]>;
  instances(signal?: AbortSignal): Promise<readonly Instance[]>;
  interfaces(signal?: AbortSignal): Promise<readonly NetworkInterface[]>;
  targets(signal?: AbortSignal): Promise<readonly FoundTarget[]>;
  filters(signal?: AbortSignal): Promise<readonly MirrorFilter[]>;
  sessions(signal?: AbortSignal): Promise<readonly MirrorSession[]>;
  instanceTypes(types: readonly string[], signal?: AbortSignal): Promise<readonly InstanceTypeFacts[]>;
  /** Id of the session. With `dryRun` nothing is created, and success is an error of category `dry-run`. */
  createSession(session: NewSession, dryRun?: boolean): Promise<string>;
  modifySession(sessionId: string, change: SessionChange): Promise<void>;
  deleteSession(sessionId: string): Promise<void>;
  createFilter(description: string, tags: Tags, clientToken: string): Promise<string>;
  createFilterRule(filterId: string, rule: FilterRule, clientToken: string): Promise<void>;
  addFilterServices(filterId: string, services: readonly 'amazon-dns'[]): Promise<void>;
  deleteFilter(filterId: string): Promise<void>;
  createTarget(target: NewTarget): Promise<string>;
  deleteTarget(targetId: string): Promise<void>;
  createTags(resourceIds: readonly string[], tags: Tags): Promise<void>;
  deleteTags(resourceIds: readonly string[], keys: readonly string[]): Promise<void>;
  /** Calls so far by operation. */
  counts(): Readonly<Record<string, number>>;
  close(): void;
}
