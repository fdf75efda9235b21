import { readFile } from 'node:fs/promises';
import { UsageError } from '@net/cli';
import { jwtScheme, staticTokens, tokeninfoScheme, type TokenScheme } from '../http/index.js';
import type { HttpValues } from './http-options.js';

/**
 * The ways to check tokens that the options ask for; none: no authentication.
 *
 * @throws {UsageError} for a half of a setting, or a file that cannot be read
 * @throws {TrackerError} NET_TRACKER_CONFIG for tokens that are too short
 */
export async function readTokenSchemes(
  values: HttpValues,
  monotonicMs: () => number,
): Promise<readonly TokenScheme[]> {
  const schemes: TokenScheme[] = [];
  const { tokeninfoUrl, jwtKeysUrl, jwtIssuer, jwtAudience, staticTokensFile } = values;
  if (tokeninfoUrl !== undefined) {
    checkUrl('--tokeninfo-url', tokeninfoUrl);
    schemes.push(tokeninfoScheme({ url: tokeninfoUrl, scopes: values.tokeninfoScope, monotonicMs }));
  }
  if (jwtKeysUrl !== undefined) {
    checkUrl('--jwt-keys-url', jwtKeysUrl);
    if (jwtIssuer === undefined || jwtAudience === undefined)
      throw new UsageError('--jwt-keys-url needs --jwt-issuer and --jwt-audience too');
    schemes.push(
      jwtScheme({ keysUrl: jwtKeysUrl, issuer: jwtIssuer, audience: jwtAudience, scopes: values.jwtScope }),
    );
  } else if (jwtIssuer !== undefined || jwtAudience !== undefined) {
    throw new UsageError('--jwt-issuer and --jwt-audience need --jwt-keys-url too');
  }
  if (staticTokensFile !== undefined) schemes.push(staticTokens(await readTokens(staticTokensFile)));
  return schemes;
}

function checkUrl(flag: string, text: string): void {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new UsageError(`${flag} is not an address of HTTP`);
}

async function readTokens(file: string): Promise<string[]> {
  try {
    const text = await readFile(file, 'utf8');
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw new UsageError(`--static-tokens-file cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
