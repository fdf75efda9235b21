import { flowLogFields } from './fields.js';
import type { Vantage } from './network.js';
import type { FlowRecord } from './records.js';

/** Writes records in one format: the values of its fields, separated by blanks. */
export interface LineWriter {
  /** The header line of files. */
  readonly header: string;
  record(record: FlowRecord, vantage: Vantage): string;
  /** A line without traffic data: nothing seen, or records lost. */
  status(status: 'NODATA' | 'SKIPDATA', vantage: Vantage, startSeconds: number, endSeconds: number): string;
}

type Value = string | number | undefined;

/** A writer for the fields of a format. */
export function createLineWriter(fields: readonly string[]): LineWriter {
  const version = Math.max(...fields.map((field) => flowLogFields[field] ?? 2));
  const ofVantage = fields.map((field) => vantageValues[field]);
  const ofRecord = fields.map((field) => recordValues[field]);
  const line = (value: (field: string, index: number) => Value): string =>
    fields.map((field, index) => value(field, index) ?? '-').join(' ');
  return {
    header: fields.join(' '),
    record: (record, vantage) =>
      line((field, index) => {
        if (field === 'version') return version;
        if (field === 'log-status') return 'OK';
        return ofRecord[index]?.(record) ?? ofVantage[index]?.(vantage);
      }),
    status: (status, vantage, startSeconds, endSeconds) =>
      line((field, index) => {
        if (field === 'version') return version;
        if (field === 'log-status') return status;
        if (field === 'start') return startSeconds;
        return field === 'end' ? endSeconds : ofVantage[index]?.(vantage);
      }),
  };
}

/** What depends on the interface only; every other field of it does not apply here. */
const vantageValues: Readonly<Record<string, (vantage: Vantage) => Value>> = {
  'account-id': (vantage) => vantage.accountId,
  'interface-id': (vantage) => vantage.interfaceId,
  'vpc-id': (vantage) => vantage.vpcId,
  'subnet-id': (vantage) => vantage.subnetId,
  'instance-id': (vantage) => vantage.instanceId,
  region: (vantage) => vantage.region,
  'az-id': (vantage) => vantage.zoneId,
};

const recordValues: Readonly<Record<string, (record: FlowRecord) => Value>> = {
  srcaddr: (record) => record.source,
  dstaddr: (record) => record.destination,
  srcport: (record) => record.sourcePort,
  dstport: (record) => record.destinationPort,
  protocol: (record) => record.protocol,
  packets: (record) => record.packets,
  bytes: (record) => record.bytes,
  start: (record) => record.startSeconds,
  end: (record) => record.endSeconds,
  action: (record) => record.action,
  'tcp-flags': (record) => record.tcpFlags,
  type: (record) => (record.source.includes(':') ? 'IPv6' : 'IPv4'),
  'pkt-srcaddr': (record) => record.packetSource,
  'pkt-dstaddr': (record) => record.packetDestination,
  'flow-direction': (record) => record.direction,
  'traffic-path': (record) => record.trafficPath,
};
