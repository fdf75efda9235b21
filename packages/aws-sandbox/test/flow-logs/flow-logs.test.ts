import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { S3 } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { gunzipSync } from 'node:zlib';

import {
  type Sandbox,
  type TrafficTruth,
  type Vantage,
  type VirtualClock,
  createLineWriter,
  defaultFlowLogFormat,
  fieldsOf,
  flowLogFields,
  formatOf,
  generateTraffic,
  inboundCounts,
  virtualClock,
} from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';
import { type Network, buildNetwork } from './network.js';

const startMs = Date.UTC(2026, 0, 1, 23);
const hour = 3_600_000;
const role = 'arn:aws:iam::123456789012:role/flow-logs';
const everyField = formatOf(Object.keys(flowLogFields));

interface World {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly ec2: EC2;
}

async function open(): Promise<World> {
  const clock = virtualClock(startMs);
  const sandbox = await openSandbox({ clock });
  return {
    sandbox,
    clock,
    network: buildNetwork(sandbox),
    ec2: new EC2({ ...sandbox.client(), maxAttempts: 1 }),
  };
}

async function logTo(world: World, format: string): Promise<string> {
  // The log group comes with the first traffic.
  const { FlowLogIds } = await world.ec2.createFlowLogs({
    ResourceIds: [world.network.vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogGroupName: 'vpc-flowgroup',
    DeliverLogsPermissionArn: role,
    LogFormat: format,
    MaxAggregationInterval: 60,
  });
  return FlowLogIds![0]!;
}

async function readLog(
  sandbox: Sandbox,
): Promise<{ message: string; timestamp: number; ingestionTime: number; stream: string }[]> {
  const logs = new CloudWatchLogs(sandbox.client());
  const all = [];
  let nextToken: string | undefined;
  do {
    const page = await logs.filterLogEvents({
      logGroupName: 'vpc-flowgroup',
      ...(nextToken ? { nextToken } : {}),
    });
    for (const event of page.events ?? []) {
      all.push({
        message: event.message!,
        timestamp: event.timestamp!,
        ingestionTime: event.ingestionTime!,
        stream: event.logStreamName!,
      });
    }
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return all;
}

function parse(line: string, format: string): Record<string, string> {
  const values = line.split(' ');
  const fields = fieldsOf(format)!;
  expect(values).toHaveLength(fields.length);
  return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? '']));
}

describe('EC2 flow logs', () => {
  test('are created, described, filtered and deleted', async () => {
    const world = await open();
    const id = await logTo(world, defaultFlowLogFormat);
    const { FlowLogs } = await world.ec2.describeFlowLogs({
      Filter: [{ Name: 'resource-id', Values: [world.network.vpcId] }],
    });
    expect(FlowLogs).toMatchObject([
      {
        FlowLogId: id,
        LogFormat:
          '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
        LogGroupName: 'vpc-flowgroup',
        MaxAggregationInterval: 60,
        TrafficType: 'ALL',
      },
    ]);
    const again = await world.ec2.createFlowLogs({
      ResourceIds: [world.network.vpcId, 'vpc-0123456789abcdef0', world.network.publicSubnetId],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogGroupName: 'vpc-flowgroup',
      DeliverLogsPermissionArn: role,
    });
    expect(again.Unsuccessful?.map((one) => one.Error?.Code)).toEqual([
      'FlowLogAlreadyExists',
      'InvalidVpcID.NotFound',
      'InvalidParameter',
    ]);
    await world.ec2.createTags({ Resources: [id], Tags: [{ Key: 'Name', Value: 'mine' }] });
    expect((await world.ec2.describeFlowLogs({ FlowLogIds: [id] })).FlowLogs).toMatchObject([
      { Tags: [{ Value: 'mine' }] },
    ]);
    await world.ec2.deleteFlowLogs({ FlowLogIds: [id] });
    await expect(world.ec2.describeFlowLogs({ FlowLogIds: [id] })).rejects.toMatchObject({
      name: 'InvalidFlowLogId.NotFound',
    });
    const bad = {
      ResourceIds: [world.network.vpcId],
      ResourceType: 'VPC' as const,
      DeliverLogsPermissionArn: role,
    };
    await expect(
      world.ec2.createFlowLogs({ ...bad, LogGroupName: 'x', LogFormat: '${no-such}' }),
    ).rejects.toMatchObject({
      name: 'InvalidParameter',
    });
  });
});

