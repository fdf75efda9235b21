import type { KeptEndpoint } from '../hooks/endpoint-keeper.js';
import type { Verdict } from './verdict.js';
import { endpointNames } from '@net/geneve';
import type { EndpointStatistics, EngineStatistics, LaneStatistics } from '@net/geneve-native';

/** What the health port tells, before it takes a form. */
export interface HealthReport {
  readonly verdict: Verdict;
  readonly portNumber: number;
  readonly receivers: readonly ThreadReport[];
  readonly endpoints: readonly EndpointReport[];
  readonly idleTimeoutSeconds: number;
  readonly uptimeSeconds: number;
  readonly statistics: EngineStatistics;
}

/** A data-plane thread, in one of its roles. */
export interface ThreadReport {
  readonly threadNumber: number;
  readonly threadId: number;
  readonly healthy: boolean;
  readonly packetsIn: number;
  readonly bytesIn: number;
  readonly secondsSinceLastPacket: number;
}

export interface EndpointReport {
  readonly eniId: bigint;
  readonly hex17: string;
  readonly phase: KeptEndpoint['phase'] | 'lost';
  readonly tunnelIn: TunnelReport;
  readonly tunnelOut: TunnelReport;
  readonly flows4: FlowReport;
  readonly flows6: FlowReport;
}

/** One interface. `Out` is towards the operating system, `in` from it. */
export interface TunnelReport {
  readonly device: string;
  readonly packetsOut: number;
  readonly bytesOut: number;
  readonly secondsSinceLastPacket: number;
  readonly threads: readonly ThreadReport[];
}

export interface FlowReport {
  readonly cacheName: string;
  readonly size: number;
  /** Flows that timed out since the last report that was asked for. */
  readonly justTimedOut: number;
}

export interface ReportInput {
  readonly statistics: EngineStatistics;
  readonly verdict: Verdict;
  readonly endpoints: readonly KeptEndpoint[];
  /** The engine's clock at the start of the handler. */
  readonly startedMs: number;
  /** `timedOut` of each endpoint's caches when the last report was made, by ENI. */
  readonly timedOutBefore: ReadonlyMap<bigint, TimedOut>;
}

/** Timed-out flows of an endpoint since it was created. */
export interface TimedOut {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** Makes the report of a snapshot. Pure. */
export function makeReport(input: ReportInput): HealthReport {
  const { statistics, startedMs } = input;
  const since = (lastMs: number, otherwiseMs: number): number =>
    Math.max(0, statistics.nowMs - (lastMs > 0 ? lastMs : otherwiseMs)) / 1000;
  return {
    verdict: input.verdict,
    portNumber: statistics.port,
    idleTimeoutSeconds: statistics.flows.idleSeconds,
    uptimeSeconds: since(0, startedMs),
    statistics,
    receivers: statistics.lanes
      .filter((lane) => lane.udp)
      .map((lane) => ({
        ...threadOf(lane),
        packetsIn: lane.counters.udpPackets,
        bytesIn: lane.counters.udpBytes,
        secondsSinceLastPacket: since(lane.counters.lastReceiveMs, startedMs),
      })),
    endpoints: statistics.endpoints.map((endpoint) => {
      const kept = input.endpoints.find((item) => item.eniId === endpoint.eniId);
      const createdMs = kept?.createdMs ?? startedMs;
      const before = input.timedOutBefore.get(endpoint.eniId) ?? { ipv4: 0, ipv6: 0 };
      return reportEndpoint(endpoint, statistics, kept, (lastMs) => since(lastMs, createdMs), before);
    }),
  };
}

function reportEndpoint(
  endpoint: EndpointStatistics,
  statistics: EngineStatistics,
  kept: KeptEndpoint | undefined,
  since: (lastMs: number) => number,
  before: TimedOut,
): EndpointReport {
  const { hex17 } = endpointNames(endpoint.eniId);
  const threads = (side: 'gwi' | 'gwo'): ThreadReport[] =>
    statistics.lanes.flatMap((lane, index) => {
      const counters = endpoint.lanes[index];
      if (!lane.tun || !counters) return [];
      return [
        {
          ...threadOf(lane),
          packetsIn: counters[`${side}PacketsIn`],
          bytesIn: counters[`${side}BytesIn`],
          secondsSinceLastPacket: since(counters[side === 'gwi' ? 'lastGwiInMs' : 'lastGwoInMs']),
        },
      ];
    });
  const { counters } = endpoint;
  return {
    eniId: endpoint.eniId,
    hex17,
    phase:
      endpoint.state === 'lost'
        ? 'lost'
        : (kept?.phase ?? (endpoint.state === 'ready' ? 'ready' : 'creating')),
    tunnelIn: {
      device: endpoint.gwi,
      packetsOut: counters.gwiPacketsOut,
      bytesOut: counters.gwiBytesOut,
      secondsSinceLastPacket: since(counters.lastGwiOutMs),
      threads: threads('gwi'),
    },
    // Nothing is ever written to the egress interface: its counters towards the system stay 0, as the original's do.
    tunnelOut: {
      device: endpoint.gwo,
      packetsOut: 0,
      bytesOut: 0,
      secondsSinceLastPacket: since(0),
      threads: threads('gwo'),
    },
    flows4: flowsOf('IPv4', hex17, endpoint.flows4, before.ipv4),
    flows6: flowsOf('IPv6', hex17, endpoint.flows6, before.ipv6),
  };
}

function flowsOf(
  version: string,
  hex17: string,
  flows: EndpointStatistics['flows4'],
  timedOutBefore: number,
): FlowReport {
  return {
    cacheName: `${version} Flow Cache for ENI ${hex17}`,
    size: flows.size,
    // An endpoint that was made anew counts from 0 again.
    justTimedOut: flows.timedOut >= timedOutBefore ? flows.timedOut - timedOutBefore : flows.timedOut,
  };
}

function threadOf(lane: LaneStatistics): Pick<ThreadReport, 'threadNumber' | 'threadId' | 'healthy'> {
  return { threadNumber: lane.lane, threadId: lane.counters.threadId, healthy: lane.healthy };
}
