import type { Random } from '../world/random.js';
import type { Vantage } from './network.js';

/** How two ends come to talk. */
export type ConnectionKind =
  | 'inbound'
  | 'inbound-rejected'
  | 'outbound'
  | 'outbound-nat'
  | 'internal'
  | 'inbound-udp'
  | 'inbound-icmp'
  | 'inbound-ipv6';

/** One connection, as it really was: the client opened it. */
export interface Connection {
  readonly index: number;
  readonly kind: ConnectionKind;
  /** IANA protocol number. */
  readonly protocol: number;
  /** Address and port of the end that opened it, as the other end's interface sees it. */
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Address by which the client reached the server: public for clients from outside. */
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly clientInterfaceId: string | undefined;
  readonly serverInterfaceId: string | undefined;
  /** The NAT gateway's interface in between. */
  readonly natInterfaceId: string | undefined;
  readonly natPort: number | undefined;
  readonly isAccepted: boolean;
  readonly startMs: number;
  readonly endMs: number;
  /** How TCP ended: by FIN from both ends, or by RST of the client. */
  readonly ending: 'fin' | 'rst';
  readonly packetsPerSecond: number;
}

/** Relative frequency of each kind; kinds whose interfaces are missing never occur. */
export type TrafficMix = Readonly<Record<ConnectionKind, number>>;

export const defaultMix: TrafficMix = {
  inbound: 40,
  'inbound-rejected': 15,
  outbound: 15,
  'outbound-nat': 10,
  internal: 10,
  'inbound-udp': 4,
  'inbound-icmp': 3,
  'inbound-ipv6': 3,
};

/** What connections are drawn from. */
export interface ConnectionOptions {
  readonly startMs: number;
  readonly endMs: number;
  readonly connections: number;
  /** How many different outside hosts take part. */
  readonly clients: number;
  readonly mix: TrafficMix;
  /** Share of connections that last for many aggregation windows. */
  readonly longShare: number;
}

/** Draws connections between the interfaces and the world outside, in no order of time. */
export function* drawConnections(
  vantages: readonly Vantage[],
  options: ConnectionOptions,
  random: Random,
): Generator<Connection> {
  const world = new Ends(vantages, options.clients, random);
  const kinds = (Object.keys(options.mix) as ConnectionKind[]).filter(
    (kind) => options.mix[kind] > 0 && world.can(kind),
  );
  const total = kinds.reduce((sum, kind) => sum + options.mix[kind], 0);
  if (total === 0) return;
  for (let index = 0; index < options.connections; index++) {
    let draw = random.next() * total;
    const kind = kinds.find((candidate) => (draw -= options.mix[candidate]) < 0) ?? kinds[0]!;
    const startMs = Math.floor(options.startMs + random.next() * (options.endMs - options.startMs));
    const isLong = random.next() < options.longShare;
    const seconds = isLong ? 600 + random.below(3000) : random.next() * 30;
    yield {
      index,
      kind,
      ...world.ends(kind),
      startMs,
      endMs: Math.min(options.endMs, Math.floor(startMs + seconds * 1000)),
      ending: random.next() < 0.9 ? 'fin' : 'rst',
      packetsPerSecond: 0.5 + random.next() * 20,
    };
  }
}

const servicePorts = [443, 443, 443, 80, 80, 22, 8443, 25, 3306, 5432];
const rejectedPorts = [22, 23, 445, 3389, 6379, 5900, 8080, 2375, 9200];
const tcp = 6;
const udp = 17;
const icmp = 1;

type EndsOf = Pick<
  Connection,
  | 'protocol'
  | 'clientAddress'
  | 'clientPort'
  | 'serverAddress'
  | 'serverPort'
  | 'clientInterfaceId'
  | 'serverInterfaceId'
  | 'natInterfaceId'
  | 'natPort'
  | 'isAccepted'
>;

class Ends {
  readonly #random: Random;
  readonly #clients: readonly string[];
  readonly #clients6: readonly string[];
  readonly #hosts: readonly Vantage[];
  readonly #open: readonly Vantage[];
  readonly #hidden: readonly Vantage[];
  readonly #nats: readonly Vantage[];
  readonly #sixes: readonly Vantage[];
  /** Client ports go round, so that no two connections of one window share all five parts. */
  #port: number;

