/** One account in one region: what is read, checkpointed and owned as a whole. */
export interface Shard {
  /** Digits. */
  readonly accountId: string;
  readonly region: string;
}

/** `<account id>/<region>`: how the original's answers name a shard. */
export function shardKey({ accountId, region }: Shard): string {
  return `${accountId}/${region}`;
}

/** Undefined for what is no shard by the original's path patterns: digits, then lower-case letters, digits, hyphens. */
export function parseShardKey(key: string): Shard | undefined {
  const [, accountId, region] = /^(\d+)\/([a-z0-9-]+)$/.exec(key) ?? [];
  return accountId === undefined || region === undefined ? undefined : { accountId, region };
}
