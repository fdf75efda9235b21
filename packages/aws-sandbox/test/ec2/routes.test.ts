import { EC2 } from '@aws-sdk/client-ec2';
import { describe, expect, test } from '@jest/globals';

import { virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';
import { buildNetwork } from './network.js';

async function scene() {
  const clock = virtualClock();
  const sandbox = await openSandbox({
    clock,
    delays: { pendingMs: 10, stoppingMs: 1000, shuttingDownMs: 1000, blackholeMs: 500 },
  });
  const network = buildNetwork(sandbox);
  clock.advance(10);
  const client = new EC2(sandbox.client());
  const RouteTableId = network.routeTableId;
  const routes = async () =>
    (await client.describeRouteTables({ RouteTableIds: [RouteTableId] })).RouteTables?.[0]?.Routes ?? [];
  const route = async (destination: string) =>
    (await routes()).find((one) =>
      [one.DestinationCidrBlock, one.DestinationIpv6CidrBlock, one.DestinationPrefixListId].includes(
        destination,
      ),
    );
  return { clock, sandbox, network, client, RouteTableId, route };
}

const unknown = '0123456789abcdef0';

describe('every kind of target', () => {
  test('is accepted, shown in its own member, and replaceable', async () => {
    const { sandbox, network, client, RouteTableId, route, clock } = await scene();
    const ec2 = sandbox.ec2();
    const { vpcId: VpcId, subnetId: SubnetId } = network;
    const igw = ec2.createInternetGateway({}).InternetGateway?.InternetGatewayId ?? '';
    ec2.attachInternetGateway({ InternetGatewayId: igw, VpcId });
    const vgw = ec2.createVpnGateway({ Type: 'ipsec.1' }).VpnGateway?.VpnGatewayId ?? '';
    ec2.attachVpnGateway({ VpnGatewayId: vgw, VpcId });
    const nat =
      ec2.createNatGateway({ SubnetId, ConnectivityType: 'private' }).NatGateway?.NatGatewayId ?? '';
    const tgw = ec2.createTransitGateway({}).TransitGateway?.TransitGatewayId ?? '';
    ec2.createTransitGatewayVpcAttachment({ TransitGatewayId: tgw, VpcId, SubnetIds: [SubnetId] });
    const cagw = ec2.createCarrierGateway({ VpcId }).CarrierGateway?.CarrierGatewayId ?? '';
    const eigw =
      ec2.createEgressOnlyInternetGateway({ VpcId }).EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId ??
      '';
    const lgw = ec2.createLocalGateway();
    const peer = ec2.createVpc({ CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId ?? '';
    const pcx =
      ec2.createVpcPeeringConnection({ VpcId, PeerVpcId: peer }).VpcPeeringConnection
        ?.VpcPeeringConnectionId ?? '';
    ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: pcx });
    clock.advance(1000);
    const [instance = ''] = network.instanceIds;
    const [eni = ''] = network.interfaceIds;
    const core = 'arn:aws:networkmanager::123456789012:core-network/core-network-0123';
    const targets = [
      [{ GatewayId: igw }, { GatewayId: igw }],
      [{ GatewayId: vgw }, { GatewayId: vgw }],
      [{ NatGatewayId: nat }, { NatGatewayId: nat }],
      [{ TransitGatewayId: tgw }, { TransitGatewayId: tgw }],
      [{ CarrierGatewayId: cagw }, { CarrierGatewayId: cagw }],
      [{ LocalGatewayId: lgw }, { LocalGatewayId: lgw }],
      [{ VpcPeeringConnectionId: pcx }, { VpcPeeringConnectionId: pcx }],
      [{ CoreNetworkArn: core }, { CoreNetworkArn: core }],
      [
        { InstanceId: instance },
        { InstanceId: instance, InstanceOwnerId: '123456789012', NetworkInterfaceId: eni },
      ],
      [
        { NetworkInterfaceId: eni },
        { InstanceId: instance, InstanceOwnerId: '123456789012', NetworkInterfaceId: eni },
      ],
    ] as const;
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '192.168.0.0/24', GatewayId: igw });
    for (const [target, shown] of targets) {
      await client.replaceRoute({ RouteTableId, DestinationCidrBlock: '192.168.0.0/24', ...target });
      expect(await route('192.168.0.0/24')).toEqual({
        DestinationCidrBlock: '192.168.0.0/24',
        Origin: 'CreateRoute',
        State: 'active',
        ...shown,
      });
    }
    await client.createRoute({
      RouteTableId,
      DestinationIpv6CidrBlock: '::/0',
      EgressOnlyInternetGatewayId: eigw,
    });
    expect(await route('::/0')).toMatchObject({ EgressOnlyInternetGatewayId: eigw, State: 'active' });
    const pl =
      ec2.createManagedPrefixList({ PrefixListName: 'p', MaxEntries: 2, AddressFamily: 'IPv4' }).PrefixList
        ?.PrefixListId ?? '';
    await client.createRoute({ RouteTableId, DestinationPrefixListId: pl, NetworkInterfaceId: eni });
    expect(await route(pl)).toMatchObject({ NetworkInterfaceId: eni, State: 'active' });
    await client.deleteRoute({ RouteTableId, DestinationPrefixListId: pl });
    expect(await route(pl)).toBeUndefined();
  });
});

