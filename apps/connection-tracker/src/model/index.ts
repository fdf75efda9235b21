export type { Connection, ConnectionDelta, ConnectionKey, Endpoint, Evidence } from './connection.js';
export { DAY_MS, dayOf, dayStartMs, daysBetween } from './day.js';
export { decodeEndpoint, decodeMember, encodeEndpoint, encodeMember } from './member.js';
export { MAX_NAME_BYTES, storableName } from './name.js';
export { type Shard, parseShardKey, shardKey } from './shard.js';
