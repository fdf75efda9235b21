import type { Shard } from '../../model/index.js';

/** Names of keys. Of a shard all but the original's begin with `tracker:<shard>:`. */
export interface Keys {
  /** The original's: JSON of an account. */
  readonly account: (id: string) => string;
  /** Set of the keys (`<account>/<region>`) of all shards. */
  readonly shards: string;
  /** Hash: the accounts that we were given, exactly. */
  readonly accounts: string;
  /** Sorted set: replicas by the time until which they are alive. */
  readonly replicas: string;
  /** Stream of commits: of all shards, in Cluster of one. */
  readonly events: (shard: Shard) => string;
  /** The original's: text of the time of the last pass. */
  readonly lastUpdate: (shard: Shard) => string;
  /** Hash: version, cursor, readUntil, committedAt, sequence, begun, ended. */
  readonly state: (shard: Shard) => string;
  /** Hash: owner, fence, until. */
  readonly lease: (shard: Shard) => string;
  /** Sorted set: fingerprints of event ids by minute, each with a number in front that makes it unique. */
  readonly seen: (shard: Shard) => string;
  /** Hash: what is known of each member over all days. */
  readonly evidence: (shard: Shard) => string;
  /** Sorted set: members by their first record, milliseconds. */
  readonly firstSeen: (shard: Shard) => string;
  /** Hash: records by day. */
  readonly days: (shard: Shard) => string;
  readonly day: (shard: Shard, day: string) => DayKeys;
  /** HyperLogLog of the sources of an endpoint. */
  readonly endpointSources: (shard: Shard, day: string, endpoint: string) => string;
}

/** Keys of one day. */
export interface DayKeys {
  /** The original's: members by score. */
  readonly scores: string;
  /** The same members in their own order: a sorted set in which all scores are 0. */
  readonly members: string;
  /** `<endpoint>\0<source>` of each member in order. */
  readonly visits: string;
  /** Endpoints by records. */
  readonly endpoints: string;
  /** HyperLogLog of the day's sources. */
  readonly sources: string;
}

/**
 * Redis Cluster runs a script only on keys of one hash slot. The original's names have no hash tag, and with one they
 * would not be the original's: so on a single server (and behind sentinels) its keys are named exactly as it named them,
 * and in Cluster, on which it never ran, account and region of every key of a shard stand in braces
 * (`connections:inbound:{<account>:<region>}:<day>`). A database moved into a Cluster has its keys renamed first.
 */
export function createKeys(isCluster: boolean): Keys {
  const tag = ({ accountId, region }: Shard): string =>
    isCluster ? `{${accountId}:${region}}` : `${accountId}:${region}`;
  const ours = (shard: Shard, name: string): string => `tracker:${tag(shard)}:${name}`;
  return {
    account: (id) => `accounts:${id}`,
    shards: 'tracker:shards',
    accounts: 'tracker:accounts',
    replicas: 'tracker:replicas',
    events: (shard) => (isCluster ? ours(shard, 'events') : 'tracker:events'),
    lastUpdate: (shard) => `accounts:${tag(shard)}:last_update`,
    state: (shard) => ours(shard, 'state'),
    lease: (shard) => ours(shard, 'lease'),
    seen: (shard) => ours(shard, 'seen'),
    evidence: (shard) => ours(shard, 'evidence'),
    firstSeen: (shard) => ours(shard, 'first-seen'),
    days: (shard) => ours(shard, 'days'),
    day: (shard, day) => ({
      scores: `connections:inbound:${tag(shard)}:${day}`,
      members: ours(shard, `${day}:members`),
      visits: ours(shard, `${day}:visits`),
      endpoints: ours(shard, `${day}:endpoints`),
      sources: ours(shard, `${day}:sources`),
    }),
    endpointSources: (shard, day, endpoint) => ours(shard, `${day}:sources:${endpoint}`),
  };
}
