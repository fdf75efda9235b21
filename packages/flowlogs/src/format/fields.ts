/**
 * What a field's text means, and so how it is checked and which column it becomes.
 * - `address`: IPv4 or IPv6 address
 * - `port`: 0 to 65,535 (0 for ICMP)
 * - `byte`: 0 to 255 (protocol number, TCP flags)
 * - `integer`: 0 to 2^31 - 1
 * - `count`: 0 to 2^53 - 1 (packets, bytes)
 * - `time`: seconds or milliseconds since 1970, always handed out in milliseconds
 * - `action`: ACCEPT or REJECT
 * - `status`: OK, NODATA or SKIPDATA
 * - `text`: anything without blanks
 */
export type FieldKind =
  | 'address'
  | 'port'
  | 'byte'
  | 'integer'
  | 'count'
  | 'time'
  | 'action'
  | 'status'
  | 'text';

/** A field of VPC or Transit Gateway flow logs. */
export interface Field {
  /** Name as in headers and `${...}` formats. */
  readonly name: string;
  readonly kind: FieldKind;
  /** Flow log version that brought the field; 6 is Transit Gateway's. 0 for a field that is not in AWS's list. */
  readonly version: number;
  /** One line for people. */
  readonly meaning: string;
}

/**
 * All documented fields: VPC flow logs of versions 2 to 10 in the order of AWS's "all fields" format, then what only
 * Transit Gateway flow logs (version 6) have. Source: Amazon VPC User Guide, "Flow log records"; Transit Gateway
 * guide, "Transit Gateway Flow Log records".
 */
export const fields: readonly Field[] = [
  field(2, 'version', 'integer', 'version of the record format'),
  field(2, 'account-id', 'text', 'account that owns the interface'),
  field(2, 'interface-id', 'text', 'network interface that saw the packets'),
  field(2, 'srcaddr', 'address', 'source, or the interface’s own address for outgoing packets'),
  field(2, 'dstaddr', 'address', 'destination, or the interface’s own address for incoming packets'),
  field(2, 'srcport', 'port', 'source port'),
  field(2, 'dstport', 'port', 'destination port'),
  field(2, 'protocol', 'byte', 'IANA protocol number'),
  field(2, 'packets', 'count', 'packets in the window'),
  field(2, 'bytes', 'count', 'bytes in the window'),
  field(2, 'start', 'time', 'first packet of the window'),
  field(2, 'end', 'time', 'last packet of the window'),
  field(2, 'action', 'action', 'whether security groups and network ACLs let it pass'),
  field(2, 'log-status', 'status', 'OK, NODATA (no traffic) or SKIPDATA (records were lost)'),
  field(3, 'vpc-id', 'text', 'VPC of the interface'),
  field(3, 'subnet-id', 'text', 'subnet of the interface'),
  field(3, 'instance-id', 'text', 'instance of the interface'),
  field(3, 'tcp-flags', 'byte', 'FIN, SYN, RST and SYN-ACK seen in the window, OR-ed'),
  field(3, 'type', 'text', 'IPv4, IPv6 or EFA'),
  field(3, 'pkt-srcaddr', 'address', 'source address in the packet itself'),
  field(3, 'pkt-dstaddr', 'address', 'destination address in the packet itself'),
  field(4, 'region', 'text', 'region of the interface'),
  field(4, 'az-id', 'text', 'Availability Zone of the interface'),
  field(4, 'sublocation-type', 'text', 'wavelength, outpost or localzone'),
  field(4, 'sublocation-id', 'text', 'id of the sublocation'),
  field(5, 'pkt-src-aws-service', 'text', 'AWS service that owns the packet’s source'),
  field(5, 'pkt-dst-aws-service', 'text', 'AWS service that owns the packet’s destination'),
  field(5, 'flow-direction', 'text', 'ingress or egress at this interface'),
  field(5, 'traffic-path', 'integer', 'way that egress traffic takes'),
  field(7, 'ecs-cluster-arn', 'text', 'ECS cluster'),
  field(7, 'ecs-cluster-name', 'text', 'ECS cluster'),
  field(7, 'ecs-container-instance-arn', 'text', 'ECS container instance'),
  field(7, 'ecs-container-instance-id', 'text', 'ECS container instance'),
  field(7, 'ecs-container-id', 'text', 'first container of the task'),
  field(7, 'ecs-second-container-id', 'text', 'second container of the task'),
  field(7, 'ecs-service-name', 'text', 'ECS service'),
  field(7, 'ecs-task-definition-arn', 'text', 'ECS task definition'),
  field(7, 'ecs-task-arn', 'text', 'ECS task'),
  field(7, 'ecs-task-id', 'text', 'ECS task'),
  field(8, 'reject-reason', 'text', 'why it was rejected: BPA is VPC Block Public Access'),
  field(9, 'resource-id', 'text', 'resource without an interface, such as a regional NAT gateway'),
  field(10, 'encryption-status', 'text', 'whether the traffic was encrypted in transit'),
  field(6, 'resource-type', 'text', 'TransitGateway'),
  field(6, 'tgw-id', 'text', 'transit gateway'),
  field(6, 'tgw-attachment-id', 'text', 'attachment that saw the packets'),
  field(6, 'tgw-src-vpc-account-id', 'text', 'account of the source VPC'),
  field(6, 'tgw-dst-vpc-account-id', 'text', 'account of the destination VPC'),
  field(6, 'tgw-src-vpc-id', 'text', 'source VPC'),
  field(6, 'tgw-dst-vpc-id', 'text', 'destination VPC'),
  field(6, 'tgw-src-subnet-id', 'text', 'source subnet'),
  field(6, 'tgw-dst-subnet-id', 'text', 'destination subnet'),
  field(6, 'tgw-src-eni', 'text', 'source attachment’s interface'),
  field(6, 'tgw-dst-eni', 'text', 'destination attachment’s interface'),
  field(6, 'tgw-src-az-id', 'text', 'source Availability Zone'),
  field(6, 'tgw-dst-az-id', 'text', 'destination Availability Zone'),
  field(6, 'tgw-pair-attachment-id', 'text', 'attachment on the other side'),
  field(6, 'packets-lost-no-route', 'count', 'packets lost for want of a route'),
  field(6, 'packets-lost-blackhole', 'count', 'packets lost in a black hole'),
  field(6, 'packets-lost-mtu-exceeded', 'count', 'packets lost because they were too large'),
  field(6, 'packets-lost-ttl-expired', 'count', 'packets lost because their time to live ended'),
];

const byName: ReadonlyMap<string, Field> = new Map(fields.map((entry) => [entry.name, entry]));

/** The documented field of this name, in either spelling (`pkt-srcaddr` or Parquet's `pkt_srcaddr`). */
export function knownField(name: string): Field | undefined {
  return byName.get(name) ?? byName.get(name.replaceAll('_', '-'));
}

/** The documented field, or an unknown one that is kept as text under its own name. */
export function fieldOf(name: string): Field {
  return knownField(name) ?? { name, kind: 'text', version: 0, meaning: 'not in AWS’s list' };
}

function field(version: number, name: string, kind: FieldKind, meaning: string): Field {
  return { name, kind, version, meaning };
}