describe('traffic', () => {
  const traffic = { startMs, endMs: startMs + 2 * hour, connections: 300, seed: 7 };

  test('arrives in log groups after its window and delay, every record once, and adds up to the truth', async () => {
    const world = await open();
    await logTo(world, everyField);
    const truth = world.sandbox.generateTraffic({ ...traffic, lateShare: 0.2, lateMs: hour });
    expect(await readLog(world.sandbox)).toEqual([]);
    world.clock.advance(hour);
    const early = await readLog(world.sandbox);
    world.clock.advance(truth.deliveredByMs - world.clock.now());
    const events = await readLog(world.sandbox);
    expect(early.length).toBeGreaterThan(0);
    expect(early.length).toBeLessThan(events.length);
    const records = events.map((event) => ({ ...event, ...parse(event.message, everyField) })) as (Record<
      string,
      string
    > &
      (typeof events)[number])[];
    const data = records.filter((record) => record['log-status'] === 'OK');
    expect(data).toHaveLength(truth.records);
    expect(records.filter((record) => record['log-status'] === 'NODATA')).toHaveLength(truth.emptyWindows);
    for (const record of records) {
      expect(record.stream).toBe(`${record['interface-id']}-all`);
      expect(record.timestamp).toBe(Number(record['start']) * 1000);
      expect(record.ingestionTime).toBeGreaterThan(record.timestamp + 300_000);
    }
    expect(countInbound(world, data)).toEqual(expectedInbound(world, truth));
    expect(truth.deliveredByMs).toBeLessThanOrEqual(startMs + 3 * hour + 400_000);
  });

  test('is the same again with the same seed, and other with another', async () => {
    const lines = async (seed: number): Promise<string[]> => {
      const world = await open();
      await logTo(world, defaultFlowLogFormat);
      const truth = world.sandbox.generateTraffic({ ...traffic, seed });
      world.clock.advance(truth.deliveredByMs - startMs);
      return (await readLog(world.sandbox)).map((event) => event.message);
    };
    const first = await lines(1);
    expect(await lines(1)).toEqual(first);
    expect(await lines(2)).not.toEqual(first);
  });

  test('has the marks of TCP, NAT and direction', async () => {
    const world = await open();
    await logTo(world, everyField);
    const { connections } = world.sandbox.generateTraffic({ ...traffic, longShare: 0.3 });
    const kinds = new Set(connections.map(({ connection }) => connection.kind));
    expect([...kinds].sort()).toEqual(
      [
        'inbound',
        'inbound-icmp',
        'inbound-rejected',
        'inbound-udp',
        'internal',
        'outbound',
        'outbound-nat',
      ].sort(),
    );
    for (const { connection, records } of connections) {
      const isTcp = connection.protocol === 6;
      const byStart = [...records].sort((a, b) => a.windowMs - b.windowMs);
      const opening = byStart.filter((record) => record.windowMs === byStart[0]!.windowMs);
      for (const record of opening) {
        const fromClient =
          record.sourcePort === connection.clientPort || record.sourcePort === connection.natPort;
        if (isTcp) expect(record.tcpFlags & 18).toBe(fromClient ? 2 : 18);
        else expect(record.tcpFlags).toBe(0);
      }
      if (connection.kind === 'inbound-rejected') {
        expect(records).toMatchObject([{ action: 'REJECT', tcpFlags: 2, direction: 'ingress' }]);
      }
      if (connection.kind === 'outbound-nat') {
        const atNat = records.filter((record) => record.interfaceId === world.network.natInterfaceId);
        expect(atNat.length).toBe(
          2 * records.filter((r) => r.interfaceId === world.network.hiddenInterfaceId).length,
        );
        const inner = atNat.find((r) => r.direction === 'ingress' && r.sourcePort === connection.clientPort);
        expect(inner?.destination).not.toBe(inner?.packetDestination);
        expect(inner?.packetDestination).toBe(connection.serverAddress);
      }
      if (connection.kind === 'internal') {
        expect(new Set(records.map((record) => record.interfaceId)).size).toBe(2);
      }
    }
    expect(
      connections.some(({ records }) =>
        records.some((record) => record.tcpFlags === 0 && record.protocol === 6),
      ),
    ).toBe(true);
  });

  test('of IPv6 shows the interface its own address, and needs no sandbox', () => {
    const vantage: Vantage = {
      interfaceId: 'eni-0123456789abcdef0',
      accountId: '123456789012',
      region: 'eu-west-1',
      vpcId: 'vpc-0123456789abcdef0',
      subnetId: 'subnet-0123456789abcdef0',
      zoneId: 'euw1-az1',
      instanceId: 'i-0123456789abcdef0',
      primaryAddress: '10.0.0.5',
      addresses: ['10.0.0.5'],
      publicAddress: undefined,
      ipv6Address: '2a05:d018::5',
      isNatGateway: false,
    };
    const writer = createLineWriter([
      'srcaddr',
      'dstaddr',
      'type',
      'flow-direction',
      'traffic-path',
      'reject-reason',
      'version',
    ]);
    const all = [...generateTraffic([vantage], { ...traffic, connections: 20, longShare: 0 }, 60_000)];
    expect(all).toHaveLength(20);
    for (const { connection, records } of all) {
      expect(connection).toMatchObject({ kind: 'inbound-ipv6', serverAddress: '2a05:d018::5' });
      expect(writer.record(records[0]!, vantage)).toMatch(
        /^2600:1f18:[0-9a-f]{4}::[0-9a-f]{4} 2a05:d018::5 IPv6 ingress - - 8$/,
      );
    }
  });

  test('lost windows are SKIPDATA, and their records are in no truth', async () => {
    const world = await open();
    await logTo(world, defaultFlowLogFormat);
    const truth = world.sandbox.generateTraffic({ ...traffic, skipShare: 0.3, noData: false });
    world.clock.advance(truth.deliveredByMs - startMs);
    const lines = (await readLog(world.sandbox)).map((event) => event.message);
    expect(truth.skippedWindows).toBeGreaterThan(0);
    expect(lines.filter((line) => line.endsWith('SKIPDATA'))).toHaveLength(truth.skippedWindows);
    expect(lines.filter((line) => line.endsWith('OK'))).toHaveLength(truth.records);
    expect(lines.some((line) => line.endsWith('NODATA'))).toBe(false);
  });

  test.each([
    [
      {},
      /^AWSLogs\/123456789012\/vpcflowlogs\/eu-west-1\/2026\/01\/0[12]\/123456789012_vpcflowlogs_eu-west-1_fl-[0-9a-f]+_202601\d\dT\d{4}Z_[0-9a-f]{8}\.log\.gz$/,
    ],
    [
      { HiveCompatiblePartitions: true, PerHourPartition: true },
      /^AWSLogs\/aws-account-id=123456789012\/aws-service=vpcflowlogs\/aws-region=eu-west-1\/year=2026\/month=01\/day=0[12]\/hour=\d\d\/123456789012_/,
    ],
  ])('arrives in buckets as gzip with a header, with %j', async (options, keys) => {
    const world = await open();
    const s3 = new S3(world.sandbox.client());
    await s3.createBucket({ Bucket: 'flow' });
    await world.ec2.createFlowLogs({
      ResourceIds: [world.network.vpcId],
      ResourceType: 'VPC',
      TrafficType: 'ACCEPT',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow',
      LogFormat: everyField,
      DestinationOptions: {
        FileFormat: 'plain-text',
        HiveCompatiblePartitions: false,
        PerHourPartition: false,
        ...options,
      },
    });
    const truth = world.sandbox.generateTraffic(traffic);
    world.clock.advance(truth.deliveredByMs - startMs);
    const data: Record<string, string>[] = [];
    for (const { Key } of (await s3.listObjectsV2({ Bucket: 'flow' })).Contents ?? []) {
      expect(Key).toMatch(keys);
      const { Body } = await s3.getObject({ Bucket: 'flow', Key: Key! });
      const [header, ...lines] = gunzipSync(await Body!.transformToByteArray())
        .toString()
        .trimEnd()
        .split('\n');
      expect(header).toBe(fieldsOf(everyField)!.join(' '));
      data.push(...lines.map((line) => parse(line, everyField)));
    }
    const ok = data.filter((record) => record['log-status'] === 'OK');
    expect(ok.every((record) => record['action'] === 'ACCEPT')).toBe(true);
    expect(countInbound(world, ok)).toEqual(expectedInbound(world, truth));
  });
});

function expectedInbound(world: World, truth: TrafficTruth): Record<string, number> {
  const counts = inboundCounts(truth, world.sandbox.vantages());
  expect(new Set(counts.map((count) => count.day)).size).toBe(2);
  return Object.fromEntries(
    counts.map((c) => [`${c.day} ${c.source} ${c.interfaceId} ${c.port}`, c.records]),
  );
}

/** Counts from the records' own evidence: ingress from a server port never opened anything. */
function countInbound(world: World, records: readonly Record<string, string>[]): Record<string, number> {
  const open = new Set(world.network.webInterfaceIds);
  const counts: Record<string, number> = {};
  for (const record of records) {
    const isInbound =
      record['flow-direction'] === 'ingress' &&
      record['action'] === 'ACCEPT' &&
      open.has(record['interface-id']!) &&
      !record['pkt-srcaddr']!.startsWith('10.') &&
      (Number(record['srcport']) >= 32_768 || record['srcport'] === '0');
    if (!isInbound) continue;
    const day = new Date(Number(record['start']) * 1000).toISOString().slice(0, 10);
    const key = `${day} ${record['pkt-srcaddr']} ${record['interface-id']} ${record['dstport']}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
