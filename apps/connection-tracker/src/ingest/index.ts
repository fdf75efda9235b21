export {
  Collector,
  collectedColumns,
  type DirectionMode,
  type PassedOver,
  type Sighting,
} from './collect.js';
export {
  countObject,
  type CountedObject,
  type CountedRows,
  type CountedShard,
  type CountObjectParts,
  openCountedShard,
  type RowShards,
} from './count-object.js';
export { toDeltas } from './deltas.js';
export { type Destination, type EndpointLookup, everyInterface, inventoryLookup } from './endpoint-of.js';
export { createShardReader, type PassResult, type ShardReader, type ShardReaderParts } from './read-shard.js';
export { type BucketReaderParts, createBucketReader } from './read-bucket.js';
