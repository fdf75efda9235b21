import { type Context, UsageError } from '@net/cli';
import type { Registry } from 'prom-client';
import { type Addresses, type HttpService, serveHttp } from '../http/index.js';
import type { Store } from '../store/index.js';
import { VERSION } from '../version.js';
import type { HttpValues } from './http-options.js';
import { readTokenSchemes } from './read-token-schemes.js';

export interface HttpParts {
  readonly store: Store;
  readonly addresses: Addresses;
  readonly registry?: Registry;
  readonly isReady?: () => boolean;
}

/**
 * Serves as the options say.
 *
 * @throws {UsageError} when the address cannot be listened on, or an option is wrong
 */
export async function openHttp(
  { log, clock }: Context<object>,
  values: HttpValues,
  parts: HttpParts,
): Promise<HttpService> {
  const auth = await readTokenSchemes(values, () => clock.monotonicMs());
  const { host, port, insecureOpen, rateLimit } = values;
  try {
    return await serveHttp({
      ...parts,
      host,
      port,
      insecureOpen,
      auth,
      clock,
      log,
      rateLimit: { requestsPerSecond: rateLimit, burst: 4 * rateLimit },
      version: VERSION,
    });
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen' && syscall !== 'getaddrinfo') throw error;
    const hint = code === 'EADDRINUSE' ? 'Give another --port; 0 takes a free one.' : undefined;
    throw new UsageError(`cannot listen on ${host}:${port}: ${code}`, { ...(hint ? { hint } : {}) });
  }
}
