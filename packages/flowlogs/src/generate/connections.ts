import type { Interface, Network } from './network.js';
import type { Random } from './random.js';

export type ConnectionKind =
  /** From the internet to a public interface. */
  | 'inbound'
  /** From the internet, rejected: scans. */
  | 'rejected'
  /** From an instance to the internet, with its own public address. */
  | 'outbound'
  /** From an instance to the internet through a NAT gateway. */
  | 'nat'
  /** Between two interfaces of the VPC. */
  | 'internal'
  /** From the internet to a load balancer, and from it to its target. */
  | 'balanced'
  | 'udp'
  | 'icmp'
  /** Both ports are ephemeral: FTP data, RPC, peer to peer. */
  | 'ephemeral';

/** Relative frequencies of kinds. */
export type ConnectionMix = Readonly<Record<ConnectionKind, number>>;

/** What is common in a VPC with public services; a made-up but plain mixture. */
export const defaultMix: ConnectionMix = {
  inbound: 30,
  rejected: 12,
  outbound: 10,
  nat: 12,
  internal: 18,
  balanced: 10,
  udp: 6.5,
  icmp: 0.3,
  ephemeral: 1.2,
};

/** One end of a connection. */
export interface End {
  readonly address: string;
  readonly port: number;
  /** When it is one of ours. */
  readonly interface?: Interface;
}

/** A connection and the truth about it: `client` opened it. */
export interface Connection {
  readonly kind: ConnectionKind;
  readonly protocol: number;
  readonly isIpv6: boolean;
  readonly client: End;
  readonly server: End;
  /** NAT gateway or load balancer between the two, with the port of its outer or second leg. */
  readonly via?: { readonly interface: Interface; readonly port: number };
  readonly isAccepted: boolean;
  readonly startMs: number;
  readonly endMs: number;
  /** Packets from the client and from the server. */
  readonly packets: readonly [number, number];
  readonly bytes: readonly [number, number];
  /** TCP ended by a reset rather than a FIN. */
  readonly isReset: boolean;
}

export interface DrawOptions {
  readonly mix: ConnectionMix;
  /** Share of connections that last for many windows. */
  readonly longShare: number;
  /** Share of connections over IPv6, where the kind has them. */
  readonly ipv6Share: number;
}

/** Draws a connection that begins at `startMs`. */
export function drawConnection(
  network: Network,
  random: Random,
  startMs: number,
  options: DrawOptions,
): Connection {
  const kind = drawKind(random, options.mix);
  const isIpv6 =
    (kind === 'inbound' || kind === 'outbound' || kind === 'internal') && random.chance(options.ipv6Share);
  const ends = drawEnds(kind, network, random, isIpv6);
  const isAccepted = kind !== 'rejected';
  const isLong = isAccepted && random.chance(options.longShare);
  const durationMs = isLong ? random.between(120_000, 7_200_000) : Math.floor(random.skewed(6000));
  const sent = isAccepted ? 3 + Math.floor(random.skewed(isLong ? 2000 : 16)) : random.between(1, 3);
  const received = isAccepted ? 2 + Math.floor(random.skewed(isLong ? 3000 : 24)) : 0;
  return {
    kind,
    protocol: kind === 'udp' ? 17 : kind === 'icmp' ? 1 : 6,
    isIpv6,
    ...ends,
    isAccepted,
    startMs,
    endMs: startMs + durationMs,
    packets: [sent, received],
    bytes: [sent * random.between(40, 400), received * random.between(40, 1460)],
    isReset: random.chance(0.06),
  };
}

type Ends = Pick<Connection, 'client' | 'server' | 'via'>;

function drawEnds(kind: ConnectionKind, network: Network, random: Random, isIpv6: boolean): Ends {
  const { byRole } = network;
  const outside = (port: number): End => ({
    address: random.pick(isIpv6 ? network.clients6 : network.clients),
    port,
  });
  const inside = (entry: Interface, port: number): End => ({
    address: isIpv6 ? entry.address6 : entry.address,
    port,
    interface: entry,
  });
  switch (kind) {
    case 'inbound': {
      const server = random.pick(byRole.web);
      return { client: outside(clientPort(random)), server: inside(server, random.pick(server.ports)) };
    }
    case 'rejected':
      return {
        client: outside(clientPort(random)),
        server: inside(random.pick(network.interfaces), scannedPort(random)),
      };
    case 'outbound':
      return {
        client: inside(random.pick(byRole.web), linuxPort(random)),
        server: {
          address: random.pick(isIpv6 ? network.clients6 : network.servers),
          port: random.pick(remotePorts),
        },
      };
    case 'nat':
      return {
        client: inside(random.pick(byRole.app), linuxPort(random)),
        server: { address: random.pick(network.servers), port: random.pick(remotePorts) },
        via: { interface: random.pick(byRole.nat), port: random.between(1024, 65_535) },
      };
    case 'internal': {
      const server = random.pick(random.chance(0.6) ? byRole.database : byRole.app);
      const client = pickOther(random, byRole.app, server);
      return { client: inside(client, linuxPort(random)), server: inside(server, random.pick(server.ports)) };
    }
    case 'balanced': {
      const balancer = random.pick(byRole.balancer);
      const target = random.pick(byRole.app);
      return {
        client: outside(clientPort(random)),
        server: inside(target, random.pick(target.ports)),
        via: { interface: balancer, port: random.between(1024, 65_535) },
      };
    }
    case 'udp':
      return drawUdp(network, random, inside);
    case 'icmp':
      return random.chance(0.5)
        ? { client: outside(0), server: inside(random.pick(byRole.web), 0) }
        : {
            client: inside(random.pick(byRole.web), 0),
            server: { address: random.pick(network.servers), port: 0 },
          };
    case 'ephemeral': {
      const server = random.pick(byRole.app);
      const client = pickOther(random, byRole.app, server);
      return { client: inside(client, linuxPort(random)), server: inside(server, linuxPort(random)) };
    }
  }
}

function drawUdp(network: Network, random: Random, inside: (entry: Interface, port: number) => End): Ends {
  const client = inside(random.pick(network.byRole.web), linuxPort(random));
  const port = random.pick([53, 53, 53, 443, 514, 161, 1812, 3478]);
  return { client, server: { address: random.pick(network.servers), port } };
}

function pickOther(random: Random, from: readonly Interface[], not: Interface): Interface {
  const picked = random.pick(from);
  return picked === not ? from[(from.indexOf(picked) + 1) % from.length]! : picked;
}

const remotePorts = [443, 443, 443, 443, 80, 22, 8443, 993, 587];

/** Linux: 32768 to 60999; Windows and Apple: 49152 to 65535; behind home routers anything above 1024. */
function clientPort(random: Random): number {
  const kind = random.share();
  if (kind < 0.4) return linuxPort(random);
  return kind < 0.85 ? random.between(49_152, 65_535) : random.between(1024, 65_535);
}

function linuxPort(random: Random): number {
  return random.between(32_768, 60_999);
}

function scannedPort(random: Random): number {
  return random.chance(0.7)
    ? random.pick([23, 22, 3389, 445, 8080, 5060, 6379, 1433])
    : random.between(1, 65_535);
}

function drawKind(random: Random, mix: ConnectionMix): ConnectionKind {
  const kinds = Object.entries(mix) as [ConnectionKind, number][];
  let left = random.share() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of kinds) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'inbound';
}
