export type {
  CaptureConfig,
  CapturePoint,
  EngineConfig,
  LaneConfig,
  OuterChecksum,
  PendingConfig,
  ReturnPath,
} from './config.js';
export { decodeBatch, decodeBatchStride } from './decode-batch.js';
export { NativeError, type NativeErrorCode, NativeUnavailableError } from './errors.js';
export type { CaptureRecord, EndpointNames, EngineEvent } from './events.js';
export { type KernelProbe, probeKernelPath } from './kernel-probe.js';
export { type KernelRemnant, listKernelState, removeKernelState } from './kernel-state.js';
export { isNativeAvailable, loadNative } from './load.js';
export {
  type DropReason,
  dropReasonNames,
  type EndpointCounterName,
  endpointCounterNames,
  type EndpointStatistics,
  type EngineFeatures,
  type EngineStatistics,
  type FlowCacheStatistics,
  type LaneCounterName,
  laneCounterNames,
  type LaneStatistics,
  type ProgramStatistics,
} from './statistics.js';
export { startEngine, Tunnel } from './tunnel.js';