describe('error codes', () => {
  test.each([
    [
      'unknown table',
      { RouteTableId: `rtb-${unknown}`, DestinationCidrBlock: '1.0.0.0/8', GatewayId: 'igw-1' },
      'InvalidRouteTableID.NotFound',
    ],
    [
      'malformed table',
      { RouteTableId: 'rtb-xyz', DestinationCidrBlock: '1.0.0.0/8', GatewayId: 'igw-1' },
      'InvalidRouteTableId.Malformed',
    ],
    [
      'unknown interface',
      { DestinationCidrBlock: '1.0.0.0/8', NetworkInterfaceId: `eni-${unknown}` },
      'InvalidNetworkInterfaceID.NotFound',
    ],
    [
      'malformed interface',
      { DestinationCidrBlock: '1.0.0.0/8', NetworkInterfaceId: 'eni-1' },
      'InvalidNetworkInterfaceId.Malformed',
    ],
    [
      'unknown gateway',
      { DestinationCidrBlock: '1.0.0.0/8', GatewayId: `igw-${unknown}` },
      'InvalidInternetGatewayID.NotFound',
    ],
    [
      'strange gateway',
      { DestinationCidrBlock: '1.0.0.0/8', GatewayId: 'local' },
      'InvalidGatewayID.NotFound',
    ],
    [
      'unknown instance',
      { DestinationCidrBlock: '1.0.0.0/8', InstanceId: `i-${unknown}` },
      'InvalidInstanceID.NotFound',
    ],
    [
      'unknown NAT gateway',
      { DestinationCidrBlock: '1.0.0.0/8', NatGatewayId: `nat-${unknown}` },
      'NatGatewayNotFound',
    ],
    [
      'unknown prefix list',
      { DestinationPrefixListId: `pl-${unknown}`, GatewayId: 'igw-1' },
      'InvalidPrefixListId.NotFound',
    ],
    ['bad CIDR', { DestinationCidrBlock: '1.0.0.0/33', GatewayId: 'igw-1' }, 'InvalidParameterValue'],
    [
      'IPv6 where IPv4 belongs',
      { DestinationCidrBlock: '::/0', GatewayId: 'igw-1' },
      'InvalidParameterValue',
    ],
    ['no destination', { GatewayId: 'igw-1' }, 'MissingParameter'],
    [
      'two destinations',
      { DestinationCidrBlock: '1.0.0.0/8', DestinationIpv6CidrBlock: '::/0', GatewayId: 'igw-1' },
      'InvalidParameterCombination',
    ],
    ['no target', { DestinationCidrBlock: '1.0.0.0/8' }, 'MissingParameter'],
    [
      'two targets',
      { DestinationCidrBlock: '1.0.0.0/8', GatewayId: 'igw-1', InstanceId: 'i-1' },
      'InvalidParameterCombination',
    ],
  ])('CreateRoute: %s', async (_what, input, code) => {
    const { client, RouteTableId, sandbox } = await scene();
    const before = sandbox.ec2().state.routeTables;
    await expect(client.createRoute({ RouteTableId, ...input })).rejects.toMatchObject({ name: code });
    expect(sandbox.ec2().state.routeTables).toEqual(before);
  });

  test('taken, missing and local destinations', async () => {
    const { client, RouteTableId, network } = await scene();
    const NetworkInterfaceId = network.interfaceIds[0] ?? '';
    const DestinationCidrBlock = '0.0.0.0/0';
    await expect(
      client.replaceRoute({ RouteTableId, DestinationCidrBlock, NetworkInterfaceId }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('Use CreateRoute instead'),
    });
    await expect(client.deleteRoute({ RouteTableId, DestinationCidrBlock })).rejects.toMatchObject({
      name: 'InvalidRoute.NotFound',
    });
    await client.createRoute({ RouteTableId, DestinationCidrBlock, NetworkInterfaceId });
    await expect(
      client.createRoute({ RouteTableId, DestinationCidrBlock, NetworkInterfaceId }),
    ).rejects.toMatchObject({
      name: 'RouteAlreadyExists',
    });
    await expect(
      client.deleteRoute({ RouteTableId, DestinationCidrBlock: '10.0.0.0/16' }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await client.deleteRoute({ RouteTableId, DestinationCidrBlock });
  });

  test('destinations are taken in canonical form', async () => {
    const { client, RouteTableId, network, route } = await scene();
    const NetworkInterfaceId = network.interfaceIds[0] ?? '';
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '172.16.5.4/16', NetworkInterfaceId });
    expect(await route('172.16.0.0/16')).toBeDefined();
    await client.createRoute({
      RouteTableId,
      DestinationIpv6CidrBlock: '2001:DB8:0:0::1/32',
      NetworkInterfaceId,
    });
    expect(await route('2001:db8::/32')).toBeDefined();
  });

  test('an instance with two interfaces is no target', async () => {
    const { client, RouteTableId, network, sandbox } = await scene();
    const [InstanceId = ''] = network.instanceIds;
    const eni =
      sandbox.ec2().createNetworkInterface({ SubnetId: network.subnetId }).NetworkInterface
        ?.NetworkInterfaceId ?? '';
    sandbox.ec2().attachNetworkInterface({ InstanceId, NetworkInterfaceId: eni, DeviceIndex: 1 });
    await expect(
      client.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', InstanceId }),
    ).rejects.toMatchObject({
      name: 'InvalidInstanceID',
    });
  });

  test('the quota counts per table and family', async () => {
    const { client, RouteTableId, network, sandbox } = await scene();
    sandbox.settings.quotas.routesPerTable = 2;
    const NetworkInterfaceId = network.interfaceIds[0] ?? '';
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '1.0.0.0/8', NetworkInterfaceId });
    await expect(
      client.createRoute({ RouteTableId, DestinationCidrBlock: '2.0.0.0/8', NetworkInterfaceId }),
    ).rejects.toMatchObject({ name: 'RouteLimitExceeded' });
    await client.createRoute({ RouteTableId, DestinationIpv6CidrBlock: '::/0', NetworkInterfaceId });
  });
});

