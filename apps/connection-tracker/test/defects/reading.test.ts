import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDS } from '@aws-sdk/client-rds';
import { createPacer } from '@net/aws-core';
import { temporaryDirectory, until } from '@net/testing';
import { destinationLabel, type Inventory, readInventory } from '../../src/inventory/index.js';
import { createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';
import { ACCOUNTS, createTestWorld, MINUTE, TRACKER } from '../serve/world.js';
import { ACCOUNT, type AccountWorld, createAccountWorld, REGION, shard } from './account-world.js';
import { serve, useCredentials } from './running.js';

const NOON = Date.UTC(2026, 2, 10, 12);
let world: AccountWorld;
beforeEach(async () => {
  world = await createAccountWorld(NOON);
});
afterEach(() => world.close());

const inventory = (
  resolve: (host: string) => Promise<string[]> = () => Promise.resolve([]),
): Promise<Inventory> =>
  readInventory({ accountId: ACCOUNT, session: world.session, resolve, now: () => world.clock.now() });

const instance = (ec2: EC2, subnet: string, name: string, isPublic = true): Promise<unknown> =>
  ec2.runInstances({
    ImageId: 'ami-0123456789abcdef0',
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 't3.micro',
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet, AssociatePublicIpAddress: isPublic }],
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
  });

/** A VPC with a gateway and two subnets. */
async function network(ec2: EC2): Promise<[string, string]> {
  const VpcId = (await ec2.createVpc({ CidrBlock: '10.7.0.0/16' })).Vpc!.VpcId!;
  const InternetGatewayId = (await ec2.createInternetGateway({})).InternetGateway!.InternetGatewayId!;
  await ec2.attachInternetGateway({ VpcId, InternetGatewayId });
  const subnet = async (zone: string, CidrBlock: string): Promise<string> =>
    (await ec2.createSubnet({ VpcId, CidrBlock, AvailabilityZone: REGION + zone })).Subnet!.SubnetId!;
  return [await subnet('a', '10.7.0.0/24'), await subnet('b', '10.7.1.0/24')];
}

