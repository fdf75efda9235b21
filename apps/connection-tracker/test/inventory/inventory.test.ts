import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDS } from '@aws-sdk/client-rds';
import { createSandbox, type Sandbox, virtualClock } from '@net/aws-sandbox';
import { openSession, type Session } from '@net/aws-core';
import {
  createInventoryHistory,
  destinationLabel,
  type Inventory,
  type PublicInterface,
  readInventory,
} from '../../src/inventory/index.js';
import { ownerOf } from '../../src/inventory/kind-of.js';

const REGION = 'eu-west-1';
let sandbox: Sandbox;
let clock: ReturnType<typeof virtualClock>;
let session: Session;

beforeEach(async () => {
  clock = virtualClock();
  sandbox = await createSandbox({ clock });
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  session = await openSession({
    app: { name: 'connection-tracker', version: '0.0.0' },
    region: REGION,
    endpointUrl: sandbox.endpoint,
    accessKeyId,
    secretAccessKey,
  });
});
afterEach(() => sandbox.close());

const read = (resolve: (host: string) => Promise<readonly string[]> = () => Promise.resolve([])) =>
  readInventory({ accountId: '123456789012', session, resolve, now: () => 1_000 });

/** A VPC with a bit of everything that has a public address. */
async function build(): Promise<{ subnets: string[]; database: string }> {
  const client = sandbox.client(REGION);
  const ec2 = new EC2(client);
  const vpc = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc!.VpcId!;
  const gateway = (await ec2.createInternetGateway({})).InternetGateway!.InternetGatewayId!;
  await ec2.attachInternetGateway({ VpcId: vpc, InternetGatewayId: gateway });
  const subnets: string[] = [];
  for (const [zone, cidr] of [
    ['a', '10.0.0.0/24'],
    ['b', '10.0.1.0/24'],
  ])
    subnets.push(
      (await ec2.createSubnet({ VpcId: vpc, CidrBlock: cidr, AvailabilityZone: `${REGION}${zone}` })).Subnet!
        .SubnetId!,
    );
  const instance = (name: string | undefined, isPublic: boolean) =>
    ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 1,
      MaxCount: 1,
      InstanceType: 't3.micro',
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnets[0]!, AssociatePublicIpAddress: isPublic }],
      ...(name === undefined
        ? {}
        : { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }] }),
    });
  await instance('web', true);
  await instance(undefined, true);
  await instance('hidden', false);
  await new ElasticLoadBalancing(client).createLoadBalancer({
    LoadBalancerName: 'shop',
    Subnets: subnets,
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 443, InstancePort: 443 }],
  });
  const v2 = new ElasticLoadBalancingV2(client);
  await v2.createLoadBalancer({ Name: 'api', Subnets: subnets, Type: 'application' });
  await v2.createLoadBalancer({ Name: 'tcp', Subnets: subnets, Type: 'network' });
  const rds = new RDS(client);
  await rds.createDBSubnetGroup({
    DBSubnetGroupName: 'all',
    DBSubnetGroupDescription: 'all',
    SubnetIds: subnets,
  });
  await rds.createDBInstance({
    DBInstanceIdentifier: 'orders',
    DBInstanceClass: 'db.t3.micro',
    Engine: 'postgres',
    DBSubnetGroupName: 'all',
    PubliclyAccessible: true,
    MasterUsername: 'admin1',
    MasterUserPassword: 'not-a-secret-of-anybody',
    AllocatedStorage: 20,
  });
  clock.advance(3_600_000);
  const { DBInstances = [] } = await rds.describeDBInstances({});
  return { subnets, database: DBInstances[0]!.Endpoint!.Address! };
}

const labels = ({ interfaces }: Inventory): string[] =>
  Object.values(interfaces)
    .flatMap((one) => Object.keys(one.publicAddressOf).map((address) => destinationLabel(one, address)))
    .sort();

const kinds = ({ interfaces }: Inventory): string[] =>
  Object.values(interfaces)
    .map(({ kind }) => kind)
    .sort();

