import { type Clock, createImds, readNotices } from '@net/aws-core';
import type { OnEvent } from '../monitor/events.js';
import { type Departures, pollDepartures } from '../monitor/notices.js';

/** Notices of the instance metadata: Spot interruption and Auto Scaling termination; the rebalance advice is none. */
export function imdsDepartures(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  onEvent: OnEvent,
  intervalMs = 5_000,
): Departures & { close(): void } {
  const imds = createImds({ env });
  const departures = pollDepartures({
    clock,
    intervalMs,
    read: async (signal) => {
      const { spotAction, targetLifecycleState } = await readNotices(imds, signal);
      if (spotAction) return `the Spot instance is about to ${spotAction.action}`;
      return targetLifecycleState?.startsWith('Terminated') === true
        ? 'Auto Scaling is about to terminate the instance'
        : undefined;
    },
    onError: (what, error) => onEvent({ kind: 'gap', atMs: clock.now(), what, error }),
  });
  return { watch: (handlers, signal) => departures.watch(handlers, signal), close: () => imds.close() };
}
