import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';

import type { Clock, Random } from '../clock.js';
import { signalOf } from '../errors/call-of.js';
import { categorize } from '../errors/categorize.js';

/** How long and how often a call is tried. */
export interface RetryBudget {
  /** Attempts of one call, the first included. Default 6. */
  readonly attempts: number;
  /** From the first attempt until no other is started. Default 60,000. */
  readonly totalMs: number;
  /** Upper end of the first wait; doubles with each. Throttled calls begin at five times as much. Default 100. */
  readonly baseDelayMs: number;
  /** No wait is longer. Default 20,000. */
  readonly maxDelayMs: number;
  /** Whether throttled calls are tried again here; a pacer wants to see them itself. Default true. */
  readonly retryThrottled: boolean;
}

/** The defaults of {@link RetryBudget}. */
export const defaultRetryBudget: RetryBudget = {
  attempts: 6,
  totalMs: 60_000,
  baseDelayMs: 100,
  maxDelayMs: 20_000,
  retryThrottled: true,
};

/** What the SDK's adaptive mode slows a client down with. */
export interface SendRate {
  getSendToken(): Promise<void>;
  updateClientSendingRate(response: unknown): void;
}

/** What a strategy needs from outside. */
export interface RetryStrategyParts {
  readonly budget: RetryBudget;
  /** Undefined for no limit of the sending rate. */
  readonly sendRate: SendRate | undefined;
  /** Errors that must not be tried again, whatever they look like. */
  readonly isFinal: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A retry strategy for the SDK's retry middleware with a budget of attempts and of time: waits are exponential with
 * full jitter, a server's Retry-After is kept to, and a wait that would end after the budget is not begun.
 */
export function createRetryStrategy(parts: RetryStrategyParts): RetryStrategyV2 {
  const { budget, sendRate } = parts;
  return {
    acquireInitialRetryToken: async () => {
      await sendRate?.getSendToken();
      return budgetToken(0, 0, parts.clock.now());
    },
    refreshRetryTokenForRetry: async (token, info) => {
      sendRate?.updateClientSendingRate(info);
      const { startedAtMs } = token as BudgetToken;
      const tried = token.getRetryCount() + 1;
      if (tried >= budget.attempts || !isWorthRetrying(parts, info)) throw new Error('not to be tried again');
      const delayMs = delayOf(parts, tried, info);
      if (parts.clock.now() + delayMs > startedAtMs + budget.totalMs) throw new Error('no time left');
      // Waited for here, because the SDK's middleware leaves its timer running after an abort, which keeps a process
      // that was told to end alive.
      await parts.clock.sleep(delayMs, signalOf(info.error));
      await sendRate?.getSendToken();
      return budgetToken(tried, delayMs, startedAtMs);
    },
    recordSuccess: () => {
      sendRate?.updateClientSendingRate({});
    },
  };
}

interface BudgetToken extends RetryToken {
  readonly startedAtMs: number;
}

function budgetToken(count: number, waitedMs: number, startedAtMs: number): BudgetToken {
  return {
    startedAtMs,
    getRetryCount: () => count,
    getRetryDelay: () => 0,
    $retryLog: { acquisitionDelay: waitedMs },
  };
}

function isWorthRetrying(parts: RetryStrategyParts, info: RetryErrorInfo): boolean {
  if (parts.isFinal(info.error)) return false;
  const { category } = categorize(info.error);
  if (info.errorType === 'THROTTLING' || category === 'throttled') return parts.budget.retryThrottled;
  return info.errorType === 'TRANSIENT' || category === 'transient';
}

function delayOf(parts: RetryStrategyParts, tried: number, info: RetryErrorInfo): number {
  const { baseDelayMs, maxDelayMs } = parts.budget;
  const base = info.errorType === 'THROTTLING' ? baseDelayMs * 5 : baseDelayMs;
  const ceiling = Math.min(maxDelayMs, base * 2 ** (tried - 1));
  const jittered = Math.ceil(parts.random() * ceiling);
  const asked = info.retryAfterHint ? info.retryAfterHint.getTime() - parts.clock.now() : 0;
  return Math.max(jittered, Math.min(asked, maxDelayMs));
}
