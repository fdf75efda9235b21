export { type Requirement, missingRequirements, suite } from './requirements.js';
export { type SeededOptions, propertyOptions, testSeed } from './seed.js';
export { type RunResult, type StartedProcess, runProcess, startProcess } from './processes.js';
export { type Namespace, createNamespace } from './namespaces.js';
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './redis-cluster.js';
export { type RedisSentinel, type RedisSentinelOptions, startRedisSentinel } from './redis-sentinel.js';
export { type RedisServer, startRedisServer } from './redis-server.js';
export { temporaryDirectory } from './temporary-directory.js';
export { until } from './until.js';
