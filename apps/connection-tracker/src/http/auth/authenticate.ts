import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '../problem.js';
import type { TokenScheme } from './scheme.js';

/** Says who asks. @throws HttpProblem 401, 403, 503 */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<{ readonly subject: string }>;

const MAX_TOKEN_CHARACTERS = 8_192;
const challenge = (error?: string): Readonly<Record<string, string>> => ({
  'WWW-Authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"`,
});

/** Reads the bearer token (RFC 6750, section 2.1) and asks the schemes in turn; one that accepts is enough. */
export function createAuthenticate(schemes: readonly TokenScheme[]): Authenticate {
  return async (headers) => {
    const header = headers.authorization;
    if (header === undefined) throw new HttpProblem(401, 'No authorization token provided', challenge());
    const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1];
    if (token === undefined || token.length > MAX_TOKEN_CHARACTERS) {
      throw new HttpProblem(401, 'Invalid authorization header', challenge('invalid_request'));
    }
    let worst: 'unknown' | 'forbidden' | 'unavailable' = 'unknown';
    for (const scheme of schemes) {
      const verdict = await scheme(token);
      if (verdict.status === 'accepted') return verdict;
      if (verdict.status === 'forbidden' || (verdict.status === 'unavailable' && worst === 'unknown')) {
        worst = verdict.status;
      }
    }
    if (worst === 'forbidden') {
      throw new HttpProblem(
        403,
        'Provided token does not have the required scope',
        challenge('insufficient_scope'),
      );
    }
    if (worst === 'unavailable') {
      throw new HttpProblem(503, 'The token cannot be checked at the moment', { 'Retry-After': '5' });
    }
    throw new HttpProblem(401, 'Provided oauth token is not valid', challenge('invalid_token'));
  };
}
