import { type Clock, type Random, systemClock } from '../clock.js';
import { categorize } from '../errors/categorize.js';
import { createSlots } from './slots.js';

/** How many calls are sent, and how fast; everything has a default. */
export interface PacerOptions {
  /** Calls in flight at a time. Default 16. */
  readonly concurrency?: number;
  /** Calls a second that are tried first after a throttled one. Default 5, EC2's refill for writes. */
  readonly assumedPerSecond?: number;
  /** Never slower than this. Default 0.2. */
  readonly leastPerSecond?: number;
  /** How long one call is tried while it is throttled. Default 1,800,000: half an hour. */
  readonly totalMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Sends calls as fast as they are accepted. */
export interface Pacer {
  /**
   * Makes the call when its turn comes, and again while it is throttled. Everything else that it rejects with is
   * passed on, as is the last throttling when the time is over.
   */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly counts: { readonly accepted: number; readonly throttled: number };
  /** Undefined while nothing was throttled. */
  readonly perSecond: number | undefined;
}

/**
 * A pacer for bulk writes of one account, region and kind of call. Until AWS throttles, only the concurrency limits
 * it. From then on it sends 15 % more than has been accepted in the last five seconds, evenly spread with jitter: the
 * bucket stays empty, so nothing that AWS would allow is left unused, and few calls are wasted. A row of accepted calls
 * makes it faster. Clients must not retry throttled calls themselves (`retry: { retryThrottled: false }`).
 */
export function createPacer(options: PacerOptions = {}): Pacer {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const totalMs = options.totalMs ?? 1_800_000;
  const slots = createSlots(options.concurrency ?? 16);
  const rate = createRate(clock, options.assumedPerSecond ?? 5, options.leastPerSecond ?? 0.2);
  const counts = { accepted: 0, throttled: 0 };
  let nextAtMs = 0;

  const turn = async (signal: AbortSignal | undefined): Promise<void> => {
    const perSecond = rate.perSecond();
    if (perSecond === undefined) return;
    const nowMs = clock.now();
    const atMs = Math.max(nowMs, nextAtMs);
    nextAtMs = atMs + (1000 / perSecond) * (0.5 + random());
    if (atMs > nowMs) await clock.sleep(atMs - nowMs, signal);
  };

  return {
    run: async (call, signal) => {
      const deadlineMs = clock.now() + totalMs;
      for (;;) {
        const release = await slots.take(signal);
        let epoch = 0;
        try {
          await turn(signal);
          signal?.throwIfAborted();
          epoch = rate.epoch();
          const result = await call();
          counts.accepted += 1;
          rate.accepted(epoch);
          return result;
        } catch (error) {
          if (categorize(error).category !== 'throttled') throw error;
          counts.throttled += 1;
          rate.throttled(epoch);
          if (clock.now() >= deadlineMs) throw error;
        } finally {
          release();
        }
      }
    },
    get counts() {
      return { ...counts };
    },
    get perSecond() {
      return rate.perSecond();
    },
  };
}

interface Rate {
  perSecond(): number | undefined;
  /** Grows when the rate was set anew: ends of calls from before say nothing about it. */
  epoch(): number;
  accepted(epoch: number): void;
  throttled(epoch: number): void;
}

const WINDOW_MS = 5_000;
/** How much more is sent than was accepted. */
const PROBE = 1.15;
/** So many calls without one throttled: the bucket refills faster than it did. */
const QUIET_CALLS = 24;
/** The same before the refill is known. */
const SEARCH_CALLS = 8;

function createRate(clock: Clock, assumed: number, least: number): Rate {
  let current: number | undefined;
  let epoch = 0;
  let isSearching = true;
  let sinceMs = 0;
  let acceptedInARow = 0;
  let inVain = 0;
  let acceptedAtMs: number[] = [];

  const startAgain = (perSecond: number): void => {
    current = perSecond;
    epoch += 1;
    sinceMs = clock.now();
    acceptedAtMs = [];
    inVain = 0;
  };
  const measure = (): void => {
    const nowMs = clock.now();
    const seenMs = Math.min(nowMs - sinceMs, WINDOW_MS);
    acceptedAtMs = acceptedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS);
    // Too short a look says more about jitter than about the bucket.
    if (seenMs < WINDOW_MS / 2) return;
    const accepted = (acceptedAtMs.length * 1000) / seenMs;
    current = Math.max(least, accepted * PROBE);
  };

  return {
    perSecond: () => current,
    epoch: () => epoch,
    accepted: (sentIn) => {
      if (current === undefined || sentIn !== epoch) return;
      inVain = 0;
      acceptedInARow += 1;
      acceptedAtMs.push(clock.now());
      if (isSearching && acceptedInARow > SEARCH_CALLS) current *= 1.1;
      else if (acceptedInARow > QUIET_CALLS) current *= 1.05;
      else measure();
    },
    throttled: (sentIn) => {
      if (current === undefined) {
        // What was accepted until now came out of the full bucket and says nothing about its refill.
        startAgain(assumed * PROBE);
        return;
      }
      if (sentIn !== epoch) return;
      const isTooFast = acceptedInARow > (isSearching ? SEARCH_CALLS : QUIET_CALLS);
      acceptedInARow = 0;
      isSearching &&= !isTooFast;
      if (isTooFast) {
        startAgain(Math.max(least, current * 0.8));
        return;
      }
      inVain += 1;
      measure();
      // Nothing at all gets through: others use up the bucket, so ask less and less often.
      if (inVain >= 8) startAgain(Math.max(least, current / 2));
    },
  };
}
