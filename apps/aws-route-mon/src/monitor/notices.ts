import type { Clock } from '@net/aws-core';

/** What is done about the end of an instance. */
export interface DepartureHandlers {
  /** The instance is about to end; resolves when its routes are handed over. */
  readonly onLeave: (reason: string) => Promise<void>;
  /** It is not, after all. */
  readonly onStay: () => void;
}

/** A source of notices that the instance is about to end. */
export interface Departures {
  /** Watches until the signal is aborted; never rejects. */
  watch(handlers: DepartureHandlers, signal: AbortSignal): Promise<void>;
}

/** How notices are read. */
export interface DeparturesParts {
  /** Why the instance is about to end; undefined when it is not. */
  readonly read: (signal: AbortSignal) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Done once the routes are handed over: the lifecycle action is completed. */
  readonly afterLeaving?: (signal: AbortSignal) => Promise<void>;
  readonly onError: (what: 'notices' | 'lifecycle', error: unknown) => void;
}

/** Polls for notices. A notice is acted on once; one that goes away (a Spot rebalance that was called off) is undone. */
export function pollDepartures(parts: DeparturesParts): Departures {
  return {
    watch: async (handlers, signal) => {
      let reason: string | undefined;
      let isReleased = false;
      while (!signal.aborted) {
        try {
          const found = await parts.read(signal);
          if (found === undefined && reason !== undefined) {
            handlers.onStay();
            isReleased = false;
          }
          reason = found;
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have been aborted meanwhile
          if (signal.aborted) return;
          parts.onError('notices', error);
        }
        try {
          if (reason !== undefined && !isReleased) {
            await handlers.onLeave(reason);
            isReleased = true;
            await parts.afterLeaving?.(signal);
          }
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have been aborted meanwhile
          if (signal.aborted) return;
          parts.onError('lifecycle', error);
        }
        try {
          await parts.clock.sleep(parts.intervalMs, signal);
        } catch {
          return;
        }
      }
    },
  };
}
