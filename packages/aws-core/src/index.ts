export {
  AwsApiError,
  AwsError,
  type AwsErrorCategory,
  type AwsErrorCode,
  type AwsErrorOptions,
  AwsInputError,
  AwsUncertainWriteError,
} from './errors/aws-error.js';
export { type CategorizedError, categorize, toAwsError } from './errors/categorize.js';
export { isAbort } from './errors/is-abort.js';
export { redactSecrets } from './errors/redact.js';
export { type SessionOptions, openSession } from './session/open-session.js';
export { Session, type SessionCredentials } from './session/session.js';
export type { Role } from './session/role-chain.js';
export { type Caller, readCaller } from './session/caller.js';
export {
  type ClientConfiguration,
  type ClientConstructor,
  type ClientOptions,
  type SdkClient,
  createClient,
} from './client/create-client.js';
export { type RetryBudget, defaultRetryBudget } from './client/retry-strategy.js';
export { type PageOptions, type Paginate, allItems, eachItem } from './pages.js';
export { type Pacer, type PacerOptions, createPacer } from './bulk/pacer.js';
export { type PacedOutcome, type RunPacedOptions, runPaced } from './bulk/run-paced.js';
export { type Clock, type Random, systemClock } from './clock.js';
export {
  ImdsError,
  type ImdsClient,
  type ImdsClientOptions,
  type ImdsInterface,
  type ImdsOutcome,
  type InstanceIdentity,
  type InstanceNotices,
  createImds,
  imdsEndpoint,
  imdsErrorOf,
  readIdentity,
  readInterfaces,
  readNotices,
} from './imds/index.js';
export {
  type Tag,
  type TagFilter,
  type Tags,
  nameTag,
  tagFilters,
  tagList,
  tagsFromList,
  validateTags,
} from './tags.js';
export {
  type PolicyDocument,
  type PolicyStatement,
  matchesPattern,
  policyDocument,
  printPolicy,
} from './iam/policy.js';
export {
  type CallRecorder,
  type RecordedCall,
  createCallRecorder,
  leastPolicy,
  recordCalls,
} from './iam/record-calls.js';
export { type Coverage, coversExactly } from './iam/coverage.js';
export { iamActionsOf, iamPrefixOf, needsPermission } from './iam/actions.js';
export { type Arn, formatArn, parseArn, partitionOfRegion } from './ids/arn.js';
export {
  type ResourceKind,
  isResourceId,
  parseAccountId,
  parseRegion,
  parseResourceId,
  resourceKindOf,
} from './ids/resource-ids.js';
