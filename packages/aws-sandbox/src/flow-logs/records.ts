import type { Connection } from './connections.js';
import type { Vantage } from './network.js';

/** What an interface saw of one direction of one connection within one aggregation window. */
export interface FlowRecord {
  /** Index of the connection that it belongs to. */
  readonly connection: number;
  readonly interfaceId: string;
  readonly direction: 'ingress' | 'egress';
  /** As the record's `srcaddr` and `dstaddr` show them, and as the packets had them. */
  readonly source: string;
  readonly destination: string;
  readonly packetSource: string;
  readonly packetDestination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly packets: number;
  readonly bytes: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Beginning of the aggregation window. */
  readonly windowMs: number;
  readonly action: 'ACCEPT' | 'REJECT';
  /** OR of FIN 1, SYN 2, RST 4 and, for an answer to a SYN, 18. */
  readonly tcpFlags: number;
  /** Of egress records: 1 within the VPC, 8 through an internet gateway. */
  readonly trafficPath: 1 | 8 | undefined;
}

/** One end's view of a connection: an interface and both directions through it. */
interface View {
  readonly vantage: Vantage;
  /** The client's packets come in here, or go out. */
  readonly clientPackets: 'ingress' | 'egress';
  readonly client: Side;
  readonly server: Side;
  readonly trafficPath: 1 | 8;
}

interface Side {
  readonly shown: string;
  readonly packet: string;
  readonly port: number;
}

/** The records that a connection leaves at every interface it touches, windows of that length. */
export function recordsOf(
  connection: Connection,
  vantages: ReadonlyMap<string, Vantage>,
  windowMs: number,
): FlowRecord[] {
  return viewsOf(connection, vantages).flatMap((view) => viewRecords(connection, view, windowMs));
}

function viewsOf(connection: Connection, vantages: ReadonlyMap<string, Vantage>): View[] {
  const { clientAddress, clientPort, serverAddress, serverPort, natInterfaceId, natPort = 0 } = connection;
  const find = (id: string | undefined): Vantage | undefined =>
    id === undefined ? undefined : vantages.get(id);
  const clientAt = find(connection.clientInterfaceId);
  const serverAt = find(connection.serverInterfaceId);
  const nat = find(natInterfaceId);
  const side = (address: string, port: number, shown: string = address): Side => ({
    shown,
    packet: address,
    port,
  });
  const client = side(clientAddress, clientPort);
  const isInternal = clientAt !== undefined && serverAt !== undefined;
  const trafficPath = isInternal || nat ? 1 : 8;
  const views: View[] = [];
  if (clientAt) {
    views.push({
      vantage: clientAt,
      clientPackets: 'egress',
      client,
      server: side(serverAddress, serverPort),
      trafficPath,
    });
  }
  if (nat) {
    // Inner leg: `srcaddr`/`dstaddr` name the gateway's own address in place of the far end's.
    const far = side(serverAddress, serverPort, nat.primaryAddress);
    views.push({ vantage: nat, clientPackets: 'ingress', client, server: far, trafficPath: 1 });
    const own = side(nat.primaryAddress, natPort);
    views.push({
      vantage: nat,
      clientPackets: 'egress',
      client: own,
      server: side(serverAddress, serverPort),
      trafficPath: 8,
    });
  }
  if (serverAt) {
    // Behind an internet gateway the interface sees its private address.
    const isIpv6 = serverAddress.includes(':');
    const address = isIpv6 ? serverAddress : serverAt.primaryAddress;
    views.push({
      vantage: serverAt,
      clientPackets: 'ingress',
      client,
      server: side(address, serverPort),
      trafficPath,
    });
  }
  return views;
}

function viewRecords(connection: Connection, view: View, windowMs: number): FlowRecord[] {
  const records: FlowRecord[] = [];
  const firstWindow = Math.floor(connection.startMs / windowMs) * windowMs;
  for (let window = firstWindow; window <= connection.endMs; window += windowMs) {
    const fromMs = Math.max(window, connection.startMs);
    const toMs = Math.min(window + windowMs - 1, connection.endMs);
    const isFirst = window === firstWindow;
    const isLast = connection.endMs < window + windowMs;
    const seconds = (toMs - fromMs) / 1000;
    const packets = Math.max(isFirst && isLast ? 4 : 1, Math.round(seconds * connection.packetsPerSecond));
    const forward = { connection, view, window, fromMs, toMs };
    records.push(record(forward, true, connection.isAccepted ? packets : 1, isFirst, isLast));
    if (connection.isAccepted) {
      records.push(record(forward, false, Math.max(1, Math.round(packets * 0.9)), isFirst, isLast));
    } else break;
  }
  return records;
}

function record(
  place: {
    readonly connection: Connection;
    readonly view: View;
    readonly window: number;
    readonly fromMs: number;
    readonly toMs: number;
  },
  fromClient: boolean,
  packets: number,
  isFirst: boolean,
  isLast: boolean,
): FlowRecord {
  const { connection, view } = place;
  const [source, destination] = fromClient ? [view.client, view.server] : [view.server, view.client];
  const isIngress = (view.clientPackets === 'ingress') === fromClient;
  return {
    connection: connection.index,
    interfaceId: view.vantage.interfaceId,
    direction: isIngress ? 'ingress' : 'egress',
    source: source.shown,
    destination: destination.shown,
    packetSource: source.packet,
    packetDestination: destination.packet,
    sourcePort: source.port,
    destinationPort: destination.port,
    protocol: connection.protocol,
    packets,
    bytes: packets * (fromClient ? 120 : 900),
    startSeconds: Math.floor(place.fromMs / 1000),
    endSeconds: Math.floor(place.toMs / 1000),
    windowMs: place.window,
    action: connection.isAccepted ? 'ACCEPT' : 'REJECT',
    tcpFlags: connection.protocol === 6 ? flags(connection, fromClient, isFirst, isLast) : 0,
    trafficPath: isIngress ? undefined : view.trafficPath,
  };
}

function flags(connection: Connection, fromClient: boolean, isFirst: boolean, isLast: boolean): number {
  const opening = isFirst ? (fromClient ? 2 : 18) : 0;
  if (!connection.isAccepted || !isLast) return opening;
  if (connection.ending === 'fin') return opening | 1;
  return fromClient ? opening | 4 : opening;
}
