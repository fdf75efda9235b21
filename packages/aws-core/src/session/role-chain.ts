import { AwsInputError } from '../errors/aws-error.js';
import { parseArn } from '../ids/arn.js';
import type { SessionCredentials } from './session.js';

/** A role to assume. */
export interface Role {
  readonly roleArn: string;
  /** What CloudTrail shows. Default: the app's name. 2 to 64 of letters, digits and `=,.@-_`. */
  readonly sessionName?: string | undefined;
  readonly externalId?: string | undefined;
  /** 900 to 43,200; AWS's default is 3,600, and its maximum in a chain too. */
  readonly durationSeconds?: number | undefined;
}

/**
 * Credentials of a role, by sts:AssumeRole with the credentials before it.
 *
 * @throws {AwsInputError} NET_AWS_ARN or NET_AWS_SESSION at once, for a role that STS could not accept
 */
export function roleCredentials(
  role: Role,
  before: () => Promise<SessionCredentials>,
  place: { readonly region: string; readonly endpointUrl: string | undefined; readonly app: string },
): () => Promise<SessionCredentials> {
  const sessionName = role.sessionName ?? place.app;
  validate(role, sessionName);
  let provider: (() => Promise<SessionCredentials>) | undefined;
  return async () => {
    provider ??= await assume(role, sessionName, before, place);
    return await provider();
  };
}

function validate(role: Role, sessionName: string): void {
  const { service, resource } = parseArn(role.roleArn);
  if (service !== 'iam' || !resource.startsWith('role/')) {
    throw new AwsInputError('NET_AWS_ARN', `${JSON.stringify(role.roleArn)} is not the ARN of a role`);
  }
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    const shown = JSON.stringify(sessionName.slice(0, 80));
    throw new AwsInputError(
      'NET_AWS_SESSION',
      `${shown} is not a session name: 2 to 64 of letters, digits, =,.@-_`,
    );
  }
  if (role.externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(role.externalId)) {
    throw new AwsInputError(
      'NET_AWS_SESSION',
      'the external id is not one: 2 to 1224 of letters, digits, +=,.@:/-',
    );
  }
  const seconds = role.durationSeconds;
  if (seconds !== undefined && (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)) {
    throw new AwsInputError('NET_AWS_SESSION', `a role lasts 900 to 43200 seconds, not ${seconds}`);
  }
}

async function assume(
  role: Role,
  sessionName: string,
  before: () => Promise<SessionCredentials>,
  place: { readonly region: string; readonly endpointUrl: string | undefined },
): Promise<() => Promise<SessionCredentials>> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const provider = fromTemporaryCredentials({
    masterCredentials: before,
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: sessionName,
      ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
      ...(role.durationSeconds === undefined ? {} : { DurationSeconds: role.durationSeconds }),
    },
    clientConfig: {
      region: place.region,
      ...(place.endpointUrl === undefined ? {} : { endpoint: place.endpointUrl }),
      maxAttempts: 5,
      requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    },
  });
  return () => provider();
}
