export type {
  FilterRule,
  Instance,
  MirrorFilter,
  MirrorSession,
  MirrorTarget,
  NetworkInterface,
  Snapshot,
  Tags,
  Vpc,
} from './model/snapshot.js';
export { type MirrorAction, NEW_FILTER, type Skip } from './plan/action.js';
export type { Cost } from './plan/cost.js';
export type { GuardBreach } from './plan/guards.js';
export { type MirrorPlan, planSessions } from './plan/plan-sessions.js';
export { type MirrorConfig, type MirrorGuards, type MirrorLimits, mirrorDefaults } from './policy/config.js';
export { type FilterSpec, fullTrafficFilter, hasContent } from './policy/filter-spec.js';
export {
  type InstancePolicy,
  type TagNames,
  type VpcPolicy,
  instancePolicy,
  tagNames,
  vpcPolicy,
} from './policy/tag-policy.js';
