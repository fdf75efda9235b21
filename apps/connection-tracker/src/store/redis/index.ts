export { openRedisStore } from './open-redis-store.js';
export type { RedisPlace, RedisStoreOptions } from './options.js';
