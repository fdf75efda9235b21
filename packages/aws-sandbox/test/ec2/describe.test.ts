import { EC2, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import { describe, expect, test } from '@jest/globals';

import { virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';
import { buildNetwork } from './network.js';

async function scene(instances = 12) {
  const clock = virtualClock();
  const sandbox = await openSandbox({ clock });
  const network = buildNetwork(sandbox, instances);
  clock.advance(1000);
  return { clock, sandbox, network, client: new EC2(sandbox.client()) };
}

describe('pages', () => {
  test('hold what was asked for, and the paginator sees everything once', async () => {
    const { client, sandbox, network } = await scene();
    const seen: (string | undefined)[] = [];
    for await (const page of paginateDescribeNetworkInterfaces({ client, pageSize: 5 }, {})) {
      expect(page.NetworkInterfaces?.length).toBeLessThanOrEqual(5);
      seen.push(...(page.NetworkInterfaces ?? []).map((eni) => eni.NetworkInterfaceId));
    }
    expect(seen).toEqual([...network.interfaceIds]);
    expect(sandbox.calls.count({ action: 'DescribeNetworkInterfaces' })).toBe(3);
  });

  test.each([
    ['describeRouteTables', 4],
    ['describeRouteTables', 101],
    ['describeNetworkInterfaces', 1001],
    ['describeTrafficMirrorSessions', 4],
  ] as const)('%s does not take MaxResults %d', async (method, MaxResults) => {
    const { client } = await scene(0);
    await expect(
      (client[method] as (input: object) => Promise<unknown>)({ MaxResults }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining(String(MaxResults)),
    });
  });

  test('tokens that were not given are refused', async () => {
    const { client } = await scene(0);
    for (const NextToken of ['x', Buffer.from('5.zzz').toString('base64')]) {
      await expect(client.describeVpcs({ NextToken })).rejects.toMatchObject({ name: 'InvalidNextToken' });
    }
  });

  test('ids and MaxResults do not go together for instances', async () => {
    const { client, network } = await scene(1);
    await expect(
      client.describeInstances({ InstanceIds: [...network.instanceIds], MaxResults: 5 }),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });
});

describe('filters', () => {
  test('by value, wildcard, tag and tag key; unknown ones are refused', async () => {
    const { client, network } = await scene(3);
    const [first = '', second = ''] = network.instanceIds;
    await client.createTags({ Resources: [first, second], Tags: [{ Key: 'role', Value: 'nat' }] });
    await client.createTags({ Resources: [second], Tags: [{ Key: 'odd*', Value: 'a*b' }] });
    const ids = async (...filters: [string, string[]][]) =>
      (
        await client.describeInstances({ Filters: filters.map(([Name, Values]) => ({ Name, Values })) })
      ).Reservations?.flatMap(
        (reservation) => reservation.Instances?.map((instance) => instance.InstanceId) ?? [],
      );
    expect(await ids(['tag:role', ['nat']])).toEqual([first, second]);
    expect(await ids(['tag:role', ['NAT']])).toEqual([]);
    expect(await ids(['tag-key', ['rol?']])).toEqual([first, second]);
    expect(await ids(['tag:role', ['n*']], ['instance-id', [second]])).toEqual([second]);
    expect(await ids(['tag:odd*', ['a\\*b']])).toEqual([second]);
    expect(await ids(['instance-state-name', ['running', 'stopped']])).toHaveLength(3);
    await expect(ids(['no-such-filter', ['x']])).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('ids are looked at before anything else', async () => {
    const { client } = await scene(0);
    await expect(client.describeVpcs({ VpcIds: ['vpc-12345678', 'vpc-87654321'] })).rejects.toMatchObject({
      name: 'InvalidVpcID.NotFound',
      message: expect.stringContaining('vpc-12345678, vpc-87654321'),
    });
    await expect(client.describeVpcs({ VpcIds: ['nonsense'] })).rejects.toMatchObject({
      name: 'InvalidVpcID.Malformed',
    });
  });
});

describe('tags', () => {
  test('are made with resources, changed, described and removed', async () => {
    const { client } = await scene(0);
    const { Vpc: vpc } = await client.createVpc({
      CidrBlock: '10.9.0.0/16',
      TagSpecifications: [
        {
          ResourceType: 'vpc',
          Tags: [
            { Key: 'a', Value: '1' },
            { Key: 'b', Value: '' },
          ],
        },
      ],
    });
    const Resources = [vpc?.VpcId ?? ''];
    await client.createTags({ Resources, Tags: [{ Key: 'a', Value: '2' }] });
    await client.deleteTags({ Resources, Tags: [{ Key: 'b' }, { Key: 'a', Value: 'other' }] });
    const { Tags } = await client.describeTags({ Filters: [{ Name: 'resource-id', Values: Resources }] });
    expect(Tags).toEqual([{ Key: 'a', Value: '2', ResourceId: Resources[0], ResourceType: 'vpc' }]);
  });

  test.each([
    [{ ResourceType: 'subnet' as const, Tags: [{ Key: 'a', Value: 'b' }] }, 'InvalidParameterValue'],
    [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'aws:x', Value: 'b' }] }, 'InvalidParameterValue'],
    [
      {
        ResourceType: 'vpc' as const,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
      'InvalidParameterValue',
    ],
    [
      {
        ResourceType: 'vpc' as const,
        Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
      },
      'TagLimitExceeded',
    ],
  ])('are refused %#', async (specification, code) => {
    const { client, sandbox } = await scene(0);
    const before = Object.keys(sandbox.ec2().state.vpcs);
    await expect(
      client.createVpc({ CidrBlock: '10.9.0.0/16', TagSpecifications: [specification] }),
    ).rejects.toMatchObject({ name: code });
    expect(Object.keys(sandbox.ec2().state.vpcs)).toEqual(before);
  });

  test('of what does not exist', async () => {
    const { client } = await scene(0);
    const Tags = [{ Key: 'a', Value: 'b' }];
    await expect(client.createTags({ Resources: ['i-12345678'], Tags })).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    await expect(client.createTags({ Resources: ['what'], Tags })).rejects.toMatchObject({
      name: 'InvalidID',
    });
  });
});

describe('instances', () => {
  test('status checks, protection and attributes', async () => {
    const { client, sandbox, network } = await scene(1);
    const [InstanceId = ''] = network.instanceIds;
    sandbox.ec2().setInstanceStatus(InstanceId, { system: 'impaired' });
    const { InstanceStatuses: [status] = [] } = await client.describeInstanceStatus({
      Filters: [{ Name: 'system-status.status', Values: ['impaired'] }],
    });
    expect(status).toMatchObject({
      InstanceId,
      SystemStatus: { Status: 'impaired' },
      InstanceStatus: { Status: 'ok' },
    });
    await client.modifyInstanceAttribute({ InstanceId, SourceDestCheck: { Value: false } });
    expect(
      (await client.describeInstanceAttribute({ InstanceId, Attribute: 'sourceDestCheck' })).SourceDestCheck
        ?.Value,
    ).toBe(false);
    await client.modifyInstanceAttribute({ InstanceId, DisableApiTermination: { Value: true } });
    await expect(client.terminateInstances({ InstanceIds: [InstanceId] })).rejects.toMatchObject({
      name: 'OperationNotPermitted',
    });
    await expect(
      client.modifyInstanceAttribute({ InstanceId, InstanceType: { Value: 't3.nano' } }),
    ).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
    });
  });

  test('a launch that cannot be satisfied leaves nothing', async () => {
    const { client, sandbox, network } = await scene(0);
    const small = sandbox.ec2().createSubnet({ VpcId: network.vpcId, CidrBlock: '10.0.32.0/28' })
      .Subnet?.SubnetId;
    const launch = {
      ImageId: 'ami-12345678',
      InstanceType: 't3.micro',
      MinCount: 12,
      MaxCount: 12,
      SubnetId: small,
    } as const;
    await expect(client.runInstances(launch)).rejects.toMatchObject({
      name: 'InsufficientFreeAddressesInSubnet',
    });
    expect(sandbox.ec2().state.instances).toEqual({});
    await client.runInstances({ ...launch, MinCount: 11, MaxCount: 11 });
    expect(
      (await client.describeSubnets({ SubnetIds: [small ?? ''] })).Subnets?.[0]?.AvailableIpAddressCount,
    ).toBe(0);
    await expect(
      client.runInstances({ ...launch, InstanceType: 'x9.huge' as 't3.micro' }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('types tell Nitro, Xen and bare metal apart', async () => {
    const { client } = await scene(0);
    const { InstanceTypes: types } = await client.describeInstanceTypes({
      InstanceTypes: ['m5.large', 'm4.large', 'm5.metal'],
    });
    expect(types?.map((type) => [type.InstanceType, type.Hypervisor, type.BareMetal])).toEqual([
      ['m4.large', 'xen', false],
      ['m5.large', 'nitro', false],
      ['m5.metal', undefined, true],
    ]);
    await expect(
      client.describeInstanceTypes({ InstanceTypes: ['x9.huge' as 'm5.large'] }),
    ).rejects.toMatchObject({ name: 'InvalidInstanceType' });
    expect(
      (await client.describeAvailabilityZones({})).AvailabilityZones?.map((zone) => zone.ZoneId),
    ).toEqual(['euw1-az1', 'euw1-az2', 'euw1-az3']);
  });
});

describe('interfaces and addresses', () => {
  test('secondary addresses, prefixes and Elastic IPs', async () => {
    const { client, network } = await scene(1);
    const [NetworkInterfaceId = ''] = network.interfaceIds;
    await client.assignPrivateIpAddresses({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: 2 });
    await client.assignPrivateIpAddresses({ NetworkInterfaceId, Ipv4PrefixCount: 1 });
    const describe = async () =>
      (await client.describeNetworkInterfaces({ NetworkInterfaceIds: [NetworkInterfaceId] }))
        .NetworkInterfaces?.[0];
    const eni = await describe();
    expect(eni?.PrivateIpAddresses).toHaveLength(3);
    expect(eni?.Ipv4Prefixes?.[0]?.Ipv4Prefix).toMatch(/\/28$/);
    const { AllocationId, PublicIp } = await client.allocateAddress({ Domain: 'vpc' });
    const { AssociationId } = await client.associateAddress({ AllocationId, NetworkInterfaceId });
    expect((await describe())?.Association).toMatchObject({ PublicIp, AllocationId, AssociationId });
    await expect(client.releaseAddress({ AllocationId })).rejects.toMatchObject({
      name: 'InvalidIPAddress.InUse',
    });
    await client.disassociateAddress({ AssociationId });
    await client.releaseAddress({ AllocationId });
    expect((await describe())?.Association).toBeUndefined();
    const used = eni?.PrivateIpAddresses?.[1]?.PrivateIpAddress ?? '';
    await expect(
      client.createNetworkInterface({ SubnetId: network.subnetId, PrivateIpAddress: used }),
    ).rejects.toMatchObject({
      name: 'InvalidIPAddress.InUse',
    });
    await client.unassignPrivateIpAddresses({ NetworkInterfaceId, PrivateIpAddresses: [used] });
    await client.createNetworkInterface({ SubnetId: network.subnetId, PrivateIpAddress: used });
  });

  test('what a service manages cannot be changed', async () => {
    const { client, sandbox, network } = await scene(0);
    const id = sandbox.ec2().createForeignInterface({
      subnetId: network.subnetId,
      requesterManaged: true,
      requesterId: 'amazon-elb',
    });
    await expect(client.deleteNetworkInterface({ NetworkInterfaceId: id })).rejects.toMatchObject({
      name: 'OperationNotPermitted',
    });
    await expect(
      client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId: id, SourceDestCheck: { Value: false } }),
    ).rejects.toMatchObject({ name: 'OperationNotPermitted' });
  });
});

describe('security groups', () => {
  test('rules are granted once and revoked by value or id', async () => {
    const { client, network } = await scene(0);
    const { GroupId } = await client.createSecurityGroup({
      GroupName: 'web',
      Description: 'web',
      VpcId: network.vpcId,
    });
    const IpPermissions = [
      {
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
        IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }],
      },
    ];
    await client.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
    await expect(client.authorizeSecurityGroupIngress({ GroupId, IpPermissions })).rejects.toMatchObject({
      name: 'InvalidPermission.Duplicate',
    });
    const { SecurityGroups: [group] = [] } = await client.describeSecurityGroups({
      GroupIds: [GroupId ?? ''],
    });
    expect(group?.IpPermissions).toMatchObject(IpPermissions);
    await client.revokeSecurityGroupIngress({ GroupId, IpPermissions });
    await expect(client.revokeSecurityGroupIngress({ GroupId, IpPermissions })).rejects.toMatchObject({
      name: 'InvalidPermission.NotFound',
    });
    await client.deleteSecurityGroup({ GroupId });
  });
});

describe('peering across accounts', () => {
  test('is seen by both sides and accepted by the other', async () => {
    const { client, sandbox, network } = await scene(0);
    const other = new EC2(sandbox.client('eu-west-1', '210987654321'));
    const { Vpc: peer } = await other.createVpc({ CidrBlock: '10.200.0.0/16' });
    const { VpcPeeringConnection: made } = await client.createVpcPeeringConnection({
      VpcId: network.vpcId,
      PeerVpcId: peer?.VpcId,
      PeerOwnerId: '210987654321',
    });
    const VpcPeeringConnectionId = made?.VpcPeeringConnectionId;
    await expect(client.acceptVpcPeeringConnection({ VpcPeeringConnectionId })).rejects.toMatchObject({
      name: 'OperationNotPermitted',
    });
    await other.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
    const { VpcPeeringConnections: seen } = await client.describeVpcPeeringConnections({});
    expect(seen?.[0]?.Status?.Code).toBe('active');
  });
});
