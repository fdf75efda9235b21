import { AwsInputError } from '../errors/aws-error.js';
import { type Role, roleCredentials } from './role-chain.js';
import { resolveRegion } from './region.js';
import { rememberCredentials } from './remember-credentials.js';
import { Session, type SessionCredentials } from './session.js';

/** What a session is opened with; what is left out is found where the SDK looks for it. */
export interface SessionOptions {
  /** Of the user agent: `{ name: 'aws-route-mon', version: '1.0.0' }`. */
  readonly app: { readonly name: string; readonly version: string };
  /** `auto` asks the instance metadata; left out: AWS_REGION, AWS_DEFAULT_REGION, the profile. */
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** Assumed in this order, each with the keys of the one before. */
  readonly roles?: readonly Role[] | undefined;
  readonly endpointUrl?: string | undefined;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a session. Credentials are found as the SDK does (environment, profile with SSO, roles and processes,
 * container, instance metadata), unless keys are given; they are fetched with the first call and renewed.
 *
 * @throws {AwsInputError} NET_AWS_SESSION, NET_AWS_REGION, NET_AWS_ARN for settings no call can be made with
 * @throws {AwsError} NET_AWS_REGION, exit code 3, when no region is found
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const env = options.env ?? process.env;
  const endpointUrl = options.endpointUrl === undefined ? undefined : parseEndpoint(options.endpointUrl);
  const keys = givenKeys(options);
  const region = await resolveRegion({
    region: options.region,
    profile: options.profile,
    env,
    signal: options.signal,
  });
  const { roles = [], profile } = options;
  const base = keys ? (): Promise<SessionCredentials> => Promise.resolve(keys) : defaultCredentials(profile);
  let credentials = rememberCredentials(base);
  for (const role of roles) {
    credentials = rememberCredentials(
      roleCredentials(role, credentials, { region, endpointUrl, app: options.app.name }),
    );
  }
  return new Session({
    region,
    profile,
    endpointUrl,
    roleArn: roles.at(-1)?.roleArn,
    userAgent: `@net/${options.app.name}/${options.app.version}`,
    credentials,
  });
}

function givenKeys(options: SessionOptions): SessionCredentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, profile } = options;
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined)
    return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'access key id' : 'secret access key';
    throw new AwsInputError('NET_AWS_SESSION', `the ${missing} is missing: both halves of a key are needed`);
  }
  if (profile !== undefined) {
    throw new AwsInputError(
      'NET_AWS_SESSION',
      'an access key and a profile were given: only one can be used',
    );
  }
  if (!/^\w{16,128}$/.test(accessKeyId)) {
    throw new AwsInputError(
      'NET_AWS_SESSION',
      'the access key id is not one: expected 16 to 128 letters and digits',
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AwsInputError(
      'NET_AWS_SESSION',
      `${JSON.stringify(text.slice(0, 200))} is not an endpoint: expected http://HOST[:PORT] or https://HOST[:PORT]`,
    );
  }
  return text;
}

function defaultCredentials(profile: string | undefined): () => Promise<SessionCredentials> {
  let provider: (() => Promise<SessionCredentials>) | undefined;
  return async () => {
    if (!provider) {
      const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
      const chain = fromNodeProviderChain(profile === undefined ? {} : { profile });
      provider = () => chain();
    }
    return await provider();
  };
}
