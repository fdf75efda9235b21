export {
  Collector,
  collectedColumns,
  type DirectionMode,
  type PassedOver,
  type Sighting,
} from './collect.js';
export { toDeltas } from './deltas.js';
export { type Destination, type EndpointLookup, everyInterface, inventoryLookup } from './endpoint-of.js';
export { createShardReader, type PassResult, type ShardReader, type ShardReaderParts } from './read-shard.js';
