import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import {
  createSandbox,
  formatOf,
  inboundCounts,
  type Sandbox,
  type TrafficOptions,
  type TrafficTruth,
  type VirtualClock,
  virtualClock,
} from '@net/aws-sandbox';

export const GROUP = 'vpc-flowgroup';
export const REGION = 'eu-west-1';
export const START_MS = Date.UTC(2026, 0, 1, 22);
const format = formatOf([
  ...['version', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes'],
  ...['start', 'end', 'action', 'log-status', 'flow-direction', 'pkt-srcaddr'],
]);

/** A sandbox whose accounts have two public interfaces each with traffic that flow logs deliver as time goes by. */
export interface DeliveredTraffic {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly accounts: readonly string[];
  readonly truth: (accountId: string) => TrafficTruth;
  /** `day source interface port` of accepted inbound records, with their number. */
  readonly inbound: (accountId: string) => ReadonlyMap<string, number>;
  readonly logs: (accountId: string) => CloudWatchLogs;
  readonly ec2: (accountId: string) => EC2Client;
  readonly close: () => Promise<void>;
}

export async function deliverTraffic(
  options: Partial<TrafficOptions> & { readonly accounts?: number } = {},
): Promise<DeliveredTraffic> {
  const { accounts: count = 1, ...traffic } = options;
  const clock = virtualClock(START_MS);
  const sandbox = await createSandbox({ clock });
  const clients: { destroy(): void }[] = [];
  const accounts = Array.from({ length: count }, (_, index) => String(123456789012 + index));
  const truths = new Map<string, TrafficTruth>();
  for (const accountId of accounts) {
    const ec2 = sandbox.ec2(accountId, REGION);
    const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
    const gateway = ec2.createInternetGateway({}).InternetGateway!.InternetGatewayId!;
    ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
    const subnet = ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }).Subnet!.SubnetId!;
    for (let index = 0; index < 2; index++) {
      const eni = ec2.createNetworkInterface({ SubnetId: subnet }).NetworkInterface!.NetworkInterfaceId!;
      const address = ec2.allocateAddress({ Domain: 'vpc' }).AllocationId!;
      ec2.associateAddress({ AllocationId: address, NetworkInterfaceId: eni });
    }
    const logs = new CloudWatchLogs(sandbox.client(REGION, accountId));
    await logs.createLogGroup({ logGroupName: GROUP });
    logs.destroy();
    ec2.createFlowLogs({
      ResourceIds: [vpcId],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogGroupName: GROUP,
      DeliverLogsPermissionArn: `arn:aws:iam::${accountId}:role/flow-logs`,
      LogFormat: format,
      MaxAggregationInterval: 60,
    });
    truths.set(
      accountId,
      sandbox.generateTraffic(
        {
          startMs: START_MS,
          endMs: START_MS + 3 * 3_600_000,
          seed: accounts.indexOf(accountId) + 1,
          ...traffic,
        },
        accountId,
        REGION,
      ),
    );
  }
  const truth = (accountId: string): TrafficTruth => truths.get(accountId)!;
  return {
    sandbox,
    clock,
    accounts,
    truth,
    inbound: (accountId) =>
      new Map(
        inboundCounts(truth(accountId), sandbox.vantages(accountId, REGION)).map((each) => [
          [each.day, each.source, each.interfaceId, each.port].join(' '),
          each.records,
        ]),
      ),
    logs: (accountId) => {
      const client = new CloudWatchLogs({ ...sandbox.client(REGION, accountId), maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    ec2: (accountId) => {
      const client = new EC2Client(sandbox.client(REGION, accountId));
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await sandbox.close();
    },
  };
}