describe('defects of the original tracker, reading:', () => {
  test('defect 7: all pages of every list, and load balancers of all kinds, have their names', async () => {
    const client = world.sandbox.client(REGION, ACCOUNT);
    const ec2 = new EC2(client);
    const subnets = await network(ec2);
    for (let index = 0; index < 3; index++) await instance(ec2, subnets[0], `host-${index}`);
    const classic = new ElasticLoadBalancing(client);
    for (const LoadBalancerName of ['shop-1', 'shop-2', 'shop-3'])
      await classic.createLoadBalancer({
        LoadBalancerName,
        Subnets: subnets,
        Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 443, InstancePort: 443 }],
      });
    const v2 = new ElasticLoadBalancingV2(client);
    for (const [Name, Type] of Object.entries({
      'api-1': 'application',
      'api-2': 'application',
      'tcp-1': 'network',
      'tcp-2': 'network',
    } as const))
      await v2.createLoadBalancer({ Name, Subnets: [...subnets], Type });
    const rds = new RDS(client);
    const group = { DBSubnetGroupName: 'all', DBSubnetGroupDescription: 'all' };
    await rds.createDBSubnetGroup({ ...group, SubnetIds: subnets });
    for (const DBInstanceIdentifier of ['orders', 'users'])
      await rds.createDBInstance({
        DBInstanceIdentifier,
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
        DBSubnetGroupName: 'all',
        PubliclyAccessible: true,
        MasterUsername: 'admin1',
        MasterUserPassword: 'not-a-secret-of-anybody',
        AllocatedStorage: 20,
      });
    world.clock.advance(60 * MINUTE);
    const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({});
    const databases = NetworkInterfaces.filter(({ Description }) => Description?.startsWith('RDS'));
    const { DBInstances = [] } = await rds.describeDBInstances({});
    const hosts = DBInstances.map(({ Endpoint }) => Endpoint!.Address!);
    const resolve = (host: string): Promise<string[]> =>
      Promise.resolve([databases[hosts.indexOf(host)]!.Association!.PublicIp!]);
    world.sandbox.faults.add({ match: { action: 'Describe*' }, fault: { kind: 'small-pages', size: 1 } });
    world.sandbox.calls.clear();
    const found = await inventory(resolve);
    expect(found.shortfalls).toEqual([]);
    const labels = Object.values(found.interfaces).flatMap((one) =>
      Object.keys(one.publicAddressOf).map((address) => destinationLabel(one, address)),
    );
    const beginnings = new Set(labels.map((label) => /^(web|[a-z]+-\d)/.exec(label)?.[1] ?? label));
    expect([...beginnings].sort()).toEqual(
      [
        ...['web', 'host-0', 'host-1', 'host-2', 'shop-1', 'shop-2', 'shop-3'],
        ...['api-1', 'api-2', 'tcp-1', 'tcp-2', ...hosts],
      ].sort(),
    );
    expect(world.sandbox.calls.count({ action: 'DescribeNetworkInterfaces' })).toBeGreaterThan(10);
    expect(world.sandbox.calls.count({ outcome: 'error' })).toBe(0);
    for (const one of [ec2, classic, v2, rds]) one.destroy();
  });

  test('defect 8: throttling is seen: waited out where it ends, told by its code where it does not', async () => {
    const lease = await world.lease();
    await world.arrive(NOON - MINUTE, '93.184.7.1');
    const passing = ['FilterLogEvents', 'DescribeNetworkInterfaces'].map((action) =>
      world.sandbox.faults.add({ match: { action }, fault: { kind: 'throttle' }, times: 2 }),
    );
    await inventory();
    await world.reader().pass(lease);
    expect(passing.map(({ struck }) => struck)).toEqual([2, 2]);
    expect(await world.counts()).toEqual({ '2026-03-10 93.184.7.1 443': 1 });

    await world.arrive(NOON - MINUTE, '93.184.7.2');
    const lasting = world.sandbox.faults.add({
      match: { action: 'FilterLogEvents' },
      fault: { kind: 'throttle' },
    });
    const impatient = createPacer({ totalMs: 100 });
    await expect(world.reader({ pacer: impatient }).pass(lease)).rejects.toMatchObject({
      code: 'NET_AWS_THROTTLED',
    });
    expect(impatient.counts.throttled).toBeGreaterThan(0);
    expect(await world.counts()).toEqual({ '2026-03-10 93.184.7.1 443': 1 });
    lasting.remove();
    await world.reader().pass(lease);
    expect(Object.values(await world.counts())).toEqual([1, 1]);
  });

  test('defect 9: every account is read as its own role, and nothing is read in our own account', async () => {
    const many = await createTestWorld({ connections: 20 });
    const restore = useCredentials(many.sandbox.credentials());
    many.clock.advance(50 * MINUTE);
    many.sandbox.calls.clear();
    const service = await serve(
      [
        ...['--endpoint-url', many.sandbox.endpoint, '--no-reverse-dns', '--interval', '1s'],
        ...['--look-back', '2h', '--regions', REGION, '--team-service-url', many.teamService],
        ...['--store-directory', temporaryDirectory('defects')],
      ],
      { OAUTH2_ACCESS_TOKENS: 'tok=abcdef0123456789' },
    );
    try {
      await until('both are read', () =>
        ACCOUNTS.every((accountId) => many.sandbox.calls.count({ accountId, action: 'FilterLogEvents' }) > 0),
      );
    } finally {
      await service.stop();
      restore();
      await many.close();
    }
    const reads = many.sandbox.calls.list().filter(({ service: name }) => name !== 'sts');
    for (const { accountId, principalArn } of reads)
      expect(principalArn).toContain(`:sts::${accountId}:assumed-role/fullstop/`);
    expect(new Set(reads.map(({ accountId }) => accountId))).toEqual(new Set(ACCOUNTS));
    const assumed = many.sandbox.calls.list({ action: 'AssumeRole' });
    expect(new Set(assumed.map(({ principalArn }) => /::(\d+):/.exec(principalArn)?.[1]))).toEqual(
      new Set([TRACKER]),
    );
  });

  test('defect 10: only owners of public interfaces are described, and no call has an empty list', async () => {
    const client = world.sandbox.client(REGION, ACCOUNT);
    const ec2 = new EC2(client);
    const [subnet] = await network(ec2);
    await instance(ec2, subnet, 'hidden', false);
    world.sandbox.calls.clear();
    await inventory();
    const asked = (): string[] => [...world.sandbox.calls.actions()];
    // Nothing that is public belongs to an instance, a load balancer or a database.
    expect(asked()).toEqual(['ec2:DescribeAvailabilityZones', 'ec2:DescribeNetworkInterfaces']);
    await instance(ec2, subnet, 'shown');
    world.clock.advance(MINUTE);
    world.sandbox.calls.clear();
    const { interfaces } = await inventory();
    expect(
      Object.values(interfaces)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['shown', undefined]);
    const described = world.sandbox.calls.list({ action: 'DescribeInstances' });
    expect(described).toHaveLength(1);
    const [filter] = described[0]!.params['Filters'] as { Name: string; Values: string[] }[];
    expect(filter).toMatchObject({ Name: 'instance-id', Values: [expect.stringMatching(/^i-[0-9a-f]+$/)] });
    expect(filter!.Values).toHaveLength(1);
    ec2.destroy();
  });

  test('defect 11: names of addresses expire and are bounded, and an interface has the name of its time', async () => {
    const hosts: Record<string, string> = { '93.184.7.1': 'alice.example.net' };
    let nowMs = 0;
    const reverse = createReverseNames({
      reverse: (address) => Promise.resolve([hosts[address] ?? 'other.example.net']),
      now: () => nowMs,
      keepMs: 60 * MINUTE,
      entries: 10,
    });
    const names = createSourceNames(parseNetworks(''), reverse);
    const reader = world.reader({ names });
    const lease = await world.lease();
    await world.arrive(world.clock.now(), '93.184.7.1');
    await reader.pass(lease);
    hosts['93.184.7.1'] = 'bob.example.net';
    await world.arrive(world.clock.now() + 1_000, '93.184.7.1');
    await reader.pass(lease);
    nowMs += 61 * MINUTE;
    await world.arrive(world.clock.now() + 2_000, '93.184.7.1');
    await reader.pass(lease);
    expect(await world.counts()).toEqual({
      '2026-03-10 alice.example.net/93.184.7.1 443': 2,
      '2026-03-10 bob.example.net/93.184.7.1 443': 1,
    });
    await names.nameAll(Array.from({ length: 50 }, (_, index) => `93.184.8.${index}`));
    expect(reverse.size).toBe(10);

    // The address goes to somebody else; what came before, also late, keeps its name.
    world.clock.advance(10 * MINUTE);
    const changedAtMs = world.clock.now();
    const ec2 = world.sandbox.ec2(ACCOUNT, REGION);
    ec2.modifyNetworkInterfaceAttribute({
      NetworkInterfaceId: world.web.interfaceId,
      Description: { Value: 'mail' },
    });
    world.history.add(await inventory());
    await world.arrive(changedAtMs - MINUTE, '93.184.9.1', 25);
    await world.arrive(changedAtMs, '93.184.9.1', 25);
    await reader.pass(lease);
    const { items } = await world.store.connections(shard, '2026-03-10', { limit: 100, order: 'member' });
    const dests = items.filter(({ destPort }) => destPort === 25).map(({ dest }) => dest);
    expect(dests).toEqual([world.web.label.replace('web', 'mail'), world.web.label]);
  });
});
