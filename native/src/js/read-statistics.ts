import type { Addon, AddonStatistics } from './addon.js';
import { NativeUnavailableError } from './errors.js';
import {
  dropReasonNames,
  type EndpointCounterName,
  endpointCounterNames,
  type EngineStatistics,
  laneCounterNames,
} from './statistics.js';

const states = ['pending', 'ready', 'lost'] as const;

/** Gives the numbers of a statistics block their names. */
export function readStatistics(block: AddonStatistics): EngineStatistics {
  return {
    ...block,
    lanes: block.lanes.map((lane, index) => ({
      lane: index,
      udp: lane.udp,
      tun: lane.tun,
      healthy: lane.healthy,
      counters: named(laneCounterNames, lane.counters),
      drops: named(dropReasonNames, lane.drops),
    })),
    endpoints: block.endpoints.map((endpoint) => {
      const lanes = endpoint.lanes.map((values) => named(endpointCounterNames, values));
      const [size4 = 0, timedOut4 = 0, evicted4 = 0, size6 = 0, timedOut6 = 0, evicted6 = 0] = endpoint.flows;
      return {
        eniId: endpoint.eniId,
        gwi: endpoint.gwi,
        gwo: endpoint.gwo,
        state: states[endpoint.state] ?? 'lost',
        counters: sum(lanes),
        lanes,
        flows4: { size: size4, timedOut: timedOut4, evicted: evicted4 },
        flows6: { size: size6, timedOut: timedOut6, evicted: evicted6 },
      };
    }),
  };
}

/**
 * Refuses an addon whose counters are not those this package names, as a stale local build would have.
 *
 * @throws NativeUnavailableError
 */
export function checkCounterNames(addon: Addon): void {
  const { lane, drop, endpoint } = addon.counterNames;
  const same =
    String(lane) === String(laneCounterNames) &&
    String(drop) === String(dropReasonNames) &&
    String(endpoint) === String(endpointCounterNames);
  if (!same)
    throw new NativeUnavailableError([`the addon ${addon.version} is of another version: build it anew`]);
}

function named<Name extends string>(names: readonly Name[], values: Float64Array): Record<Name, number> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0])) as Record<Name, number>;
}

function sum(lanes: readonly Record<EndpointCounterName, number>[]): Record<EndpointCounterName, number> {
  return Object.fromEntries(
    endpointCounterNames.map((name) => {
      const values = lanes.map((lane) => lane[name]);
      return [name, name.endsWith('Ms') ? Math.max(0, ...values) : values.reduce((a, b) => a + b, 0)];
    }),
  ) as Record<EndpointCounterName, number>;
}
