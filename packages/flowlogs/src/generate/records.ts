import type { FlowRecord } from '../record/record.js';
import type { Connection, End } from './connections.js';
import type { Interface } from './network.js';

/** The leg of a connection that an interface sees: who opened it, and the addresses inside the packets. */
interface Leg {
  readonly at: Interface;
  readonly client: Omit<End, 'interface'>;
  readonly server: Omit<End, 'interface'>;
  /** Addresses in the packets, where they differ. */
  readonly packetClient?: string;
  readonly packetServer?: string;
}

/** A record and whether its source is the end that opened the connection. */
export interface TrueRecord {
  readonly record: FlowRecord;
  readonly isFromClient: boolean;
  readonly connection: Connection;
}

/** The records that a connection leaves at every interface that sees it in one window. */
export function recordsOf(connection: Connection, window: number, windowMs: number): TrueRecord[] {
  const records: TrueRecord[] = [];
  for (const leg of legsOf(connection)) addRecordsOfLeg(records, connection, leg, window, windowMs);
  return records;
}

/** The window in which a moment is. */
export function windowOf(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs);
}

function legsOf(connection: Connection): Leg[] {
  const { client, server, via } = connection;
  if (via === undefined) {
    return [client, server].flatMap((end) =>
      end.interface === undefined ? [] : [{ at: end.interface, client, server }],
    );
  }
  const middle = { address: via.interface.address, port: via.port };
  if (connection.kind === 'nat') {
    const inner = { client, server };
    const outer = { client: middle, server };
    return [
      { at: client.interface!, ...inner },
      {
        at: via.interface,
        ...inner,
        client,
        server: { ...server, address: via.interface.address },
        packetServer: server.address,
      },
      { at: via.interface, ...outer },
    ];
  }
  const front = { address: via.interface.address, port: 443 };
  return [
    { at: via.interface, client, server: front },
    { at: via.interface, client: middle, server },
    { at: server.interface!, client: middle, server },
  ];
}

function addRecordsOfLeg(
  records: TrueRecord[],
  connection: Connection,
  leg: Leg,
  window: number,
  windowMs: number,
): void {
  const firstWindow = windowOf(connection.startMs, windowMs);
  const lastWindow = windowOf(connection.endMs, windowMs);
  const windows = lastWindow - firstWindow + 1;
  const index = window - firstWindow;
  const isFirst = index === 0;
  const isLast = window === lastWindow;
  const startMs = isFirst ? connection.startMs : window * windowMs + 1000;
  const endMs = isLast ? Math.max(startMs, connection.endMs) : (window + 1) * windowMs - 1000;
  for (const isFromClient of [true, false]) {
    const packets = portion(connection.packets[isFromClient ? 0 : 1], index, windows);
    if (packets === 0) continue;
    const bytes = portion(connection.bytes[isFromClient ? 0 : 1], index, windows);
    const [from, to] = isFromClient ? [leg.client, leg.server] : [leg.server, leg.client];
    const packetClient = leg.packetClient ?? leg.client.address;
    const packetServer = leg.packetServer ?? leg.server.address;
    const path = egressPath(leg, isFromClient);
    const record = {
      version: 5,
      accountId: leg.at.accountId,
      interfaceId: leg.at.interfaceId,
      srcaddr: from.address,
      dstaddr: to.address,
      srcport: from.port,
      dstport: to.port,
      protocol: connection.isIpv6 && connection.protocol === 1 ? 58 : connection.protocol,
      packets,
      bytes: Math.max(packets * 40, bytes),
      startMs: Math.floor(startMs / 1000) * 1000,
      endMs: Math.floor(endMs / 1000) * 1000,
      action: connection.isAccepted ? ('ACCEPT' as const) : ('REJECT' as const),
      logStatus: 'OK' as const,
      vpcId: leg.at.vpcId,
      subnetId: leg.at.subnetId,
      instanceId: leg.at.instanceId,
      tcpFlags: connection.protocol === 6 ? flagsOf(connection, isFromClient, isFirst, isLast) : 0,
      type: connection.isIpv6 ? 'IPv6' : 'IPv4',
      pktSrcaddr: isFromClient ? packetClient : packetServer,
      pktDstaddr: isFromClient ? packetServer : packetClient,
      region: leg.at.region,
      azId: leg.at.azId,
      flowDirection: path === undefined ? 'ingress' : 'egress',
      trafficPath: path,
    };
    // What does not apply is undefined here rather than left out: one shape for all records is several times faster.
    records.push({ record: record as FlowRecord, isFromClient, connection });
  }
}

/** FIN 1, SYN 2, RST 4, SYN-ACK 18, as flow logs report them. */
function flagsOf(connection: Connection, isFromClient: boolean, isFirst: boolean, isLast: boolean): number {
  const opening = isFirst ? (isFromClient ? 2 : 18) : 0;
  if (!isLast || !connection.isAccepted) return opening;
  if (!connection.isReset) return opening | 1;
  return isFromClient ? opening | 4 : opening;
}

/**
 * The traffic path of packets that leave the interface; undefined when they come in: its own end is the server of the
 * leg and is asked, or is the client and is answered.
 */
function egressPath(leg: Leg, isFromClient: boolean): number | undefined {
  const isServerHere = leg.server.address === leg.at.address || leg.server.address === leg.at.address6;
  if (isServerHere === isFromClient) return undefined;
  const remote = isServerHere ? leg.client.address : leg.server.address;
  return remote.startsWith('10.') || remote.startsWith('2001:db8:') ? 1 : 8;
}

function place(at: Interface): FlowRecord {
  return {
    accountId: at.accountId,
    interfaceId: at.interfaceId,
    vpcId: at.vpcId,
    subnetId: at.subnetId,
    ...(at.instanceId === undefined ? {} : { instanceId: at.instanceId }),
    region: at.region,
    azId: at.azId,
  };
}

/** Whole numbers that add up to `total` over the windows. */
function portion(total: number, index: number, windows: number): number {
  return Math.floor((total * (index + 1)) / windows) - Math.floor((total * index) / windows);
}

/** A NODATA or SKIPDATA record of an interface's window. */
export function statusRecord(
  at: Interface,
  logStatus: 'NODATA' | 'SKIPDATA',
  startMs: number,
  endMs: number,
): FlowRecord {
  return { ...place(at), version: 5, startMs, endMs, logStatus };
}