  constructor(vantages: readonly Vantage[], clients: number, random: Random) {
    this.#random = random;
    this.#hosts = vantages.filter((one) => !one.isNatGateway);
    this.#open = this.#hosts.filter((one) => one.publicAddress !== undefined);
    this.#nats = vantages.filter((one) => one.isNatGateway && one.publicAddress !== undefined);
    this.#hidden = this.#hosts.filter(
      (one) => one.publicAddress === undefined && this.#nats.some((nat) => nat.vpcId === one.vpcId),
    );
    this.#sixes = this.#hosts.filter((one) => one.ipv6Address !== undefined);
    this.#clients = Array.from({ length: clients }, () => outsideAddress(random));
    this.#clients6 = Array.from({ length: clients }, () => outsideAddress6(random));
    this.#port = random.below(28_000);
  }

  can(kind: ConnectionKind): boolean {
    if (kind === 'outbound-nat') return this.#hidden.length > 0;
    if (kind === 'internal') return this.#hosts.length > 1;
    return kind === 'inbound-ipv6' ? this.#sixes.length > 0 : this.#open.length > 0;
  }

  ends(kind: ConnectionKind): EndsOf {
    const none = {
      clientInterfaceId: undefined,
      serverInterfaceId: undefined,
      natInterfaceId: undefined,
      natPort: undefined,
    };
    const clientPort = this.#ephemeral();
    switch (kind) {
      case 'outbound': {
        const from = this.#pick(this.#open);
        return {
          ...none,
          protocol: tcp,
          clientAddress: from.primaryAddress,
          clientPort,
          serverAddress: this.#pick(this.#clients),
          serverPort: this.#pick([443, 443, 80]),
          clientInterfaceId: from.interfaceId,
          isAccepted: true,
        };
      }
      case 'outbound-nat': {
        const from = this.#pick(this.#hidden);
        const nat = this.#pick(this.#nats.filter((one) => one.vpcId === from.vpcId));
        return {
          ...none,
          protocol: tcp,
          clientAddress: from.primaryAddress,
          clientPort,
          serverAddress: this.#pick(this.#clients),
          serverPort: 443,
          clientInterfaceId: from.interfaceId,
          natInterfaceId: nat.interfaceId,
          natPort: this.#ephemeral(),
          isAccepted: true,
        };
      }
      case 'internal': {
        const from = this.#pick(this.#hosts);
        const others = this.#hosts.filter((one) => one.interfaceId !== from.interfaceId);
        const to = this.#pick(others);
        return {
          ...none,
          protocol: tcp,
          clientAddress: from.primaryAddress,
          clientPort,
          serverAddress: to.primaryAddress,
          serverPort: this.#pick(servicePorts),
          clientInterfaceId: from.interfaceId,
          serverInterfaceId: to.interfaceId,
          isAccepted: true,
        };
      }
      case 'inbound-ipv6': {
        const to = this.#pick(this.#sixes);
        return {
          ...none,
          protocol: tcp,
          clientAddress: this.#pick(this.#clients6),
          clientPort,
          serverAddress: to.ipv6Address ?? '',
          serverPort: 443,
          serverInterfaceId: to.interfaceId,
          isAccepted: true,
        };
      }
      default: {
        const to = this.#pick(this.#open);
        const isRejected = kind === 'inbound-rejected';
        const isIcmp = kind === 'inbound-icmp';
        const ports = isRejected ? rejectedPorts : kind === 'inbound-udp' ? [443, 123, 53] : servicePorts;
        return {
          ...none,
          protocol: isIcmp ? icmp : kind === 'inbound-udp' ? udp : tcp,
          clientAddress: this.#pick(this.#clients),
          clientPort: isIcmp ? 0 : clientPort,
          serverAddress: to.publicAddress ?? '',
          serverPort: isIcmp ? 0 : this.#pick(ports),
          serverInterfaceId: to.interfaceId,
          isAccepted: !isRejected,
        };
      }
    }
  }

  #ephemeral(): number {
    this.#port = (this.#port + 1) % 28_000;
    return 32_768 + this.#port;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!;
  }
}

/** An address that is in no special-purpose registry. */
function outsideAddress(random: Random): string {
  const first = [3, 18, 34, 52, 54, 62, 81, 87, 93, 109, 151, 185, 193, 203][random.below(14)]!;
  const rest = [random.below(256), random.below(256), 1 + random.below(254)];
  const address = [first, ...rest].join('.');
  return /^(192\.0\.|198\.5?[01]|203\.0\.113|193\.0\.0)/.test(address) ? outsideAddress(random) : address;
}

/** In canonical form (RFC 5952): no group is zero and none has leading zeros. */
function outsideAddress6(random: Random): string {
  const group = (): string => (4096 + random.below(61_440)).toString(16);
  return `2600:1f18:${group()}::${group()}`;
}
