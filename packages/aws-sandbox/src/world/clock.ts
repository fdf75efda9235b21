/** The time that everything in the sandbox goes by: life cycles, delays, token buckets, latency. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after that many milliseconds of this clock; rejects with the signal's reason when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that stands still until it is told to move. */
export interface VirtualClock extends Clock {
  /** Moves time forward and wakes the sleepers that are due, in order. */
  advance(durationMs: number): void;
  /** How many callers are asleep on this clock. */
  readonly sleepers: number;
}

/** The clock of the machine. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(asError(signal.reason));
          return;
        }
        const abort = (): void => {
          clearTimeout(timer);
          reject(asError(signal?.reason));
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        }, durationMs);
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock for tests; `startMs` defaults to 2026-01-01T00:00:00Z. */
export function virtualClock(startMs: number = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startMs;
  let sleepers: Sleeper[] = [];
  return {
    now: () => nowMs,
    get sleepers() {
      return sleepers.length;
    },
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(asError(signal.reason));
          return;
        }
        if (durationMs <= 0) {
          resolve();
          return;
        }
        const abort = (): void => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(asError(signal?.reason));
        };
        const sleeper: Sleeper = {
          atMs: nowMs + durationMs,
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    advance: (durationMs) => {
      if (!(durationMs >= 0)) throw new RangeError('a clock cannot go backwards');
      nowMs += durationMs;
      const due = sleepers.filter((sleeper) => sleeper.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
      sleepers = sleepers.filter((sleeper) => sleeper.atMs > nowMs);
      for (const sleeper of due) sleeper.wake();
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
