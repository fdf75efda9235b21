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
export { applyPlan, type ApplyOptions } from './apply/apply-plan.js';
export type { Outcome } from './apply/outcome.js';
export type { FoundTarget, MirrorApi } from './ec2/mirror-api.js';
export { openMirrorApi } from './ec2/open-mirror-api.js';
export { SessionMirrorError, type SessionMirrorErrorCode } from './errors.js';
export { type FilterFile, parseFilterFile, readFilterFile } from './filter-file/read-filter-file.js';
export { createLearned, type Learned } from './observe/learned.js';
export { readSnapshot } from './observe/read-snapshot.js';
export { planPrune, type PrunePlan } from './prune/plan-prune.js';
export { lookAt, reconcile, type Reconciled, type ReconcileOptions, type Scope } from './run/reconcile.js';
