import { S3 } from '@aws-sdk/client-s3';
import {
  createSandbox,
  formatOf,
  inboundCounts,
  type Sandbox,
  type TrafficTruth,
  type VirtualClock,
  virtualClock,
} from '@net/aws-sandbox';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trackerPolicy } from '../../src/command/iam-policy.js';

export const REGION = 'eu-west-1';
export const ACCOUNTS = ['111111111111', '222222222222'] as const;
export const TRACKER = '999999999999';
export const GROUP = 'vpc-flowgroup';
export const MINUTE = 60_000;
const FIELDS = [
  'version',
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'log-status',
  'tcp-flags',
  'flow-direction',
  'pkt-srcaddr',
  'pkt-dstaddr',
];

/** Two accounts with public endpoints, flow logs and a role, a third that reads them, and their team service. */
export interface TestWorld {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly teamService: string;
  /** What the team service was asked. */
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[];
  readonly truths: ReadonlyMap<string, TrafficTruth>;
  /** Records by `account day source port address` that the store must have. */
  wanted(): Record<string, number>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Begin of the traffic. Default: so that it is over and delivered 30 minutes later, at this very time. */
  readonly startMs?: number;
  /** Accounts beside the two. */
  readonly more?: number;
  readonly seed?: number;
  readonly connections?: number;
  readonly bucket?: string;
  readonly minutes?: number;
}

/** Time of the world: what happened in it ended just now. */
export async function createTestWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const { connections = 150, minutes = 20, bucket } = options;
  const { startMs = Date.now() - (minutes + 30) * MINUTE, more = 0, seed = 0 } = options;
  const accounts = [
    ...ACCOUNTS,
    ...Array.from({ length: more }, (_, index) => String(300_000_000_000 + index)),
  ];
  const clock = virtualClock(startMs);
  const sandbox = await createSandbox({ clock, accounts: [{ accountId: TRACKER }] });
  const truths = new Map<string, TrafficTruth>();
  if (bucket !== undefined) {
    const s3 = new S3({ ...sandbox.client(REGION), forcePathStyle: true });
    await s3.createBucket({ Bucket: bucket });
    s3.destroy();
    sandbox.shareBucket(bucket, [TRACKER, ...ACCOUNTS]);
  }
  for (const [index, account] of accounts.entries()) {
    plant(sandbox, account, index, bucket);
    truths.set(
      account,
      sandbox.generateTraffic(
        {
          startMs,
          endMs: startMs + minutes * MINUTE,
          connections,
          lateShare: 0.2,
          lateMs: 5 * MINUTE,
          seed: seed + index + 1,
        },
        account,
        REGION,
      ),
    );
  }
  const asked: TestWorld['asked'][number][] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    const list = accounts.map((id, index) => ({ id, name: ['shop', 'bank'][index] ?? id, type: 'aws' }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(list));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    sandbox,
    clock,
    teamService: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    truths,
    wanted: () => {
      const wanted: Record<string, number> = {};
      for (const [account, truth] of truths) {
        const vantages = sandbox.vantages(account, REGION);
        for (const { day, source, publicAddress, port, records } of inboundCounts(truth, vantages)) {
          const key = [account, day, source, port, publicAddress].join(' ');
          wanted[key] = (wanted[key] ?? 0) + records;
        }
      }
      return wanted;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await sandbox.close();
    },
  };
}

function plant(sandbox: Sandbox, account: string, index: number, bucket: string | undefined): void {
  const ec2 = sandbox.ec2(account, REGION);
  const vpcId = ec2.createVpc({ CidrBlock: `10.${index}.0.0/16` }).Vpc!.VpcId!;
  const gateway = ec2.createInternetGateway({}).InternetGateway!.InternetGatewayId!;
  ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
  const subnet = ec2.createSubnet({ VpcId: vpcId, CidrBlock: `10.${index}.0.0/24` }).Subnet!.SubnetId!;
  for (let eni = 0; eni < 3; eni++) {
    const id = ec2.createNetworkInterface({ SubnetId: subnet, Description: `service ${eni}` })
      .NetworkInterface!.NetworkInterfaceId!;
    ec2.associateAddress({
      AllocationId: ec2.allocateAddress({ Domain: 'vpc' }).AllocationId!,
      NetworkInterfaceId: id,
    });
  }
  ec2.createFlowLogs({
    ResourceIds: [vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogFormat: formatOf(FIELDS),
    MaxAggregationInterval: 60,
    ...(bucket === undefined
      ? {
          LogGroupName: GROUP,
          DeliverLogsPermissionArn: `arn:aws:iam::${account}:role/flow-logs`,
        }
      : { LogDestinationType: 's3', LogDestination: `arn:aws:s3:::${bucket}` }),
  });
  // The sandbox knows no ARNs of log groups.
  const policy = trackerPolicy('account');
  const Statement = policy.Statement.map((one) => ({ ...one, Resource: '*' }));
  sandbox.iam.createRole(account, 'fullstop', { ...policy, Statement });
}

/** Records by `account day source port address`, as the original's paths answer them. */
export async function found(origin: string, days: readonly string[]): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const day of days) {
    const response = await fetch(`${origin}/connections?date=${day}`);
    const answer = (await response.json()) as Record<
      string,
      { readonly source: string; readonly dest: string; readonly dest_port: number; readonly score: number }[]
    >;
    for (const [shard, list] of Object.entries(answer))
      for (const { source, dest, dest_port: port, score } of list) {
        const key = [shard.split('/')[0], day, source, port, dest.split('/').at(-1)].join(' ');
        all[key] = (all[key] ?? 0) + score;
      }
  }
  return all;
}

/** The UTC days from a time until now. */
export function daysSince(fromMs: number): string[] {
  return [...new Set([new Date(fromMs).toISOString().slice(0, 10), new Date().toISOString().slice(0, 10)])];
}
