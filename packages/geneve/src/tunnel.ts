// The data plane, for those who have @net/geneve-native installed; everything else in this package does without.
export {
  type EngineConfig,
  type EngineEvent,
  type EngineStatistics,
  startEngine,
  type Tunnel,
} from '@net/geneve-native';
