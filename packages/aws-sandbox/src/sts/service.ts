import { ApiError, SandboxError } from '../errors.js';
import { parsePolicy } from '../iam/policy.js';
import type { AccessKey, Role } from '../iam/principals.js';
import type { Operation, OperationContext, ServiceDefinition } from '../service/definition.js';
import { queryProtocol } from '../wire/query-protocol.js';
import type {
  AssumeRoleCommandInput,
  Credentials,
  GetCallerIdentityResponse,
  AssumeRoleResponse,
  GetSessionTokenCommandInput,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts';

type StsContext = OperationContext<Record<string, never>>;

const getCallerIdentity: Operation<Record<string, never>, object, GetCallerIdentityResponse> = {
  access: 'read',
  accepts: [],
  run: ({ principal }) => ({ Account: principal.accountId, Arn: principal.arn, UserId: principal.userId }),
};

const assumeRole: Operation<Record<string, never>, AssumeRoleCommandInput, AssumeRoleResponse> = {
  access: 'write',
  accepts: ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'Policy'],
  ignores: ['ExternalId', 'Tags', 'TransitiveTagKeys', 'SourceIdentity'],
  resources: ['RoleArn'],
  run: (context, input) => {
    const role = findRole(context, input.RoleArn ?? '');
    const session = input.RoleSessionName ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
      throw new ApiError(
        'ValidationError',
        `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
      );
    }
    const durationSeconds = readDuration(input.DurationSeconds ?? 3600, 43_200);
    const sessionPolicy = input.Policy === undefined ? undefined : readPolicy(input.Policy);
    context.willChange();
    const expiresAtMs = context.nowMs + durationSeconds * 1000;
    const key = context.world.principals.assumeRole(role, session, expiresAtMs, sessionPolicy);
    return {
      Credentials: viewCredentials(key),
      AssumedRoleUser: { Arn: key.principal.arn, AssumedRoleId: key.principal.userId },
    };
  },
};

const getSessionToken: Operation<
  Record<string, never>,
  GetSessionTokenCommandInput,
  GetSessionTokenResponse
> = {
  access: 'write',
  accepts: ['DurationSeconds'],
  run: (context, input) => {
    const durationSeconds = readDuration(input.DurationSeconds ?? 43_200, 129_600);
    context.willChange();
    const key = context.world.principals.sessionToken(
      context.principal,
      context.nowMs + durationSeconds * 1000,
    );
    return { Credentials: viewCredentials(key) };
  },
};

/** AWS Security Token Service, API version 2011-06-15. */
export const stsService: ServiceDefinition<Record<string, never>> = {
  id: 'sts',
  signingNames: ['sts'],
  iamPrefix: 'sts',
  protocol: queryProtocol({ xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/' }),
  scope: 'global',
  loadSchemas: () => import('@aws-sdk/client-sts'),
  operations: {
    GetCallerIdentity: getCallerIdentity,
    AssumeRole: assumeRole,
    GetSessionToken: getSessionToken,
  },
  initialState: () => ({}),
  // The resource of AssumeRole is an ARN already.
  resourceArn: (id) => id,
};

// An account that has named no roles lets every role be assumed; one that has, only those.
function findRole(context: StsContext, arn: string): Role {
  const match = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/.exec(arn);
  if (!match) throw new ApiError('ValidationError', `${arn} is invalid`);
  const [, accountId = '', name = ''] = match;
  const { principals } = context.world;
  const known = principals.role(arn);
  if (known) return known;
  if (!principals.hasRoles(accountId)) return { accountId, name, arn };
  throw new ApiError(
    'AccessDenied',
    `User: ${context.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    403,
  );
}

function readDuration(seconds: number, maxSeconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > maxSeconds) {
    throw new ApiError(
      'ValidationError',
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must be between 900 and ${maxSeconds}`,
    );
  }
  return seconds;
}

function readPolicy(text: string): ReturnType<typeof parsePolicy>['document'] {
  try {
    return parsePolicy(text).document;
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    throw new ApiError('MalformedPolicyDocument', error.message);
  }
}

function viewCredentials(key: AccessKey): Credentials {
  return {
    AccessKeyId: key.accessKeyId,
    SecretAccessKey: key.secretAccessKey,
    SessionToken: key.sessionToken,
    Expiration: new Date(key.expiresAtMs ?? 0),
  };
}
