import type { FlowRecord } from '../record/record.js';

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  132: 'sctp',
};
const DIRECTIONS: Readonly<Record<string, readonly [number, string]>> = {
  ingress: [1, 'Inbound'],
  egress: [2, 'Outbound'],
};

/**
 * A record as OCSF 1.3 Network Activity (class 4001, activity 6 "Traffic"), as Amazon Security Lake maps VPC Flow Logs.
 * What OCSF has no place for is in `unmapped` under AWS's names.
 */
export function toOcsf(record: FlowRecord): object {
  const direction = record.flowDirection === undefined ? undefined : DIRECTIONS[record.flowDirection];
  const isAllowed = record.action === 'ACCEPT';
  const { protocol } = record;
  // The interface that logged the record is at the end that sent it when it left, else at the one it came to.
  const isEgress = record.flowDirection === 'egress';
  const own = {
    interface_uid: record.interfaceId,
    instance_uid: record.instanceId,
    subnet_uid: record.subnetId,
    vpc_uid: record.vpcId,
  };
  return {
    metadata: {
      version: '1.3.0',
      product: {
        name: 'Amazon VPC',
        vendor_name: 'AWS',
        feature: { name: 'Flowlogs' },
        version: String(record.version ?? 2),
      },
      profiles: ['cloud'],
    },
    class_uid: 4001,
    class_name: 'Network Activity',
    category_uid: 4,
    category_name: 'Network Activity',
    activity_id: 6,
    activity_name: 'Traffic',
    type_uid: 400106,
    severity_id: 1,
    severity: 'Informational',
    time: record.startMs,
    start_time: record.startMs,
    end_time: record.endMs,
    cloud: {
      provider: 'AWS',
      account: { uid: record.accountId, type: 'AWS Account', type_id: 10 },
      region: record.region,
      zone: record.azId,
    },
    src_endpoint: {
      ip: record.srcaddr,
      port: record.srcport,
      svc_name: record.pktSrcAwsService,
      ...(isEgress ? own : {}),
      intermediate_ips:
        record.pktSrcaddr === undefined || record.pktSrcaddr === record.srcaddr
          ? undefined
          : [record.pktSrcaddr],
    },
    dst_endpoint: {
      ip: record.dstaddr,
      port: record.dstport,
      svc_name: record.pktDstAwsService,
      ...(isEgress ? {} : own),
      intermediate_ips:
        record.pktDstaddr === undefined || record.pktDstaddr === record.dstaddr
          ? undefined
          : [record.pktDstaddr],
    },
    connection_info: {
      protocol_num: protocol,
      protocol_name: protocol === undefined ? undefined : PROTOCOLS[protocol],
      protocol_ver_id: record.srcaddr === undefined ? undefined : record.srcaddr.includes(':') ? 6 : 4,
      tcp_flags: record.tcpFlags,
      direction_id: direction?.[0] ?? 0,
      direction: direction?.[1] ?? 'Unknown',
      boundary_id: boundaryOf(record.trafficPath),
    },
    traffic: { packets: record.packets, bytes: record.bytes },
    ...(record.action === undefined
      ? {}
      : {
          action_id: isAllowed ? 1 : 2,
          action: isAllowed ? 'Allowed' : 'Denied',
          disposition_id: isAllowed ? 1 : 2,
          disposition: isAllowed ? 'Allowed' : 'Blocked',
        }),
    status_code: record.logStatus,
    unmapped: {
      ...(record.sublocationType === undefined ? {} : { 'sublocation-type': record.sublocationType }),
      ...(record.sublocationId === undefined ? {} : { 'sublocation-id': record.sublocationId }),
      ...(record.trafficPath === undefined ? {} : { 'traffic-path': record.trafficPath }),
      ...(record.rejectReason === undefined ? {} : { 'reject-reason': record.rejectReason }),
      ...record.unknownFields,
    },
  };
}

/** The ways 1 to 8 of traffic-path are the boundaries 4 to 11, in the same order. */
function boundaryOf(trafficPath: number | undefined): number | undefined {
  if (trafficPath === undefined) return undefined;
  return trafficPath >= 1 && trafficPath <= 8 ? trafficPath + 3 : 99;
}
