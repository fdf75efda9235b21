import { TrackerError } from '../../errors.js';
import type { Store } from '../contract.js';
import { createClusterConnection } from './connection/cluster-connection.js';
import { type Connection, textOf } from './connection/connection.js';
import { ConnectionClosed, toStoreError } from './connection/failures.js';
import { createMasterFinder } from './connection/sentinel.js';
import type { ServerConnectionParts } from './connection/server-connection.js';
import { createSingleConnection } from './connection/single-connection.js';
import { createKeys } from './keys.js';
import { readAddress, type RedisStoreOptions } from './options.js';
import { createStore } from './store.js';

const TIMEOUT_MS = 5_000;

/**
 * A store in a Redis: one server, one behind sentinels, or a Cluster. It uses the commands of Redis 6.2, and is tested with
 * 7.0. The keys and members of the original are read and written as they are; see `createKeys` for what is different in
 * Cluster. In an outage a call rejects after `timeoutMs` (reading a shard's state, which may be large, after four times that).
 *
 * Redis loses what it has not written to its disk, or not yet sent to the replica that takes over. The store is then at
 * an earlier state, as a whole for each shard: commits answer `conflict`, and who loads the shard again and reads on from
 * there counts everything once, as long as the source still has it. Let Redis keep an append-only file, and let its
 * `maxmemory-policy` be `noeviction`: keys that are deleted on their own are counts that are lost.
 *
 * A server that is killed while it writes may leave the beginning of a transaction in its append-only file; with its
 * default `aof-load-truncated yes` (seen with 7.0; mended in Valkey, valkey-io/valkey#4342) the load after the next applies
 * that beginning. Set it to `no` and have `redis-check-aof --fix` mend the file. The store tells when it has happened
 * (`store.torn`): counts of one batch may then be in twice.
 *
 * A connection takes about 1.2 KB of memory on each of its days (`bench/stores.mjs`).
 *
 * A user of Redis's access control lists needs `~accounts:* ~connections:inbound:* ~tracker:* +@read +@write +@scripting
 * +@connection -@dangerous +info +time`, behind sentinels also `+role`, in Cluster `+cluster|slots`.
 *
 * @throws {TrackerError} NET_TRACKER_CONFIG for urls that are none; NET_TRACKER_STORE when it cannot be reached or used
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { log, timeoutMs = TIMEOUT_MS } = options;
  const { connection, secrets } = connect(options, timeoutMs, {
    onLost: (error) => log?.warn('store.connection.lost', `Redis: ${hide(error.message, secrets)}`),
    onBack: () => log?.info('store.connection.back', 'Redis: connected again'),
  });
  const database = {
    connection,
    keys: createKeys(options.kind === 'redis-cluster'),
    isCluster: options.kind === 'redis-cluster',
    timeoutMs,
    warn: (event: string, message: string) => log?.warn(event, message),
  };
  try {
    await inspect(options, connection, database.warn);
  } catch (error) {
    connection.close();
    throw toStoreError(error, secrets);
  }
  return createStore(options.kind, database, (error) =>
    error instanceof ConnectionClosed
      ? new TrackerError('NET_TRACKER_STORE', 'the store is closed')
      : toStoreError(error, secrets),
  );
}

function connect(
  options: RedisStoreOptions,
  timeoutMs: number,
  watch: Pick<ServerConnectionParts, 'onBack' | 'onLost'>,
): { readonly connection: Connection; readonly secrets: readonly string[] } {
  const { username, password } = options;
  const isSentinel = options.kind === 'redis-sentinel';
  const connectTimeoutMs = Math.min(timeoutMs, 2_000);
  const urls = options.kind === 'redis' ? [options.url] : options.urls;
  const defaults = isSentinel ? { port: 26_379 } : { username, password };
  const addresses = urls.map((url) => readAddress(url, defaults));
  const [first] = addresses;
  if (first === undefined) throw new TrackerError('NET_TRACKER_CONFIG', 'no url of a Redis is given');
  const secrets = [password, ...addresses.map((address) => address.password)].filter(
    (secret): secret is string => secret !== undefined && secret !== '',
  );
  if (options.kind === 'redis-cluster')
    return {
      connection: createClusterConnection({ seeds: addresses, connectTimeoutMs, ...watch }, timeoutMs),
      secrets,
    };
  const credentials = {
    username: username ?? first.username,
    password: password ?? first.password,
    database: first.database,
  };
  const resolve =
    options.kind === 'redis-sentinel'
      ? createMasterFinder(addresses, options.name, credentials)
      : () => Promise.resolve(first);
  const parts = { resolve, isMasterOnly: isSentinel, connectTimeoutMs, ...watch };
  return { connection: createSingleConnection(parts, timeoutMs), secrets };
}

/** Refuses what cannot work, and warns of what may lose counts. */
async function inspect(
  { kind }: RedisStoreOptions,
  connection: Connection,
  warn: (event: string, message: string) => void,
): Promise<void> {
  const facts = new Map(
    textOf(await connection.call('', ['INFO']))
      .split('\r\n')
      .map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1)];
      }),
  );
  const [major = 0, minor = 0] = (facts.get('redis_version') ?? '').split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    throw new TrackerError('NET_TRACKER_STORE', `Redis ${major}.${minor} is too old; 6.2 or later is needed`);
  const isCluster = facts.get('cluster_enabled') === '1';
  if (isCluster !== (kind === 'redis-cluster'))
    throw new TrackerError(
      'NET_TRACKER_STORE',
      isCluster ? 'this Redis is a node of a Cluster' : 'this Redis is not a node of a Cluster',
      { hint: isCluster ? 'Name it as a Cluster.' : 'Name it as a single server.' },
    );
  const policy = facts.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction' && facts.get('maxmemory') !== '0')
    warn(
      'store.evicts',
      `Redis deletes keys when its memory is full (maxmemory-policy ${policy}): counts would be lost; set noeviction`,
    );
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
