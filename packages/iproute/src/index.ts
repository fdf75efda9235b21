export {
  applyPlan,
  type ApplyOptions,
  type ApplyResult,
  type OwnedPart,
  ownedState,
  restorePlan,
} from './apply.js';
export {
  type Block,
  canonicalBlock,
  contains,
  type Family,
  formatAddress,
  formatBlock,
  parseAddress,
  parseBlock,
  widthOf,
} from './cidr.js';
export type { RunOptions } from './command.js';
export { decodeBytes, printable } from './decode.js';
export type { DesiredRoute, DesiredRule, DesiredState, OwnedRange, Ownership } from './desired.js';
export { ownsRoute, ownsRule } from './desired.js';
export {
  IprouteBatchError,
  IprouteCommandError,
  IprouteError,
  type IprouteErrorCode,
  IprouteVerifyError,
} from './errors.js';
export type { Address, Link } from './links.js';
export { lookupRoute, type LookupAnswer, type LookupQuestion } from './lookup.js';
export type { NftAction } from './nft-plan.js';
export {
  type NftChain,
  type NftFamily,
  type NftRule,
  type NftRuleset,
  type NftTable,
  type NftTableName,
  parseNftables,
  readNftables,
  readNftTable,
} from './nftables.js';
export { type IpAction, isEmptyPlan, type Plan, planChanges, type PlanConflict } from './plan.js';
export type { NextHop, Route, RouteType } from './routes.js';
export type { Rule, RuleAction } from './rules.js';
export {
  observe,
  type ObserveOptions,
  parseLinks,
  parseRoutesAndRules,
  type SkippedItem,
  type Snapshot,
} from './snapshot.js';
export { parseMonitorLine, watch, type WatchEvent, type WatchOptions, type WatchTopic } from './watch.js';
export { deviceWord, routeLine, ruleLine } from './write.js';
