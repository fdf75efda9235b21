import { TrackerError } from '../errors.js';
import { type AccountList, readAccountList } from './account.js';

/** Where the account list is, and how long to wait for it. */
export interface TeamServiceOptions {
  /** Base address; `/api/accounts/aws` is added. */
  readonly url: string;
  /** Asked before each request, so that a token may be renewed. */
  readonly token: () => string | Promise<string>;
  /** Default 20,000. */
  readonly timeoutMs?: number;
}

/** The longest account list that is read. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Asks the team service for the accounts: GET `<url>/api/accounts/aws` with a bearer token. Redirects are not followed,
 * since the token would go with them.
 *
 * @throws {TrackerError} NET_TRACKER_ACCOUNTS when there is no answer that can be used; the signal's reason when aborted
 */
export async function readTeamService(
  options: TeamServiceOptions,
  signal?: AbortSignal,
): Promise<AccountList> {
  const url = accountsUrl(options.url);
  const limit = AbortSignal.timeout(options.timeoutMs ?? 20_000);
  const token = await options.token();
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw failure(url, `answered with status ${response.status}`, {
        hint:
          response.status === 401 || response.status === 403
            ? 'Is the token of OAUTH2_ACCESS_TOKENS still good?'
            : undefined,
      });
    }
    const value = parse(await readBody(response, url), url);
    if (!Array.isArray(value)) throw failure(url, 'answered with something that is not a list');
    return readAccountList(value);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TrackerError) throw error;
    if (limit.aborted) throw failure(url, `gave no answer within ${options.timeoutMs ?? 20_000} ms`);
    const { message, cause } = error as Error & { readonly cause?: { readonly message?: string } };
    throw failure(url, `could not be asked: ${cause?.message ?? message}`, { cause: error });
  }
}

function accountsUrl(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '') {
    throw new TrackerError('NET_TRACKER_CONFIG', 'the address of the team service is not one', {
      hint: 'Expected HTTP_TEAM_SERVICE_URL=https://HOST[/PATH].',
    });
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/accounts/aws`;
  url.search = '';
  url.hash = '';
  return url;
}

async function readBody(response: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw failure(url, `answered with more than ${MOST_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw failure(url, 'answered with something that is not JSON');
  }
}

function failure(
  url: URL,
  what: string,
  options: ErrorOptions & { readonly hint?: string | undefined } = {},
): TrackerError {
  return new TrackerError('NET_TRACKER_ACCOUNTS', `the team service at ${url.host} ${what}`, options);
}
