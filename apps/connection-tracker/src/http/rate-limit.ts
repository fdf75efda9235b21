/** Tokens in buckets, one bucket per caller. */
export interface RateLimit {
  /** 0: go on; else the seconds to wait, at least 1. */
  take(caller: string): number;
}

export interface RateLimitOptions {
  readonly requestsPerSecond: number;
  /** Requests that may come at once. */
  readonly burst: number;
  /** Milliseconds on a clock that never steps. */
  readonly monotonicMs: () => number;
}

const MAX_CALLERS = 10_000;

/** Limits each caller; the callers that were quiet longest are forgotten first. */
export function createRateLimit({ requestsPerSecond, burst, monotonicMs }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(caller) {
      const nowMs = monotonicMs();
      const known = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
      const tokens = Math.min(burst, known.tokens + ((nowMs - known.atMs) / 1_000) * requestsPerSecond);
      buckets.delete(caller);
      const isAllowed = tokens >= 1;
      buckets.set(caller, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
      if (buckets.size > MAX_CALLERS) {
        const oldest = buckets.keys().next().value;
        if (oldest !== undefined) buckets.delete(oldest);
      }
      return isAllowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / requestsPerSecond));
    },
  };
}
