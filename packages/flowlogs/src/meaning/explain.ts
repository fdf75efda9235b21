import type { FlowRecord } from '../record/record.js';
import { type DirectionRule, directionRules, type Rule, rules } from './evidence.js';
import type { Answer } from './ladder.js';

/** One end of a connection. */
export interface ConnectionEnd {
  /** The real one: of the packet, where the record has it. */
  readonly address: string | undefined;
  /** Undefined for protocols without ports. */
  readonly port: number | undefined;
  /** The address at this interface, where it differs: a NAT gateway, load balancer or primary address between. */
  readonly via?: string;
}

/** Which way a record's packets went at the interface, and who opened the connection they belong to. */
export interface Orientation {
  readonly direction: 'ingress' | 'egress' | 'unknown';
  readonly directionBy: DirectionRule;
  readonly initiator: 'source' | 'destination' | 'unknown';
  readonly decidedBy: Rule;
  readonly source: ConnectionEnd;
  readonly destination: ConnectionEnd;
  /** The end that opened the connection; undefined when unknown. */
  readonly client: ConnectionEnd | undefined;
  readonly server: ConnectionEnd | undefined;
  /** Both answers with their reasons, in words. */
  readonly explanation: string;
}

/** Puts the ladder's answer for a record into names and words. */
export function explained(record: FlowRecord, answer: Answer): Orientation {
  const source = endOf(record.pktSrcaddr, record.srcaddr, record.srcport, record.protocol);
  const destination = endOf(record.pktDstaddr, record.dstaddr, record.dstport, record.protocol);
  const direction = (['unknown', 'ingress', 'egress'] as const)[answer.direction]!;
  const initiator = (['unknown', 'source', 'destination'] as const)[answer.initiator]!;
  const directionBy = directionRules[answer.directionBy]!;
  const decidedBy = rules[answer.decidedBy]!;
  const client = initiator === 'unknown' ? undefined : initiator === 'source' ? source : destination;
  const server = initiator === 'unknown' ? undefined : initiator === 'source' ? destination : source;
  return {
    direction,
    directionBy,
    initiator,
    decidedBy,
    source,
    destination,
    client,
    server,
    explanation: `${openingInWords(client, server, decidedBy, record)} ${wayInWords(direction, directionBy)}`,
  };
}

function endOf(
  packet: string | undefined,
  atInterface: string | undefined,
  port: number | undefined,
  protocol: number | undefined,
): ConnectionEnd {
  const address = packet ?? atInterface;
  const hasPort = protocol === 6 || protocol === 17 || protocol === 132;
  const end = { address, port: hasPort ? port : undefined };
  return atInterface === undefined || address === atInterface ? end : { ...end, via: atInterface };
}

function openingInWords(
  client: ConnectionEnd | undefined,
  server: ConnectionEnd | undefined,
  decidedBy: Rule,
  record: FlowRecord,
): string {
  if (client === undefined || server === undefined)
    return `Who opened the connection is not known: ${reasons.none}.`;
  const flags =
    decidedBy === 'syn' || decidedBy === 'syn-ack' ? ` (tcp-flags ${record.tcpFlags ?? '-'})` : '';
  return `${endInWords(client)} opened the connection to ${endInWords(server)}: ${reasons[decidedBy]}${flags}.`;
}

function endInWords({ address, port, via }: ConnectionEnd): string {
  const host =
    address === undefined ? 'an unknown address' : address.includes(':') ? `[${address}]` : address;
  const text = port === undefined ? host : `${host}:${port}`;
  return via === undefined ? text : `${text} (by way of ${via})`;
}

const reasons: Readonly<Record<Rule, string>> = {
  none: 'no rule applies',
  syn: 'the source sent SYN without ACK, which only the opening end does',
  'syn-ack': 'the source answered with SYN and ACK, which only the called end does',
  'known-flow': 'another record of the same connection showed its opening',
  listener: 'a listener is known on that port of the interface',
  'security-group': 'the security groups let these packets pass only as answers',
  peers: 'one end talks with many different ports, as servers do',
  ports: 'the ports are those of a service and of a client',
  rejected: 'the packets were rejected, and answers would have passed the security groups',
  'lower-port': 'neither port is known, and the lower one is taken for the server’s',
  original: 'nothing else tells, and the source is taken for the client',
};

function wayInWords(direction: Orientation['direction'], by: DirectionRule): string {
  if (direction === 'unknown') return 'Which way the packets went is not known.';
  const way = direction === 'ingress' ? 'came in at' : 'left by';
  return `The packets ${way} the interface: ${ways[by]}.`;
}

const ways: Readonly<Record<DirectionRule, string>> = {
  none: 'nothing tells',
  'flow-direction': 'the record says so in flow-direction',
  'traffic-path': 'only outgoing packets have a traffic-path',
  'interface-address': 'one end has an address of the interface',
  'learned-address': 'one end has the address that all records of the interface have in common',
};
