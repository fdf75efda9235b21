import type { AwsErrorCategory } from './aws-error.js';

/**
 * Category of an AWS error code; undefined for a code that says nothing by itself. Exact codes first, then the
 * forms that EC2 gives its codes ("Error codes for the Amazon EC2 API").
 */
export function categoryOfCode(code: string): AwsErrorCategory | undefined {
  const exact = EXACT.get(code);
  if (exact !== undefined) return exact;
  return FORMS.find(([form]) => form.test(code))?.[1];
}

const BY_CATEGORY: Readonly<Partial<Record<AwsErrorCategory, readonly string[]>>> = {
  throttled: [
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
    'OperationAbortedException',
  ],
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'AuthFailure',
    'Blocked',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'MissingAuthenticationToken',
    'NotAuthorizedException',
    'OptInRequired',
    'PendingVerification',
    'SignatureDoesNotMatch',
    'UnauthorizedOperation',
    'UnrecognizedClientException',
  ],
  'expired-credentials': [
    'CredentialsProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'RequestTimeTooSkewed',
    'TokenProviderError',
    'TokenRefreshRequired',
  ],
  'not-found': [
    'GatewayNotFoundException',
    'NoSuchBucket',
    'NoSuchEntity',
    'NoSuchKey',
    'NotFound',
    'NotFoundException',
    'ResourceNotFoundException',
  ],
  conflict: [
    'AttachmentLimitExceeded',
    'ConflictException',
    'DependencyViolation',
    'DuplicateListener',
    'DuplicateListenerException',
    'DuplicateLoadBalancerName',
    'DuplicateLoadBalancerNameException',
    'DuplicateTargetGroupName',
    'DuplicateTargetGroupNameException',
    'IdempotentParameterMismatch',
    'IncorrectState',
    'IncorrectInstanceState',
    'InvalidNetworkInterface.InUse',
    'OperationNotPermitted',
    'ResourceAlreadyExistsException',
    'ResourceInUse',
    'ResourceInUseException',
    'RouteAlreadyExists',
    'TrafficMirrorFilterInUse',
    'TrafficMirrorFilterRuleAlreadyExists',
    'TrafficMirrorTargetInUseException',
  ],
  'dry-run': ['DryRunOperation'],
  transient: [
    'InternalError',
    'InternalFailure',
    'InternalServerError',
    'InternalServiceError',
    'RequestTimeout',
    'RequestTimeoutException',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'TimeoutError',
    'Unavailable',
    'ECONNABORTED',
    'ECONNREFUSED',
    'ECONNRESET',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
  ],
  invalid: [
    'InvalidAction',
    'InvalidInput',
    'InvalidParameterCombination',
    'InvalidParameterValue',
    'MalformedQueryString',
    'MissingAction',
    'MissingParameter',
    'UnknownOperationException',
    'UnknownParameter',
    'Unsupported',
    'UnsupportedOperation',
    'ValidationError',
    'ValidationException',
  ],
};

const EXACT: ReadonlyMap<string, AwsErrorCategory> = new Map(
  Object.entries(BY_CATEGORY).flatMap(([category, codes]) =>
    codes.map((code): [string, AwsErrorCategory] => [code, category as AwsErrorCategory]),
  ),
);

// Order matters: an id that is malformed is not one that is missing.
const FORMS: readonly (readonly [RegExp, AwsErrorCategory])[] = [
  [/\.Malformed$|^Malformed/, 'invalid'],
  [/\.NotFound$|NotFound(Exception|Fault)?$/, 'not-found'],
  [/\.(Duplicate|InUse|InvalidState|AlreadyExists|AlreadyAssociated|Conflict)$/, 'conflict'],
  [/AlreadyExists(Exception|Fault)?$|InUse(Exception)?$|^Duplicate/, 'conflict'],
  // A quota, not a rate: waiting does not help.
  [/LimitExceeded(Exception|Fault)?$|^TooMany|QuotaExceeded/, 'conflict'],
  [/^Throttl|Throttling/, 'throttled'],
  [/AccessDenied|Unauthori[sz]ed/, 'denied'],
  [/^Invalid|^Missing|Validation/, 'invalid'],
];
