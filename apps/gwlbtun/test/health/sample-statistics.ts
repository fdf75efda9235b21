import {
  type DropReason,
  dropReasonNames,
  type EndpointCounterName,
  endpointCounterNames,
  type EndpointStatistics,
  type EngineStatistics,
  type LaneCounterName,
  laneCounterNames,
  type LaneStatistics,
} from '@net/geneve-native';

/** All counters 0 but those given. */
export function lane(
  number: number,
  counters: Partial<Record<LaneCounterName, number>> = {},
  drops: Partial<Record<DropReason, number>> = {},
): LaneStatistics {
  return {
    lane: number,
    udp: true,
    tun: true,
    healthy: true,
    counters: { ...zeros(laneCounterNames), threadId: 1000 + number, ...counters },
    drops: { ...zeros(dropReasonNames), ...drops },
  };
}

export function endpoint(
  counters: Partial<Record<EndpointCounterName, number>> = {},
  rest: Partial<EndpointStatistics> = {},
): EndpointStatistics {
  const all = { ...zeros(endpointCounterNames), ...counters };
  return {
    eniId: 0x0123456789ab0000n,
    gwi: 'gwi-887epl1g9A',
    gwo: 'gwo-887epl1g9A',
    state: 'ready',
    counters: all,
    lanes: [all],
    flows4: { size: 3, timedOut: 2, evicted: 0 },
    flows6: { size: 1, timedOut: 0, evicted: 0 },
    ...rest,
  };
}

export function statistics(rest: Partial<EngineStatistics> = {}): EngineStatistics {
  return {
    nowMs: 100_000,
    port: 6081,
    lanes: [lane(0)],
    endpoints: [],
    flows: {
      size: 4,
      capacity: 1024,
      timedOut: 2,
      evicted: 0,
      adopted: 0,
      kernelCapacity: 0,
      kernelEvicted: 0,
      idleSeconds: 350,
      bytes: 65_536,
    },
    programs: [],
    endpointsCreated: 1,
    endpointsRefused: 0,
    captureDropped: 0,
    eventsDropped: 0,
    features: {
      udpGro: true,
      tunTso: true,
      tunUso: true,
      packetSocket: true,
      packetUso: true,
      kernelPath: false,
    },
    ...rest,
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
