/**
 * Rules that tell which end opened a connection, strongest first.
 * - `syn`: SYN without ACK among the record's flags: its source opened the connection
 * - `syn-ack`: SYN and ACK: its source was called
 * - `known-flow`: one of the two was seen for the same connection in another record
 * - `listener`: something listens on the port at this interface
 * - `security-group`: the security groups admit the accepted packets only as answers
 * - `peers`: one end talks with many different ports: the server
 * - `ports`: a port of a well-known service against an ephemeral one
 * - `rejected`: the packets were rejected: answers pass security groups, so they wanted to open a connection
 * - `lower-port`: neither is known; the lower port is taken for the server's
 * - `original`: the rule of the first connection tracker: the source opened the connection
 * - `none`: nothing tells
 */
export type Rule =
  | 'none'
  | 'syn'
  | 'syn-ack'
  | 'known-flow'
  | 'listener'
  | 'security-group'
  | 'peers'
  | 'ports'
  | 'rejected'
  | 'lower-port'
  | 'original';

/** Rules by the numbers that columns have; 0 is `none`. */
export const rules: readonly Rule[] = [
  'none',
  'syn',
  'syn-ack',
  'known-flow',
  'listener',
  'security-group',
  'peers',
  'ports',
  'rejected',
  'lower-port',
  'original',
];

/**
 * What tells which way packets went through the interface. `traffic-path` is only written for outgoing packets;
 * `interface-address` compares with the addresses of the interface that are known, `learned-address` with the one
 * address that all its records so far have in common.
 */
export type DirectionRule =
  | 'none'
  | 'flow-direction'
  | 'traffic-path'
  | 'interface-address'
  | 'learned-address';

/** Direction rules by the numbers that columns have. */
export const directionRules: readonly DirectionRule[] = [
  'none',
  'flow-direction',
  'traffic-path',
  'interface-address',
  'learned-address',
];

/** What is known about an interface. Everything is optional: what is not known is no evidence. */
export interface InterfaceFacts {
  /** Its private addresses, IPv4 and IPv6, as text. */
  readonly addresses?: readonly string[];
  /** Ports on which it is known to answer: of load balancers, databases, services. */
  readonly listeners?: readonly Listener[];
  /** All inbound rules of all its security groups; undefined when it has no groups or they are not known. */
  readonly inbound?: readonly TrafficRule[];
  /** All outbound rules likewise. */
  readonly outbound?: readonly TrafficRule[];
}

export interface Listener {
  /** IANA protocol number. */
  readonly protocol: number;
  readonly port: number;
}

/** A rule of a security group. */
export interface TrafficRule {
  /** IANA protocol number; -1 is all. */
  readonly protocol: number;
  /** First and last destination port, both included; not looked at for protocols without ports. */
  readonly fromPort?: number;
  readonly toPort?: number;
  /**
   * Prefixes of the other end. Undefined when the rule names security groups or prefix lists that were not resolved:
   * it then admits everybody, so that it never makes a wrong decision.
   */
  readonly peers?: readonly string[];
}

/** Facts about an interface at a moment (addresses move); undefined when nothing is known. */
export type FactsOf = (interfaceId: string, atMs: number) => InterfaceFacts | undefined;

/** Code numbers of ends and directions in columns. */
export const initiators = { unknown: 0, source: 1, destination: 2 } as const;
export const directions = { unknown: 0, ingress: 1, egress: 2 } as const;
