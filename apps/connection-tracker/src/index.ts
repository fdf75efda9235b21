export { app, runApp } from './app.js';
export { TrackerError, type TrackerErrorCode } from './errors.js';
export {
  type Addresses,
  createHttpApp,
  type HttpAppOptions,
  type HttpService,
  jwtScheme,
  serveHttp,
  type ServeHttpOptions,
  staticTokens,
  tokeninfoScheme,
  type TokenScheme,
} from './http/index.js';
export type {
  Connection,
  ConnectionDelta,
  ConnectionKey,
  Endpoint,
  Evidence,
  Shard,
} from './model/index.js';
export {
  createReverseNames,
  createSourceNames,
  type Networks,
  parseNetworks,
  type ReverseNames,
  type SourceNames,
} from './names/index.js';
export { type ReplayOptions, type ReplayResult, replayFiles } from './replay/index.js';
export { type EmbeddedStoreOptions, openEmbeddedStore } from './store/embedded/index.js';
export { openRedisStore, type RedisStoreOptions } from './store/redis/index.js';
export type { CommitBatch, CommitResult, Lease, Store, StoreEvent } from './store/index.js';