describe('blackhole', () => {
  test('comes some time after the instance has stopped, not while it is stopping; and goes when it runs again', async () => {
    const { clock, client, RouteTableId, network, route } = await scene();
    const InstanceIds = [...network.instanceIds];
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', InstanceId: InstanceIds[0] });
    await client.stopInstances({ InstanceIds });
    clock.advance(999);
    expect(
      (await client.describeInstances({ InstanceIds })).Reservations?.[0]?.Instances?.[0]?.State?.Name,
    ).toBe('stopping');
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'active' });
    clock.advance(1);
    expect(
      (await client.describeInstances({ InstanceIds })).Reservations?.[0]?.Instances?.[0]?.State?.Name,
    ).toBe('stopped');
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'active', InstanceId: InstanceIds[0] });
    clock.advance(500);
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'blackhole', InstanceId: InstanceIds[0] });
    await client.startInstances({ InstanceIds });
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'active' });
  });

  test('comes with termination, and the deleted interface stays named', async () => {
    const { clock, client, RouteTableId, network, route } = await scene();
    const InstanceIds = [...network.instanceIds];
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', InstanceId: InstanceIds[0] });
    await client.terminateInstances({ InstanceIds });
    clock.advance(999);
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'active' });
    clock.advance(501);
    expect(await route('0.0.0.0/0')).toEqual({
      DestinationCidrBlock: '0.0.0.0/0',
      NetworkInterfaceId: network.interfaceIds[0],
      Origin: 'CreateRoute',
      State: 'blackhole',
    });
    clock.advance(3_600_000);
    expect((await client.describeInstances({})).Reservations).toEqual([]);
  });

  test('comes when an interface is detached or never was attached', async () => {
    const { clock, client, RouteTableId, network, route } = await scene();
    const { NetworkInterface: eni } = await client.createNetworkInterface({ SubnetId: network.subnetId });
    const NetworkInterfaceId = eni?.NetworkInterfaceId ?? '';
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId });
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'blackhole' });
    const { AttachmentId } = await client.attachNetworkInterface({
      NetworkInterfaceId,
      InstanceId: network.instanceIds[0],
      DeviceIndex: 1,
    });
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'active', InstanceId: network.instanceIds[0] });
    await client.detachNetworkInterface({ AttachmentId });
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'active' });
    clock.advance(500);
    expect(await route('0.0.0.0/0')).toMatchObject({ State: 'blackhole' });
  });

  test('comes when a gateway is detached or deleted', async () => {
    const { clock, client, sandbox, RouteTableId, network, route } = await scene();
    const ec2 = sandbox.ec2();
    const igw = ec2.createInternetGateway({}).InternetGateway?.InternetGatewayId ?? '';
    ec2.attachInternetGateway({ InternetGatewayId: igw, VpcId: network.vpcId });
    const nat =
      ec2.createNatGateway({ SubnetId: network.subnetId, ConnectivityType: 'private' }).NatGateway
        ?.NatGatewayId ?? '';
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '1.0.0.0/8', GatewayId: igw });
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '2.0.0.0/8', NatGatewayId: nat });
    await client.detachInternetGateway({ InternetGatewayId: igw, VpcId: network.vpcId });
    await client.deleteNatGateway({ NatGatewayId: nat });
    clock.advance(2000);
    expect(await route('1.0.0.0/8')).toMatchObject({ State: 'blackhole', GatewayId: igw });
    // The NAT gateway went when it was next looked at; the delay counts from its own time.
    expect(await route('2.0.0.0/8')).toMatchObject({ State: 'blackhole', NatGatewayId: nat });
  });
});

