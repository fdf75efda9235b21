import { readFile } from 'node:fs/promises';
import { CliError, UsageError } from '@net/cli';
import { z } from 'zod';
import { accessToken } from '../accounts/tokens.js';

/** Reads a running tracker over HTTP. */
export interface TrackerClient {
  /** @throws CliError NET_TRACKER_CLIENT when there is no answer, a refusal, or one that is not of this form */
  get<T>(path: string, query: Readonly<Record<string, string>>, schema: z.ZodType<T>): Promise<T>;
}

export interface TrackerClientOptions {
  /** Where the tracker is, with or without a path below which it answers. */
  readonly url: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  /** Default 60 seconds. */
  readonly timeoutMs?: number;
}

/** Certificates are checked; NODE_EXTRA_CA_CERTS adds authorities of your own. */
export function trackerClient(options: TrackerClientOptions): TrackerClient {
  const base = baseUrl(options.url);
  return {
    get: async (path, query, schema) => {
      const url = new URL(base + path);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const headers = {
        accept: 'application/json',
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      };
      const answer = await request(url, headers, options);
      const parsed = schema.safeParse(answer);
      if (parsed.success) return parsed.data;
      throw failure(`${url.origin}${url.pathname} does not answer as a connection tracker does`, {
        hint: 'Check the URL.',
      });
    },
  };
}

/**
 * The token to show: of a file; else CONNECTION_TRACKER_TOKEN; else the one named connection-tracker, or tok, in
 * OAUTH2_ACCESS_TOKENS; else none.
 * @throws UsageError for a file that cannot be read
 */
export async function clientToken(
  tokenFile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (tokenFile !== undefined) {
    try {
      return (await readFile(tokenFile, 'utf8')).trim();
    } catch (cause) {
      throw new UsageError(`the token file ${tokenFile} cannot be read`, { cause });
    }
  }
  if (env['CONNECTION_TRACKER_TOKEN']) return env['CONNECTION_TRACKER_TOKEN'];
  const list = env['OAUTH2_ACCESS_TOKENS'];
  if (!list) return undefined;
  const name = /(^|,)\s*connection-tracker\s*=/.test(list) ? 'connection-tracker' : 'tok';
  return accessToken(list, name);
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('the URL of the tracker is not one', {
      hint: 'Expected such as http://127.0.0.1:8080.',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('the URL of the tracker has a credential in it', { hint: 'Use --token-file.' });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: TrackerClientOptions,
): Promise<unknown> {
  const shown = `${url.origin}${url.pathname}`;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 60_000)]);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { headers, signal });
    text = await response.text();
  } catch (cause) {
    options.signal.throwIfAborted();
    throw failure(`${shown} does not answer: ${reasonOf(cause)}`, { cause });
  }
  if (!response.ok) {
    throw failure(`${shown} answers ${response.status}`, {
      ...(response.status === 401 ? { hint: 'Give a token: --token-file or CONNECTION_TRACKER_TOKEN.' } : {}),
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw failure(`${shown} answers something that is not JSON`, { hint: 'Check the URL.' });
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as {
    readonly message?: string;
    readonly cause?: { readonly message?: string };
  };
  return cause?.message || message || 'unknown reason';
}

function failure(
  message: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): CliError {
  return new CliError(message, { code: 'NET_TRACKER_CLIENT', exitCode: 1, ...options });
}
