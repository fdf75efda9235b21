import type { Log } from '@net/cli';
import { TrackerError } from '../../errors.js';

/** Where the Redis is. Urls are `redis://` or, with TLS, `rediss://`, with a user and password where it wants them. */
export type RedisPlace =
  | { readonly kind: 'redis'; readonly url: string }
  /**
   * The sentinels, and the name of the master that they watch. A user and password in the urls are the sentinels' own;
   * the Redis servers are spoken to with those of the options or, without, with the same.
   */
  | { readonly kind: 'redis-sentinel'; readonly urls: readonly string[]; readonly name: string }
  /** Some of the cluster's nodes; the others are found through them. */
  | { readonly kind: 'redis-cluster'; readonly urls: readonly string[] };

export type RedisStoreOptions = RedisPlace & {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** No call takes longer, outage or not. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly log?: Log | undefined;
};

/** One server and how it is spoken to. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Number of the database; 0 in a cluster. */
  readonly database: number;
}

/**
 * Reads a url. What is refused is told without the url: it may hold a password.
 *
 * @throws {TrackerError} NET_TRACKER_CONFIG
 */
export function readAddress(
  text: string,
  defaults: { readonly username?: string | undefined; readonly password?: string | undefined; port?: number },
): ServerAddress {
  const refuse = (why: string): never => {
    throw new TrackerError('NET_TRACKER_CONFIG', `the url of the Redis ${why}`, {
      hint: 'Give it as redis://host:port or, with TLS, rediss://user:password@host:port.',
    });
  };
  if (!URL.canParse(text)) return refuse('is none');
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    return refuse('begins with neither redis:// nor rediss://');
  const database = url.pathname.replace(/^\//, '');
  if (!/^\d{0,5}$/.test(database)) return refuse('has a path that is no number of a database');
  const plain = (part: string): string | undefined => {
    try {
      return part === '' ? undefined : decodeURIComponent(part);
    } catch {
      return refuse('has a user or password that is not percent-encoded');
    }
  };
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? (defaults.port ?? 6379) : Number(url.port),
    isTls: url.protocol === 'rediss:',
    username: plain(url.username) ?? defaults.username,
    password: plain(url.password) ?? defaults.password,
    database: Number(database),
  };
}
