import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { openSession, systemClock } from '@net/aws-core';
import {
  createSandbox,
  formatOf,
  inboundCounts,
  type Sandbox,
  type TrafficTruth,
  type VirtualClock,
  virtualClock,
} from '@net/aws-sandbox';
import { AddressClasses, type LogFormat } from '@net/flowlogs';
import { formatOfGroup } from '@net/flowlogs/cloudwatch';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createShardReader, inventoryLookup, type ShardReader } from '../../src/ingest/index.js';
import { createInventoryHistory, type InventoryHistory, readInventory } from '../../src/inventory/index.js';
import { createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';
import type { Store } from '../../src/store/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';

const REGION = 'eu-west-1';
const GROUP = 'vpc-flowgroup';
const START_MS = Date.UTC(2026, 0, 1, 22);
const MINUTE = 60_000;
const ACCOUNT = '123456789012';
const shard = { accountId: ACCOUNT, region: REGION };
const fields = [
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

let clock: VirtualClock;
let sandbox: Sandbox;
let store: Store;
let truth: TrafficTruth;
let logs: CloudWatchLogs;
let format: LogFormat;
let history: InventoryHistory;
const names = createSourceNames(
  parseNetworks(''),
  createReverseNames({ reverse: () => Promise.resolve([]) }),
);

beforeEach(async () => {
  clock = virtualClock(START_MS);
  sandbox = await createSandbox({ clock });
  const ec2 = sandbox.ec2(undefined, REGION);
  const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
  const gateway = ec2.createInternetGateway({}).InternetGateway!.InternetGatewayId!;
  ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
  const subnet = ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }).Subnet!.SubnetId!;
  for (let index = 0; index < 3; index++) {
    const eni = ec2.createNetworkInterface({ SubnetId: subnet, Description: `service ${index}` })
      .NetworkInterface!.NetworkInterfaceId!;
    ec2.associateAddress({
      AllocationId: ec2.allocateAddress({ Domain: 'vpc' }).AllocationId!,
      NetworkInterfaceId: eni,
    });
  }
  logs = new CloudWatchLogs({ ...sandbox.client(REGION), maxAttempts: 1 });
  await logs.createLogGroup({ logGroupName: GROUP });
  ec2.createFlowLogs({
    ResourceIds: [vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogGroupName: GROUP,
    DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
    LogFormat: formatOf(fields),
    MaxAggregationInterval: 60,
  });
  truth = sandbox.generateTraffic(
    {
      startMs: START_MS,
      endMs: START_MS + 3 * 3_600_000,
      connections: 400,
      lateShare: 0.25,
      lateMs: 12 * MINUTE,
    },
    undefined,
    REGION,
  );
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  const session = await openSession({
    app: { name: 'connection-tracker', version: 'test' },
    region: REGION,
    accessKeyId,
    secretAccessKey,
    endpointUrl: sandbox.endpoint,
    env: {},
  });
  const ec2Client = new EC2Client(sandbox.client(REGION));
  format = (await formatOfGroup(ec2Client, GROUP))!;
  ec2Client.destroy();
  history = createInventoryHistory();
  history.add(
    await readInventory({
      accountId: ACCOUNT,
      session,
      resolve: () => Promise.resolve([]),
      now: () => clock.now(),
    }),
  );
  store = openEmbeddedStore();
});
afterEach(async () => {
  logs.destroy();
  await store.close();
  await sandbox.close();
});

function reader(): ShardReader {
  return createShardReader({
    shard,
    store,
    logs,
    logGroup: GROUP,
    format,
    endpoints: inventoryLookup(history),
    names,
    classes: new AddressClasses(),
    mode: 'evidence',
    clock: { ...systemClock, now: () => clock.now() },
  });
}

/** `day source address port` with the number of records, in the store and in truth. */
async function compare(): Promise<{
  readonly found: Map<string, number>;
  readonly wanted: Map<string, number>;
}> {
  const vantages = sandbox.vantages(undefined, REGION);
  const wanted = new Map<string, number>();
  for (const { day, source, publicAddress, port, records } of inboundCounts(truth, vantages)) {
    const key = [day, source, publicAddress, port].join(' ');
    wanted.set(key, (wanted.get(key) ?? 0) + records);
  }
  const found = new Map<string, number>();
  for (const { day } of await store.days(shard))
    for (const { source, dest, destPort, score } of (
      await store.connections(shard, day, { limit: 10_000, order: 'member' })
    ).items)
      found.set([day, source, dest.split('/')[1], destPort].join(' '), score);
  return { found, wanted };
}

describe('CloudWatch to store', () => {
  test('late records, over midnight: every count is the truth, in the day of the record', async () => {
    const one = reader();
    const lease = (await store.acquireLease(shard, 'one', 3_600_000))!;
    for (let pass = 0; pass < 50; pass++) {
      clock.advance(5 * MINUTE);
      await one.pass(lease);
    }
    const { found, wanted } = await compare();
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    expect((await store.days(shard)).map(({ day }) => day)).toEqual(['2026-01-01', '2026-01-02']);
    expect((await store.shards())[0]?.checkpoint?.readUntilMs).toBeGreaterThan(START_MS);
  });

  test('readers that die at any commit, stores that fail, owners that change: the same counts', async () => {
    let draw = 11;
    const isUnlucky = (): boolean => (draw = (draw * 48_271) % 2_147_483_647) % 7 === 0;
    const real = store;
    const flaky: Store = {
      ...real,
      // Before the commit, or after it: whether it was done is not known then.
      commit: async (batch) => {
        if (isUnlucky()) throw new Error('the store is gone');
        const result = await real.commit(batch);
        if (isUnlucky()) throw new Error('the answer is lost');
        return result;
      },
    };
    let failures = 0;
    for (let pass = 0; pass < 60; pass++) {
      clock.advance(5 * MINUTE);
      store = flaky;
      const next = reader();
      store = real;
      const lease = (await real.acquireLease(shard, `reader-${pass % 3}`, 3_600_000))!;
      try {
        await next.pass(lease);
      } catch {
        failures += 1;
      }
      await real.releaseLease(lease);
    }
    const lease = (await real.acquireLease(shard, 'last', 3_600_000))!;
    await reader().pass(lease);
    expect(failures).toBeGreaterThan(5);
    const { found, wanted } = await compare();
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  }, 120_000);

  test('who lost the shard is told, and writes nothing', async () => {
    clock.advance(90 * MINUTE);
    const old = (await store.acquireLease(shard, 'old', 3_600_000))!;
    const one = reader();
    await store.releaseLease(old);
    await store.acquireLease(shard, 'new', 3_600_000);
    await expect(one.pass(old)).rejects.toMatchObject({ code: 'NET_TRACKER_LEASE_LOST' });
    expect(await store.days(shard)).toEqual([]);
  });
});
