import { AwsError } from '../errors/aws-error.js';
import { redactSecrets } from '../errors/redact.js';
import type { SessionCredentials } from './session.js';

/**
 * The provider with a memory that all clients of a session share: one fetch at a time, kept until five minutes
 * before the end. Keys that still live are used when renewing fails.
 */
export function rememberCredentials(
  provider: () => Promise<SessionCredentials>,
  now: () => number = Date.now,
): () => Promise<SessionCredentials> {
  let known: SessionCredentials | undefined;
  let fetching: Promise<SessionCredentials> | undefined;
  const leftMs = (): number => (known?.expiration ? known.expiration.getTime() - now() : Infinity);
  const fetch = async (): Promise<SessionCredentials> => {
    try {
      known = await provider();
      return known;
    } catch (error) {
      if (known && leftMs() > 0) return known;
      throw withAdvice(error);
    } finally {
      fetching = undefined;
    }
  };
  return () => {
    if (known && leftMs() > RENEW_MS) return Promise.resolve(known);
    return (fetching ??= fetch());
  };
}

const RENEW_MS = 5 * 60_000;

function withAdvice(error: unknown): unknown {
  if (
    !(error instanceof Error) ||
    !/^(CredentialsProviderError|ProviderError|TokenProviderError)$/.test(error.name)
  ) {
    return error;
  }
  return new AwsError('NET_AWS_CREDENTIALS', `no usable AWS credentials: ${redactSecrets(error.message)}`, {
    cause: error,
    exitCode: 3,
    hint: 'Log in (aws sso login), name a --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the instance a role.',
  });
}