describe('routes from elsewhere', () => {
  test('propagated and advertised routes show their origin and cannot be replaced', async () => {
    const { client, sandbox, RouteTableId, network, route } = await scene();
    const ec2 = sandbox.ec2();
    const vgw = ec2.createVpnGateway({ Type: 'ipsec.1' }).VpnGateway?.VpnGatewayId ?? '';
    ec2.attachVpnGateway({ VpnGatewayId: vgw, VpcId: network.vpcId });
    ec2.enableVgwRoutePropagation({ RouteTableId, GatewayId: vgw });
    ec2.addPropagatedRoute(RouteTableId, {
      destination: '172.20.0.0/16',
      target: { kind: 'gateway', id: vgw },
      origin: 'EnableVgwRoutePropagation',
    });
    ec2.addPropagatedRoute(RouteTableId, {
      destination: '172.21.0.0/16',
      target: { kind: 'network-interface', id: network.interfaceIds[0] ?? '' },
      origin: 'Advertisement',
      ipAddress: '10.0.0.4',
      state: 'filtered',
    });
    expect(await route('172.20.0.0/16')).toMatchObject({
      Origin: 'EnableVgwRoutePropagation',
      GatewayId: vgw,
      State: 'active',
    });
    expect(await route('172.21.0.0/16')).toMatchObject({
      Origin: 'Advertisement',
      IpAddress: '10.0.0.4',
      State: 'filtered',
    });
    const NetworkInterfaceId = network.interfaceIds[0];
    await expect(
      client.replaceRoute({ RouteTableId, DestinationCidrBlock: '172.20.0.0/16', NetworkInterfaceId }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '172.20.0.0/16', NetworkInterfaceId });
    await client.disableVgwRoutePropagation({ RouteTableId, GatewayId: vgw });
    expect(await route('172.20.0.0/16')).toMatchObject({ Origin: 'CreateRoute' });
  });

  test('an interface of another account shows its owner and stays active', async () => {
    const { client, sandbox, RouteTableId, network, route } = await scene();
    const eni = sandbox.ec2().createForeignInterface({
      subnetId: network.subnetId,
      ownerId: '210987654321',
      attachment: { instanceId: 'i-0aaaaaaaaaaaaaaaa', instanceOwnerId: '210987654321' },
    });
    await client.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId: eni });
    expect(await route('0.0.0.0/0')).toMatchObject({ InstanceOwnerId: '210987654321', State: 'active' });
  });

  test('a gateway endpoint shows as a route to its prefix list through GatewayId', async () => {
    const { client, RouteTableId, network } = await scene();
    const { VpcEndpoint: endpoint } = await client.createVpcEndpoint({
      VpcId: network.vpcId,
      ServiceName: 'com.amazonaws.eu-west-1.s3',
      RouteTableIds: [RouteTableId],
    });
    const { RouteTables: tables } = await client.describeRouteTables({ RouteTableIds: [RouteTableId] });
    const route = tables?.[0]?.Routes?.find((one) => one.GatewayId === endpoint?.VpcEndpointId);
    expect(route).toMatchObject({ DestinationPrefixListId: expect.stringMatching(/^pl-/), State: 'active' });
    await expect(
      client.deleteRoute({ RouteTableId, DestinationPrefixListId: route?.DestinationPrefixListId }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await client.deleteVpcEndpoints({ VpcEndpointIds: [endpoint?.VpcEndpointId ?? ''] });
    const after = await client.describeRouteTables({ RouteTableIds: [RouteTableId] });
    expect(after.RouteTables?.[0]?.Routes?.some((one) => one.GatewayId === endpoint?.VpcEndpointId)).toBe(
      false,
    );
  });
});