describe('an inventory', () => {
  test('names instances, load balancers of every kind and databases as the original does', async () => {
    const { database } = await build();
    const ec2 = new EC2(sandbox.client(REGION));
    const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({});
    const ofDatabase = NetworkInterfaces.find(({ Description }) => Description?.startsWith('RDS'));
    const inventory = await read((host) =>
      Promise.resolve(host === database ? [ofDatabase!.Association!.PublicIp!] : []),
    );
    expect(inventory.shortfalls).toEqual([]);
    expect(new Set(kinds(inventory))).toEqual(
      new Set(['instance', 'classic-load-balancer', 'load-balancer', 'database']),
    );
    const all = labels(inventory);
    expect(all.filter((label) => /^web\/\d+\.\d+\.\d+\.\d+$/.test(label))).not.toEqual([]);
    expect(all.filter((label) => label.startsWith('shop-'))).not.toEqual([]);
    expect(all.filter((label) => /^(api|tcp)-.*\.amazonaws\.com$/.test(label))).not.toEqual([]);
    expect(all).toContain(database);
    // An instance without a Name tag: its bare private address.
    expect(all.filter((label) => /^10\.0\.0\.\d+$/.test(label))).not.toEqual([]);
    expect(all.filter((label) => label.startsWith('hidden'))).toEqual([]);
    expect(inventory.zones.length).toBeGreaterThan(1);
  });

  test('defect 7: every list is read to its last page, also with pages of one', async () => {
    await build();
    const whole = await read();
    sandbox.faults.add({ match: { action: 'Describe*' }, fault: { kind: 'small-pages', size: 1 } });
    expect(await read()).toEqual(whole);
  });

  test('defect 10: nothing is asked for that no public interface needs', async () => {
    const ec2 = new EC2(sandbox.client(REGION));
    await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
    sandbox.calls.clear();
    const inventory = await read();
    expect(inventory.interfaces).toEqual({});
    expect(new Set(sandbox.calls.list().map(({ action }) => action))).toEqual(
      new Set(['DescribeNetworkInterfaces', 'DescribeAvailabilityZones']),
    );
  });

  test('a missing permission makes names poorer and is told; without the interfaces there is no inventory', async () => {
    await build();
    sandbox.faults.add({ match: { service: 'elb' }, fault: { kind: 'deny' } });
    sandbox.faults.add({ match: { action: 'DescribeInstances' }, fault: { kind: 'deny' } });
    const inventory = await read();
    expect(inventory.shortfalls).toHaveLength(2);
    expect(labels(inventory).filter((label) => label === 'ELB shop')).not.toEqual([]);
    sandbox.faults.add({ match: { action: 'DescribeNetworkInterfaces' }, fault: { kind: 'deny' } });
    await expect(read()).rejects.toThrow('ec2:DescribeNetworkInterfaces was denied');
  });
});

describe('what an interface belongs to', () => {
  test.each([
    ['', undefined, 'i-1', 'instance', 'i-1'],
    ['Primary network interface', undefined, undefined, 'instance', undefined],
    ['ELB shop', undefined, undefined, 'classic-load-balancer', 'shop'],
    ['ELB app/api/50dc6c495c0c9188', undefined, undefined, 'load-balancer', 'app/api/50dc6c495c0c9188'],
    ['ELB net/tcp/50dc6c495c0c9188', undefined, undefined, 'load-balancer', 'net/tcp/50dc6c495c0c9188'],
    ['RDSNetworkInterface', undefined, undefined, 'database', undefined],
    ['Interface for NAT Gateway nat-0123', 'nat_gateway', undefined, 'nat-gateway', 'nat-0123'],
    ['arn:aws:ecs:eu-west-1:1:attachment/x', undefined, undefined, 'other', undefined],
    ['ELB but somebody wrote it', undefined, 'i-2', 'instance', 'i-2'],
  ] as const)('%j', (description, interfaceType, instanceId, kind, key) => {
    expect(ownerOf({ description, interfaceType, instanceId, requesterId: undefined })).toEqual({
      kind,
      key,
    });
  });
});

describe('the history', () => {
  const endpoint = (name: string): PublicInterface => ({
    interfaceId: 'eni-1',
    kind: 'instance',
    description: '',
    publicAddressOf: { '192.0.2.1': '192.0.2.1' },
    name,
    privateAddress: '10.0.0.1',
  });
  const inventory = (observedAtMs: number, interfaces: Record<string, PublicInterface>): Inventory => ({
    accountId: '1',
    region: REGION,
    observedAtMs,
    interfaces,
    databaseNames: {},
    zones: [],
    shortfalls: [],
  });

  test('tells who owned an interface when the record was made', () => {
    const history = createInventoryHistory(1_000_000);
    history.add(inventory(1_000, { 'eni-1': endpoint('old') }));
    history.add(inventory(2_000, { 'eni-1': endpoint('old') }));
    history.add(inventory(3_000, { 'eni-1': endpoint('new') }));
    expect(history.at('eni-1', 500)?.name).toBe('old');
    expect(history.at('eni-1', 2_500)?.name).toBe('old');
    expect(history.at('eni-1', 3_000)?.name).toBe('new');
    expect(history.at('eni-2', 3_000)).toBeUndefined();
    history.add(inventory(4_000, {}));
    expect(history.at('eni-1', 4_500)?.name).toBe('new');
  });

  test('is bounded in time and never goes back', () => {
    const history = createInventoryHistory(1_000);
    for (let at = 0; at < 100; at++) history.add(inventory(at * 500, { 'eni-1': endpoint(`name-${at}`) }));
    expect(history.size).toBeLessThanOrEqual(4);
    history.add(inventory(7, {}));
    expect(history.latest?.observedAtMs).toBe(49_500);
    history.add(inventory(100_000, {}));
    expect(history.size).toBe(0);
  });
});
