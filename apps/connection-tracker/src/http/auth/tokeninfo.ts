import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TokenScheme, TokenVerdict } from './scheme.js';

export interface TokeninfoOptions {
  readonly url: string;
  /** Default: `uid`, as the original. */
  readonly scopes?: readonly string[];
  /** Milliseconds on a clock that never steps. */
  readonly monotonicMs: () => number;
}

const KEPT_MS = 60_000;
const KEPT_TOKENS = 10_000;
const TIMEOUT_MS = 5_000;

const answer = z.looseObject({
  scope: z.union([z.array(z.string()), z.string()]).optional(),
  uid: z.string().optional(),
  expires_in: z.number().optional(),
});

/**
 * Asks `url` about each token, which goes there as the caller's bearer token, as the original did. What was accepted is
 * not asked again for a minute, or until it expires; refusals are not kept.
 */
export function tokeninfoScheme(options: TokeninfoOptions): TokenScheme {
  const scopes = options.scopes ?? ['uid'];
  const kept = new Map<string, { readonly untilMs: number; readonly verdict: TokenVerdict }>();
  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = kept.get(key);
    if (known && known.untilMs > options.monotonicMs()) return known.verdict;
    kept.delete(key);
    const { verdict, keepMs } = await ask(options.url, token, scopes);
    if (verdict.status === 'accepted' && keepMs > 0) {
      const oldest = kept.size >= KEPT_TOKENS ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      kept.set(key, { untilMs: options.monotonicMs() + keepMs, verdict });
    }
    return verdict;
  };
}

async function ask(
  url: string,
  token: string,
  wanted: readonly string[],
): Promise<{ readonly verdict: TokenVerdict; readonly keepMs: number }> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status >= 500 || response.status === 429) {
      await response.body?.cancel();
      return { verdict: { status: 'unavailable' }, keepMs: 0 };
    }
    if (!response.ok) {
      await response.body?.cancel();
      return { verdict: { status: 'unknown' }, keepMs: 0 };
    }
    const info = answer.parse(await response.json());
    const granted = typeof info.scope === 'string' ? info.scope.split(' ') : (info.scope ?? []);
    if (!wanted.every((scope) => granted.includes(scope)))
      return { verdict: { status: 'forbidden' }, keepMs: 0 };
    const keepMs = Math.min(KEPT_MS, (info.expires_in ?? KEPT_MS / 1_000) * 1_000);
    return { verdict: { status: 'accepted', subject: info.uid ?? 'unnamed' }, keepMs };
  } catch {
    return { verdict: { status: 'unavailable' }, keepMs: 0 };
  }
}
