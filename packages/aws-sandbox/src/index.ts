export {
  type AttachImdsOptions,
  type ClientSettings,
  type OrganizationAccount,
  type Sandbox,
  type SandboxCredentials,
  type SandboxFaults,
  type SandboxIam,
  type SandboxOptions,
  createSandbox,
} from './sandbox.js';
export { ApiError, SandboxError, type SandboxErrorCode } from './errors.js';
export { type Clock, type VirtualClock, realClock, virtualClock } from './world/clock.js';
export { type Delays, type Quotas, type Settings, defaultDelays, defaultQuotas } from './world/settings.js';
export type { WorldDump } from './world/world.js';
export type { Fault, FaultHandle, FaultMatch, FaultRule } from './faults/rules.js';
export type { ThrottlingOptions } from './faults/token-buckets.js';
export { type BucketSize, bucketSizeOf, bucketTable } from './faults/bucket-sizes.js';
export type { AccountOptions, Role } from './iam/principals.js';
export type { PolicyDocument, PolicyStatement } from './iam/policy.js';
export type { Call, CallFilter, CallLog, CallOutcome } from './service/call-log.js';
export type { Ec2Calls, Ec2Controls, Ec2Region, ForeignInterface, PropagatedRoute } from './ec2/controls.js';
export type { Ec2State } from './ec2/state.js';
export { type InstanceTypeFacts, instanceTypes } from './ec2/instance-types.js';
export type { InstanceNotices } from './ec2/state.js';
export { mirrorSupport } from './ec2/mirror-support.js';
export type { ImdsFault, ImdsListener, ImdsOptions } from './imds/server.js';
export type { AutoScalingRegion } from './auto-scaling/controls.js';
export {
  type Seed,
  type SeedInstance,
  type SeedRegion,
  type SeedRoute,
  type SeedRouteTable,
  type SeedSubnet,
  type SeedVpc,
  type SeededIds,
} from './seed.js';
export { readWorldFile } from './world-file.js';
export type {
  LogEvent,
  LogGroup,
  LogStream,
  LogsBehaviour,
  LogsState,
  PendingDelivery,
} from './logs/state.js';
export { documentedRate } from './logs/quotas.js';
export { compileFilterPattern } from './logs/filter-pattern.js';
export type { FlowLog } from './flow-logs/state.js';
export { defaultFlowLogFormat, fieldsOf, flowLogFields, formatOf } from './flow-logs/fields.js';
export type { Vantage } from './flow-logs/network.js';
export {
  type Connection,
  type ConnectionKind,
  type TrafficMix,
  defaultMix,
} from './flow-logs/connections.js';
export type { FlowRecord } from './flow-logs/records.js';
export { type LineWriter, createLineWriter } from './flow-logs/lines.js';
export { type ConnectionTraffic, type TrafficOptions, generateTraffic } from './flow-logs/traffic.js';
export { type InboundCount, type TrafficTruth, inboundCounts } from './flow-logs/truth.js';
export type { MemberAccount, Organization } from './organizations/service.js';
