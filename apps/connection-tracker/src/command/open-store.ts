import { type Log, UsageError } from '@net/cli';
import type { RedisPlace } from '../store/redis/index.js';
import type { Store } from '../store/index.js';
import type { StoreValues } from './store-options.js';

/** Where the embedded store is when nothing is said. */
export const DEFAULT_DIRECTORY = 'connection-tracker-data';

/**
 * The store that the options name: a Redis where one is named, else the embedded one.
 *
 * @throws {UsageError} for options that contradict each other
 * @throws {TrackerError} NET_TRACKER_CONFIG for a url that is none; NET_TRACKER_STORE when it cannot be opened
 */
export async function openStore(values: StoreValues, log: Log): Promise<Store> {
  const place = redisPlace(values);
  if (place === undefined) {
    const directory = values.storeDirectory ?? DEFAULT_DIRECTORY;
    log.info('store.embedded', `keeps counts in ${directory}`);
    const { openEmbeddedStore } = await import('../store/embedded/index.js');
    return openEmbeddedStore({ directory });
  }
  if (values.storeDirectory !== undefined)
    throw new UsageError('--store-directory is of the embedded store, and a Redis is named too');
  const { openRedisStore } = await import('../store/redis/index.js');
  return await openRedisStore({ ...place, log });
}

/** The Redis that the options name; undefined: none. */
export function redisPlace(values: StoreValues): RedisPlace | undefined {
  const { redisUrl: urls, redisHost, redisPort, redisSentinel: name, redisCluster } = values;
  const [url] = urls;
  if (url === undefined) {
    if (name !== undefined || redisCluster)
      throw new UsageError('--redis-sentinel and --redis-cluster need --redis-url');
    if (redisHost === undefined) return undefined;
    const host = redisHost.includes(':') ? `[${redisHost.replace(/^\[|\]$/g, '')}]` : redisHost;
    return { kind: 'redis', url: `redis://${host}:${redisPort}` };
  }
  if (name !== undefined && redisCluster)
    throw new UsageError('--redis-sentinel and --redis-cluster: it is one of them');
  if (name !== undefined) return { kind: 'redis-sentinel', urls, name };
  if (redisCluster) return { kind: 'redis-cluster', urls };
  if (urls.length > 1)
    throw new UsageError('one --redis-url, or --redis-sentinel or --redis-cluster with several');
  return { kind: 'redis', url };
}
