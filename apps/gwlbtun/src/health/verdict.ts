import type { DropReason, EngineStatistics } from '@net/geneve-native';
import { endpointNames } from '@net/geneve';

/** Whether traffic should come here, and if not, why. */
export interface Verdict {
  readonly healthy: boolean;
  readonly reasons: readonly string[];
}

/** Drops that say that this machine cannot keep up or is broken; what others sent wrongly is not among them. */
export const OVERLOAD_DROPS: readonly DropReason[] = [
  'pendingOverflow',
  'tunLost',
  'tunWriteFailed',
  'sendFailed',
  'sendQueueFull',
];

/** Packets lost here by overload or breakage since the start: the kernel's drops at the socket included. */
export function overloadDrops(statistics: EngineStatistics): number {
  return statistics.lanes.reduce(
    (sum, lane) =>
      sum +
      lane.counters.udpKernelDrops +
      OVERLOAD_DROPS.reduce((drops, reason) => drops + lane.drops[reason], 0),
    0,
  );
}

/**
 * Judges a snapshot.
 * @param dropsPerSecond packets dropped by overload, averaged over the last ten seconds
 * @param limit the most of them that are healthy; 0 for no limit
 */
export function judgeHealth(statistics: EngineStatistics, dropsPerSecond: number, limit: number): Verdict {
  const reasons = [
    ...statistics.lanes
      .filter((lane) => !lane.healthy)
      .map((lane) => `data-plane thread ${lane.lane} is dead or stuck`),
    ...statistics.endpoints
      .filter((endpoint) => endpoint.state === 'lost')
      .map((endpoint) => `an interface of endpoint ${endpointNames(endpoint.eniId).hex17} is gone`),
  ];
  if (limit > 0 && dropsPerSecond > limit)
    reasons.push(`${Math.round(dropsPerSecond)} packets a second are dropped, more than ${limit}`);
  return { healthy: reasons.length === 0, reasons };
}

/** An average rate over a sliding window, from readings of a counter at any times. */
export class DropRate {
  readonly #windowMs: number;
  #readings: { atMs: number; total: number }[] = [];

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs;
  }

  /** Notes a reading and gives the packets a second since the oldest one in the window. */
  note(total: number, atMs: number): number {
    const readings = this.#readings;
    readings.push({ atMs, total });
    while (readings.length > 2 && readings[1]!.atMs <= atMs - this.#windowMs) readings.shift();
    if (readings.length > 256)
      this.#readings = readings.filter((_, index) => index % 2 === 0 || index === readings.length - 1);
    const oldest = readings[0]!;
    const elapsedMs = atMs - oldest.atMs;
    return elapsedMs <= 0 ? 0 : ((total - oldest.total) * 1000) / elapsedMs;
  }
}
