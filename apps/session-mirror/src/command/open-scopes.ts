import { AwsError, type CallRecorder, type Session, openSession } from '@net/aws-core';
import type { Context } from '@net/cli';
import type { MirrorApi } from '../ec2/mirror-api.js';
import { SessionMirrorError } from '../errors.js';
import { VERSION } from '../version.js';
import type { SessionValues } from './options.js';

/** An account in a region, with its API. */
export interface OpenScope {
  readonly session: Session;
  readonly api: MirrorApi;
}

/**
 * Opens every account in every region that the options name.
 *
 * @throws {SessionMirrorError} NET_SESSION_MIRROR_INPUT when no region is found
 */
export async function openScopes(
  values: SessionValues,
  { env, signal }: Pick<Context<object>, 'env' | 'signal'>,
  recorder?: CallRecorder,
): Promise<readonly OpenScope[]> {
  const { openMirrorApi } = await import('../ec2/open-mirror-api.js');
  const scopes: OpenScope[] = [];
  const roles = values.roleArn.length === 0 ? [undefined] : values.roleArn;
  const regions = values.region.length === 0 ? [undefined] : [...new Set(values.region)];
  for (const roleArn of roles) {
    for (const region of regions) {
      const open = (where: string | undefined): Promise<Session> =>
        openSession({
          app: { name: 'session-mirror', version: VERSION },
          region: where,
          profile: values.profile,
          roles:
            roleArn === undefined
              ? []
              : [{ roleArn, ...(values.externalId === undefined ? {} : { externalId: values.externalId }) }],
          endpointUrl: values.endpointUrl,
          env,
          signal,
        });
      const session = await openAnywhere(open, region);
      scopes.push({ session, api: await openMirrorApi(session, { recorder }) });
    }
  }
  return scopes;
}

/** The configuration's region, else the instance's. */
async function openAnywhere(
  open: (region: string | undefined) => Promise<Session>,
  region: string | undefined,
): Promise<Session> {
  try {
    return await open(region);
  } catch (error) {
    const isUnknown = region === undefined && error instanceof AwsError && error.code === 'NET_AWS_REGION';
    if (!isUnknown || error.exitCode === 2) throw error;
    try {
      return await open('auto');
    } catch {
      throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', 'region not available', {
        cause: error,
        hint: 'Give --region, or set AWS_REGION.',
      });
    }
  }
}

/** Ends what was opened. */
export function closeScopes(scopes: readonly OpenScope[]): void {
  for (const { api } of scopes) api.close();
}