describe('associations', () => {
  test('subnets, gateways and the main table', async () => {
    const { client, sandbox, network, RouteTableId: mainId } = await scene();
    const { RouteTable: table } = await client.createRouteTable({ VpcId: network.vpcId });
    const RouteTableId = table?.RouteTableId ?? '';
    const { AssociationId } = await client.associateRouteTable({ RouteTableId, SubnetId: network.subnetId });
    await expect(
      client.associateRouteTable({ RouteTableId: mainId, SubnetId: network.subnetId }),
    ).rejects.toMatchObject({
      name: 'Resource.AlreadyAssociated',
    });
    await expect(client.deleteRouteTable({ RouteTableId })).rejects.toMatchObject({
      name: 'DependencyViolation',
    });
    const bySubnet = await client.describeRouteTables({
      Filters: [{ Name: 'association.subnet-id', Values: [network.subnetId] }],
    });
    expect(bySubnet.RouteTables?.map((one) => one.RouteTableId)).toEqual([RouteTableId]);
    const { NewAssociationId } = await client.replaceRouteTableAssociation({
      AssociationId,
      RouteTableId: mainId,
    });
    await client.disassociateRouteTable({ AssociationId: NewAssociationId });
    const igw = sandbox.ec2().createInternetGateway({}).InternetGateway?.InternetGatewayId ?? '';
    sandbox.ec2().attachInternetGateway({ InternetGatewayId: igw, VpcId: network.vpcId });
    await client.associateRouteTable({ RouteTableId, GatewayId: igw });
    const edge = await client.describeRouteTables({
      Filters: [{ Name: 'association.gateway-id', Values: [igw] }],
    });
    expect(edge.RouteTables?.[0]?.Associations).toMatchObject([{ GatewayId: igw, Main: false }]);
    const { RouteTables: tables } = await client.describeRouteTables({ RouteTableIds: [mainId] });
    const main = tables?.[0]?.Associations?.find((one) => one.Main);
    await expect(
      client.disassociateRouteTable({ AssociationId: main?.RouteTableAssociationId }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await client.replaceRouteTableAssociation({ AssociationId: main?.RouteTableAssociationId, RouteTableId });
    const nowMain = await client.describeRouteTables({
      Filters: [{ Name: 'association.main', Values: ['true'] }],
    });
    expect(nowMain.RouteTables?.map((one) => one.RouteTableId)).toContain(RouteTableId);
  });
});
