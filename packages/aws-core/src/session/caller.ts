import { toAwsError } from '../errors/categorize.js';
import { AwsError } from '../errors/aws-error.js';
import { createClient } from '../client/create-client.js';
import type { Session } from './session.js';

/** Whom AWS takes this session for. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
}

/**
 * Asks sts:GetCallerIdentity, which every identity may.
 *
 * @throws {AwsApiError} when there is no answer
 */
export async function readCaller(session: Session, signal?: AbortSignal): Promise<Caller> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = await createClient(session, STSClient);
  try {
    const { Account, Arn } = await client.send(
      new GetCallerIdentityCommand({}),
      signal ? { abortSignal: signal } : {},
    );
    if (Account === undefined || Arn === undefined)
      throw new AwsError('NET_AWS_UNKNOWN', 'STS named no account');
    return { accountId: Account, arn: Arn };
  } catch (error) {
    throw toAwsError(error, { action: 'sts:GetCallerIdentity' });
  } finally {
    client.destroy();
  }
}
