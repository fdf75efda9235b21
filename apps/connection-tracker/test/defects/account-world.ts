import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { openSession, type Session, systemClock } from '@net/aws-core';
import { createSandbox, type Sandbox, type VirtualClock, virtualClock } from '@net/aws-sandbox';
import { AddressClasses, defaultFormat } from '@net/flowlogs';
import {
  createShardReader,
  inventoryLookup,
  type ShardReader,
  type ShardReaderParts,
} from '../../src/ingest/index.js';
import { createInventoryHistory, type InventoryHistory, readInventory } from '../../src/inventory/index.js';
import type { Shard } from '../../src/model/index.js';
import {
  createReverseNames,
  createSourceNames,
  parseNetworks,
  type SourceNames,
} from '../../src/names/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import type { Lease, Store } from '../../src/store/index.js';

export const REGION = 'eu-west-1';
export const ACCOUNT = '123456789012';
export const GROUP = 'vpc-flowgroup';
export const MINUTE = 60_000;
export const shard: Shard = { accountId: ACCOUNT, region: REGION };

/** One account whose flow-log events come when a test says so, read by the real reader into the embedded store. */
export interface AccountWorld {
  readonly clock: VirtualClock;
  readonly sandbox: Sandbox;
  readonly logs: CloudWatchLogs;
  readonly session: Session;
  readonly store: Store;
  readonly history: InventoryHistory;
  /** A public interface named `web`. */
  readonly web: { readonly interfaceId: string; readonly privateAddress: string; readonly label: string };
  /** Makes an event of a record arrive now, whose window began at this time. */
  arrive(startMs: number, source: string, port?: number): Promise<void>;
  reader(parts?: Pick<Partial<ShardReaderParts>, 'store' | 'names' | 'pacer'>): ShardReader;
  lease(owner?: string): Promise<Lease>;
  /** Records by `day source port`. */
  counts(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** Names that reverse DNS does not add to. */
export function plainNames(onLookUp?: (address: string) => void): SourceNames {
  const reverse = (address: string): Promise<string[]> => {
    onLookUp?.(address);
    return Promise.resolve([]);
  };
  return createSourceNames(parseNetworks(''), createReverseNames({ reverse }));
}

/** An account at a time, with one public interface and nothing logged yet. */
export async function createAccountWorld(atMs: number): Promise<AccountWorld> {
  const clock = virtualClock(atMs);
  const sandbox = await createSandbox({ clock, accounts: [{ accountId: ACCOUNT }] });
  const ec2 = sandbox.ec2(ACCOUNT, REGION);
  const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
  const gateway = ec2.createInternetGateway({}).InternetGateway!.InternetGatewayId!;
  ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
  const subnet = ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }).Subnet!.SubnetId!;
  const made = ec2.createNetworkInterface({ SubnetId: subnet, Description: 'web' }).NetworkInterface!;
  const address = ec2.allocateAddress({ Domain: 'vpc' });
  ec2.associateAddress({
    AllocationId: address.AllocationId!,
    NetworkInterfaceId: made.NetworkInterfaceId!,
  });
  const logs = new CloudWatchLogs({ ...sandbox.client(REGION, ACCOUNT), maxAttempts: 1 });
  await logs.createLogGroup({ logGroupName: GROUP });
  await logs.createLogStream({ logGroupName: GROUP, logStreamName: 'all' });
  const { accessKeyId, secretAccessKey } = sandbox.credentials(ACCOUNT);
  const session = await openSession({
    app: { name: 'connection-tracker', version: 'test' },
    region: REGION,
    accessKeyId,
    secretAccessKey,
    endpointUrl: sandbox.endpoint,
    env: {},
  });
  const history = createInventoryHistory();
  const resolve = (): Promise<string[]> => Promise.resolve([]);
  history.add(await readInventory({ accountId: ACCOUNT, session, resolve, now: () => clock.now() }));
  const store = openEmbeddedStore({ now: () => clock.now() });
  const web = {
    interfaceId: made.NetworkInterfaceId!,
    privateAddress: made.PrivateIpAddress!,
    label: `web/${address.PublicIp!}`,
  };
  let sequence = 0;
  return {
    ...{ clock, sandbox, logs, session, store, history, web },
    arrive: async (startMs, source, port = 443) => {
      const start = Math.floor(startMs / 1_000);
      sequence += 1;
      const message = [
        ...[2, ACCOUNT, web.interfaceId, source, web.privateAddress, 40_000 + sequence, port],
        ...[6, 12, 3_000, start, start + 59, 'ACCEPT', 'OK'],
      ].join(' ');
      await logs.putLogEvents({
        logGroupName: GROUP,
        logStreamName: 'all',
        logEvents: [{ timestamp: startMs, message }],
      });
    },
    reader: (parts = {}) =>
      createShardReader({
        shard,
        store,
        names: plainNames(),
        logs,
        logGroup: GROUP,
        format: defaultFormat,
        endpoints: inventoryLookup(history),
        classes: new AddressClasses(),
        mode: 'evidence',
        clock: { ...systemClock, now: () => clock.now() },
        ...parts,
      }),
    lease: async (owner = 'one') => (await store.acquireLease(shard, owner, 86_400_000))!,
    counts: async () => {
      const counts: Record<string, number> = {};
      for (const { day } of await store.days(shard))
        for (const one of (await store.connections(shard, day, { limit: 10_000, order: 'member' })).items)
          counts[`${day} ${one.source} ${one.destPort}`] = one.score;
      return counts;
    },
    close: async () => {
      logs.destroy();
      await store.close();
      await sandbox.close();
    },
  };
}
