import type { Plan } from '../decide/plan.js';
import { RouteMonError } from '../errors.js';
import type { OnEvent } from './events.js';
import type { Monitor } from './monitor.js';
import type { Departures } from './notices.js';
import { nextPollAtMs } from './schedule.js';

/** How the loop runs; everything has a default. */
export interface DaemonOptions {
  /** Poll while something is suspicious, for a minute; then as when it is quiet. Default 1,000. */
  readonly suspiciousMs?: number;
  /** How often owners, peers and the own interface are looked at although nothing is suspicious. Default 600,000. */
  readonly lookAroundMs?: number;
  /** Longest wait after failed passes. Default 30,000. */
  readonly mostBackOffMs?: number;
  /** How long handing over may take when it is stopped. Default 15,000. */
  readonly releaseMs?: number;
  /** Notices of the instance's end; default none. */
  readonly departures?: Departures;
  readonly onEvent?: OnEvent;
  /** Called after each pass that was finished. */
  readonly onPass?: () => void;
}

/**
 * Watches until the signal is aborted, then hands over what is configured to be handed over, and resolves. One pass
 * at a time; a pass that fails is tried again, later each time.
 */
export async function runDaemon(
  monitor: Monitor,
  options: DaemonOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = monitor;
  const onEvent: OnEvent = options.onEvent ?? (() => undefined);
  const wake = createWake();
  let isHandedOver = false;
  const watching = options.departures?.watch(
    {
      onLeave: async (reason) => {
        if (!isHandedOver) await wake.exclusive(() => release(reason, signal));
      },
      onStay: () => {
        if (signal.aborted) return;
        isHandedOver = false;
        monitor.stay();
      },
    },
    signal,
  );
  await loop();
  await watching;
  await handOver();

  async function loop(): Promise<void> {
    let failures = 0;
    let lookedAroundAtMs = Number.NEGATIVE_INFINITY;
    let last: Plan | undefined;
    let suspiciousSinceMs: number | undefined;
    while (!signal.aborted) {
      const isThorough = clock.now() - lookedAroundAtMs >= (options.lookAroundMs ?? 600_000);
      try {
        const result = await wake.exclusive(() => monitor.pass({ isThorough }, signal));
        if (isThorough) lookedAroundAtMs = clock.now();
        last = result.plan;
        suspiciousSinceMs = last.isSuspicious ? (suspiciousSinceMs ?? clock.now()) : undefined;
        failures = 0;
        options.onPass?.();
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have been aborted meanwhile
        if (signal.aborted) return;
        failures += 1;
        onEvent({ kind: 'failed-pass', atMs: clock.now(), error, failures });
      }
      const untilMs =
        failures > 0 || last === undefined
          ? clock.now() + Math.min(options.mostBackOffMs ?? 30_000, 1_000 * 2 ** Math.min(failures - 1, 10))
          : nextPollAtMs(last, monitor.peers, monitor.config, hurryMs(suspiciousSinceMs), clock.now());
      try {
        await clock.sleep(Math.max(0, untilMs - clock.now()), signal);
      } catch {
        return;
      }
    }
  }

  // What is still wrong after a minute (nobody is ready, or permitted) is not helped by asking often.
  function hurryMs(sinceMs: number | undefined): number {
    const isStuck = sinceMs !== undefined && clock.now() - sinceMs > PATIENCE_MS;
    return isStuck ? monitor.config.intervalMs : (options.suspiciousMs ?? 1_000);
  }

  async function release(reason: string, until: AbortSignal): Promise<void> {
    const outcomes = await monitor.release(reason, {}, until);
    const open = outcomes.filter(({ status }) => status === 'failed' || status === 'not-started');
    if (open.length > 0) {
      throw new RouteMonError(
        'NET_ROUTE_MON_REPLACE',
        `${open.length} of ${outcomes.length} routes could not be handed over: ${open[0]!.detail}`,
      );
    }
    isHandedOver = true;
  }

  async function handOver(): Promise<void> {
    if (isHandedOver) return;
    // The signal that ended the loop is aborted: handing over has a limit of its own.
    const limit = AbortSignal.timeout(options.releaseMs ?? 15_000);
    try {
      await release(monitor.leaving ?? 'this monitor was stopped', limit);
    } catch (error) {
      onEvent({ kind: 'failed-pass', atMs: clock.now(), error, failures: 1 });
    }
  }
}

const PATIENCE_MS = 60_000;

/** Runs one thing at a time, in the order of asking. */
function createWake(): { exclusive<T>(work: () => Promise<T>): Promise<T> } {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    exclusive: async (work) => {
      const result = tail.then(work);
      tail = result.catch(() => undefined);
      return await result;
    },
  };
}
