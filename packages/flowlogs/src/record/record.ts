/**
 * A flow log record for people and programs. A field that the format lacks, or whose text is `-`, is left out.
 * Names are AWS's in camel case; times are milliseconds since 1970 whatever the log had.
 */
export interface FlowRecord {
  /** Version of the record format. */
  readonly version?: number;
  /** Account that owns the interface. */
  readonly accountId?: string;
  /** Network interface that saw the packets. */
  readonly interfaceId?: string;
  /** Source, or the interface’s own address for outgoing packets. */
  readonly srcaddr?: string;
  /** Destination, or the interface’s own address for incoming packets. */
  readonly dstaddr?: string;
  /** Source port. */
  readonly srcport?: number;
  /** Destination port. */
  readonly dstport?: number;
  /** IANA protocol number. */
  readonly protocol?: number;
  /** Packets in the window. */
  readonly packets?: number;
  /** Bytes in the window. */
  readonly bytes?: number;
  /** First packet of the window. */
  readonly startMs?: number;
  /** Last packet of the window. */
  readonly endMs?: number;
  /** Whether security groups and network ACLs let it pass. */
  readonly action?: 'ACCEPT' | 'REJECT';
  /** SKIPDATA: AWS lost records of this window; NODATA: there was no traffic. */
  readonly logStatus?: 'OK' | 'NODATA' | 'SKIPDATA';
  /** VPC of the interface. */
  readonly vpcId?: string;
  /** Subnet of the interface. */
  readonly subnetId?: string;
  /** Instance of the interface. */
  readonly instanceId?: string;
  /** FIN, SYN, RST and SYN-ACK seen in the window, OR-ed. */
  readonly tcpFlags?: number;
  /** IPv4, IPv6 or EFA. */
  readonly type?: string;
  /** Source address in the packet itself. */
  readonly pktSrcaddr?: string;
  /** Destination address in the packet itself. */
  readonly pktDstaddr?: string;
  /** Region of the interface. */
  readonly region?: string;
  /** Availability Zone of the interface. */
  readonly azId?: string;
  /** Wavelength, outpost or localzone. */
  readonly sublocationType?: string;
  /** Id of the sublocation. */
  readonly sublocationId?: string;
  /** AWS service that owns the packet’s source. */
  readonly pktSrcAwsService?: string;
  /** AWS service that owns the packet’s destination. */
  readonly pktDstAwsService?: string;
  /** Ingress or egress at this interface. */
  readonly flowDirection?: string;
  /** Way that egress traffic takes. */
  readonly trafficPath?: number;
  /** ECS cluster. */
  readonly ecsClusterArn?: string;
  /** ECS cluster. */
  readonly ecsClusterName?: string;
  /** ECS container instance. */
  readonly ecsContainerInstanceArn?: string;
  /** ECS container instance. */
  readonly ecsContainerInstanceId?: string;
  /** First container of the task. */
  readonly ecsContainerId?: string;
  /** Second container of the task. */
  readonly ecsSecondContainerId?: string;
  /** ECS service. */
  readonly ecsServiceName?: string;
  /** ECS task definition. */
  readonly ecsTaskDefinitionArn?: string;
  /** ECS task. */
  readonly ecsTaskArn?: string;
  /** ECS task. */
  readonly ecsTaskId?: string;
  /** Why it was rejected: BPA is VPC Block Public Access. */
  readonly rejectReason?: string;
  /** Resource without an interface, such as a regional NAT gateway. */
  readonly resourceId?: string;
  /** Whether the traffic was encrypted in transit. */
  readonly encryptionStatus?: string;
  /** TransitGateway. */
  readonly resourceType?: string;
  /** Transit gateway. */
  readonly tgwId?: string;
  /** Attachment that saw the packets. */
  readonly tgwAttachmentId?: string;
  /** Account of the source VPC. */
  readonly tgwSrcVpcAccountId?: string;
  /** Account of the destination VPC. */
  readonly tgwDstVpcAccountId?: string;
  /** Source VPC. */
  readonly tgwSrcVpcId?: string;
  /** Destination VPC. */
  readonly tgwDstVpcId?: string;
  /** Source subnet. */
  readonly tgwSrcSubnetId?: string;
  /** Destination subnet. */
  readonly tgwDstSubnetId?: string;
  /** Source attachment’s interface. */
  readonly tgwSrcEni?: string;
  /** Destination attachment’s interface. */
  readonly tgwDstEni?: string;
  /** Source Availability Zone. */
  readonly tgwSrcAzId?: string;
  /** Destination Availability Zone. */
  readonly tgwDstAzId?: string;
  /** Attachment on the other side. */
  readonly tgwPairAttachmentId?: string;
  /** Packets lost for want of a route. */
  readonly packetsLostNoRoute?: number;
  /** Packets lost in a black hole. */
  readonly packetsLostBlackhole?: number;
  /** Packets lost because they were too large. */
  readonly packetsLostMtuExceeded?: number;
  /** Packets lost because their time to live ended. */
  readonly packetsLostTtlExpired?: number;
  /** Fields that AWS's documents did not have when this was written, by their names. */
  readonly unknownFields?: Readonly<Record<string, string>>;
}

/** Name of a documented field in a `FlowRecord`. */
export type FlowRecordKey = Exclude<keyof FlowRecord, 'unknownFields'>;

/** `interface-id` to `interfaceId`; `start` and `end` are `startMs` and `endMs`. */
export function recordKey(fieldName: string): string {
  if (fieldName === 'start' || fieldName === 'end') return `${fieldName}Ms`;
  return fieldName.replaceAll(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
