import { TrackerError } from '../errors.js';

/**
 * Reads OAUTH2_ACCESS_TOKENS, `name=token,name=token`, and gives the token of this name. No text of an error has a
 * token in it.
 *
 * @throws {TrackerError} NET_TRACKER_CONFIG for a list that is not one, or that lacks the name
 */
export function accessToken(list: string, name = 'tok'): string {
  const tokens = new Map<string, string>();
  list.split(',').forEach((part, index) => {
    const at = part.indexOf('=');
    const token = part.slice(at + 1).trim();
    // Visible ASCII without quotes or separators: RFC 6750 section 2.1.
    if (at < 1 || !/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
      throw new TrackerError(
        'NET_TRACKER_CONFIG',
        `OAUTH2_ACCESS_TOKENS: item ${index + 1} is not name=token`,
        { hint: 'Expected name=token,name=token.' },
      );
    }
    tokens.set(part.slice(0, at).trim(), token);
  });
  const token = tokens.get(name);
  if (token !== undefined) return token;
  throw new TrackerError('NET_TRACKER_CONFIG', `OAUTH2_ACCESS_TOKENS has no token named ${name}`, {
    hint: `Add ${name}=<token>.`,
  });
}
