import { UsageError } from '@net/cli';
import { openSession } from '@net/aws-core';
import {
  accessToken,
  type AccountList,
  readAccountsFile,
  readOrganization,
  readTeamService,
  readThisAccount,
} from '../accounts/index.js';
import { VERSION } from '../version.js';
import type { ServeValues } from './serve-options.js';

/** Where the accounts come from. */
export interface AccountSource {
  readonly kind: 'team-service' | 'organization' | 'file' | 'this-account';
  readonly read: (signal: AbortSignal) => Promise<AccountList>;
}

/**
 * The one source that the options name; none: the account of the credentials.
 *
 * @throws {UsageError} for more than one
 * @throws {TrackerError} NET_TRACKER_CONFIG for tokens that cannot be used
 */
export function accountSource(
  values: ServeValues,
  env: Readonly<Record<string, string | undefined>>,
  region: string,
): AccountSource {
  const { teamServiceUrl, organization, accountsFile } = values;
  const named = [
    ...(teamServiceUrl === undefined ? [] : ['--team-service-url']),
    ...(organization ? ['--organization'] : []),
    ...(accountsFile === undefined ? [] : ['--accounts-file']),
  ];
  if (named.length > 1) throw new UsageError(`${named.join(' and ')}: the accounts come from one of them`);
  if (teamServiceUrl !== undefined) {
    if (values.accessTokens === undefined) {
      throw new UsageError('the team service needs a token', {
        hint: 'Set OAUTH2_ACCESS_TOKENS=tok=TOKEN.',
      });
    }
    const token = accessToken(values.accessTokens);
    return {
      kind: 'team-service',
      read: (signal) => readTeamService({ url: teamServiceUrl, token: () => token }, signal),
    };
  }
  if (accountsFile !== undefined)
    return { kind: 'file', read: (signal) => readAccountsFile(accountsFile, signal) };
  const open = (signal: AbortSignal): ReturnType<typeof openSession> =>
    openSession({
      app: { name: 'connection-tracker', version: VERSION },
      region,
      profile: values.profile,
      endpointUrl: values.endpointUrl,
      env,
      signal,
    });
  return organization
    ? { kind: 'organization', read: async (signal) => readOrganization(await open(signal), signal) }
    : {
        kind: 'this-account',
        read: async (signal) => readThisAccount(await open(signal), values.accountName, signal),
      };
}
