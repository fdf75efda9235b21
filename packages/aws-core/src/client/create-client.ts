import type { Provider, RetryStrategyV2 } from '@smithy/types';

import { systemClock } from '../clock.js';
import type { Session, SessionCredentials } from '../session/session.js';
import { AwsUncertainWriteError } from '../errors/aws-error.js';
import { watchCalls } from './call-middleware.js';
import { type RetryBudget, createRetryStrategy, defaultRetryBudget } from './retry-strategy.js';

/** What this package needs to know of an SDK client. */
export interface SdkClient {
  readonly config: { readonly serviceId: string };
  readonly middlewareStack: object;
  destroy(): void;
}

/** What a client is constructed with; every client class of SDK v3 takes it. */
export interface ClientConfiguration {
  region: string;
  profile?: string;
  endpoint?: string;
  credentials?: Provider<SessionCredentials>;
  requestHandler: {
    connectionTimeout: number;
    requestTimeout: number;
    throwOnRequestTimeout: boolean;
    httpAgent: { keepAlive: boolean; maxSockets: number };
    httpsAgent: { keepAlive: boolean; maxSockets: number };
  };
  retryStrategy: RetryStrategyV2;
  maxAttempts: number;
}

/** A client class, `EC2Client` for one. */
export type ClientConstructor<C extends SdkClient> = new (configuration: ClientConfiguration) => C;

/** How a client behaves; everything has a default. */
export interface ClientOptions {
  /** Another region than the session's. */
  readonly region?: string;
  /**
   * `adaptive` (default) also slows the whole client down while AWS throttles it; `standard` does not; `none` tries
   * everything once.
   */
  readonly retryMode?: 'adaptive' | 'standard' | 'none';
  readonly retry?: Partial<RetryBudget>;
  /** Until the connection stands. Default 3,000. */
  readonly connectTimeoutMs?: number;
  /** Of one attempt, until the answer begins. Default 20,000. */
  readonly requestTimeoutMs?: number;
  /** Connections at a time. Default 50. */
  readonly maxSockets?: number;
  /**
   * Operations that may be sent again after a cut connection although they are writes without a client token,
   * beside those that come to the same however often they are done (tags, deletion of queue messages).
   */
  readonly repeatable?: readonly string[];
}

/**
 * Makes an SDK client of the session: its region, credentials and endpoint, a retry budget, timeouts, keep-alive and
 * the user agent `@net/<app>/<version>`. The caller imports the class, so that nobody loads a client it does not use.
 *
 * A write whose answer got lost is not sent again, unless it is repeatable: it fails with `AwsUncertainWriteError`,
 * and the caller reads the state back. Other errors are the SDK's own; `categorize` and `toAwsError` know the call.
 */
export async function createClient<C extends SdkClient>(
  session: Session,
  constructor: ClientConstructor<C>,
  options: ClientOptions = {},
): Promise<C> {
  const mode = options.retryMode ?? 'adaptive';
  const budget: RetryBudget = { ...defaultRetryBudget, ...options.retry };
  const attempts = mode === 'none' ? 1 : budget.attempts;
  const sendRate = mode === 'adaptive' && budget.retryThrottled ? await adaptiveRate() : undefined;
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? 50 };
  const client = new constructor({
    ...session.clientSettings(options.region),
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? 3_000,
      requestTimeout: options.requestTimeoutMs ?? 20_000,
      // Without this the handler only prints a warning when the time is over.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: { ...agent },
    },
    retryStrategy: createRetryStrategy({
      budget: { ...budget, attempts },
      sendRate,
      isFinal: (error) => error instanceof AwsUncertainWriteError,
      clock: systemClock,
      random: Math.random,
    }),
    maxAttempts: attempts,
  });
  watchCalls(client, {
    userAgent: session.userAgent,
    region: options.region ?? session.region,
    repeatable: new Set(options.repeatable),
  });
  return client;
}

async function adaptiveRate(): Promise<{
  getSendToken(): Promise<void>;
  updateClientSendingRate(response: unknown): void;
}> {
  const { DefaultRateLimiter } = await import('@smithy/util-retry');
  return new DefaultRateLimiter();
}
