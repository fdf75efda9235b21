import type { Connection } from './connections.js';
import type { Vantage } from './network.js';
import type { ConnectionTraffic } from './traffic.js';

/** What really happened, to compare a reader's answers with. */
export interface TrafficTruth {
  readonly connections: readonly ConnectionTraffic[];
  /** Records over all connections, and windows that were lost or empty, per interface and window. */
  readonly records: number;
  readonly skippedWindows: number;
  readonly emptyWindows: number;
  /** When the last delivery is due. */
  readonly deliveredByMs: number;
}

/** Accepted records of connections that somebody outside opened to a public interface. */
export interface InboundCount {
  /** UTC day of the record's start. */
  readonly day: string;
  readonly source: string;
  readonly interfaceId: string;
  readonly publicAddress: string;
  readonly port: number;
  readonly records: number;
}

/**
 * How many accepted ingress records of inbound connections each (day, source, public interface, port) has: what a
 * counter of inbound connections must arrive at. IPv6 is left out unless the interface has a public IPv4 address.
 */
export function inboundCounts(truth: TrafficTruth, vantages: readonly Vantage[]): InboundCount[] {
  const byId = new Map(vantages.map((vantage) => [vantage.interfaceId, vantage]));
  const counts = new Map<string, InboundCount>();
  for (const { connection, records } of truth.connections) {
    if (!isInbound(connection)) continue;
    for (const record of records) {
      const publicAddress = byId.get(record.interfaceId)?.publicAddress;
      if (record.direction !== 'ingress' || record.action !== 'ACCEPT' || publicAddress === undefined)
        continue;
      const day = new Date(record.startSeconds * 1000).toISOString().slice(0, 10);
      const { packetSource: source, interfaceId, destinationPort: port } = record;
      const key = [day, source, interfaceId, port].join(' ');
      const before = counts.get(key)?.records ?? 0;
      counts.set(key, { day, source, interfaceId, publicAddress, port, records: before + 1 });
    }
  }
  return [...counts.values()];
}

function isInbound(connection: Connection): boolean {
  return connection.clientInterfaceId === undefined && connection.isAccepted;
}
