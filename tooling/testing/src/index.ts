export { type Requirement, missingRequirements, suite } from './requirements.js';
export { type SeededOptions, propertyOptions, testSeed } from './seed.js';
export { type RunResult, type StartedProcess, runProcess, startProcess } from './processes.js';
export { type Namespace, createNamespace } from './namespaces.js';
export { type RedisServer, startRedisServer } from './redis-server.js';
export { temporaryDirectory } from './temporary-directory.js';
export { until } from './until.js';
