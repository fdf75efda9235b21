import { formatOf, inboundCounts, type Sandbox, type TrafficTruth } from '@net/aws-sandbox';

export const REGION = 'eu-west-1';
const GROUP = 'vpc-flowgroup';
const MINUTE = 60_000;
const TRAFFIC_MINUTES = 30;

/** Accounts of an organization with public endpoints, flow logs, and the role that reads them. */
export interface TrackedAccounts {
  readonly names: readonly string[];
  /** Records by `account day source port address`: what a tracker must have counted. */
  readonly truth: ReadonlyMap<string, number>;
  readonly records: number;
}

const FIELDS = [
  ...[
    'version',
    'account-id',
    'interface-id',
    'srcaddr',
    'dstaddr',
    'srcport',
    'dstport',
    'protocol',
    'packets',
  ],
  ...[
    'bytes',
    'start',
    'end',
    'action',
    'log-status',
    'tcp-flags',
    'flow-direction',
    'pkt-srcaddr',
    'pkt-dstaddr',
  ],
];
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  shop: ['storefront', 'checkout', 'images'],
  bank: ['payments API', 'statements'],
  search: ['query API', 'crawler callbacks'],
};
const IDS: Readonly<Record<string, string>> = {
  shop: '111122223333',
  bank: '444455556666',
  search: '777788889999',
};

/** Makes the accounts and half an hour of their traffic, some of it delivered late. Time is to be advanced by the caller. */
export function plantAccounts(sandbox: Sandbox, startMs: number): TrackedAccounts {
  const accounts = Object.entries(IDS).map(([name, id]) => ({ id, name }));
  sandbox.createOrganization([{ id: sandbox.accountId, name: 'management' }, ...accounts]);
  const truth = new Map<string, number>();
  let records = 0;
  for (const [index, { id, name }] of accounts.entries()) {
    plantEndpoints(sandbox, id, index, SERVICES[name]!);
    const traffic: TrafficTruth = sandbox.generateTraffic(
      {
        startMs,
        endMs: startMs + TRAFFIC_MINUTES * MINUTE,
        connections: 400,
        clients: 60,
        lateShare: 0.2,
        lateMs: 10 * MINUTE,
        seed: index + 1,
      },
      id,
      REGION,
    );
    records += traffic.records;
    for (const one of inboundCounts(traffic, sandbox.vantages(id, REGION))) {
      const key = [id, one.day, one.source, one.port, one.publicAddress].join(' ');
      truth.set(key, (truth.get(key) ?? 0) + one.records);
    }
  }
  return { names: accounts.map(({ name }) => name), truth, records };
}

function plantEndpoints(sandbox: Sandbox, account: string, index: number, services: readonly string[]): void {
  const ec2 = sandbox.ec2(account, REGION);
  const vpcId = ec2.createVpc({ CidrBlock: `10.${index}.0.0/16` }).Vpc?.VpcId;
  const gateway = ec2.createInternetGateway({}).InternetGateway?.InternetGatewayId;
  ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
  const subnet = ec2.createSubnet({ VpcId: vpcId, CidrBlock: `10.${index}.0.0/24` }).Subnet?.SubnetId;
  for (const service of services) {
    const made = ec2.createNetworkInterface({ SubnetId: subnet, Description: service });
    const address = ec2.allocateAddress({ Domain: 'vpc' });
    ec2.associateAddress({
      AllocationId: address.AllocationId,
      NetworkInterfaceId: made.NetworkInterface?.NetworkInterfaceId,
    });
  }
  ec2.createFlowLogs({
    ResourceIds: vpcId === undefined ? [] : [vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogGroupName: GROUP,
    DeliverLogsPermissionArn: `arn:aws:iam::${account}:role/flow-logs`,
    LogFormat: formatOf(FIELDS),
    MaxAggregationInterval: 60,
  });
  sandbox.iam.createRole(account, 'fullstop');
}
