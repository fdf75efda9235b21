import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ec2RouteApi } from '../../src/ec2/ec2-route-api.js';
import type { RouteTarget } from '../../src/model/route-table.js';
import { runOnce } from '../../src/monitor/run-once.js';
import { REGION, type SandboxVpc, createSandboxVpc } from '../monitor/sandbox-vpc.js';

describe('the EC2 API of the SDK, over HTTP', () => {
  let vpc: SandboxVpc;
  let api: Ec2RouteApi;
  beforeAll(async () => {
    vpc = await createSandboxVpc({ claimants: 2, tables: 12, tags: { 'a*b': 'x*' } });
    api = await vpc.openApi();
  });
  afterAll(async () => {
    api.close();
    await vpc.close();
  });

  test('every kind of target that is written reads back as the same', async () => {
    const ec2 = vpc.sandbox.ec2(undefined, REGION);
    const VpcId = vpc.id('main');
    const SubnetId = vpc.id('public');
    const peer = ec2.createVpc({ CidrBlock: '10.50.0.0/16' }).Vpc!.VpcId!;
    const tgw = ec2.createTransitGateway({}).TransitGateway!.TransitGatewayId!;
    ec2.createTransitGatewayVpcAttachment({ TransitGatewayId: tgw, VpcId, SubnetIds: [SubnetId] });
    const pcx = ec2.createVpcPeeringConnection({ VpcId, PeerVpcId: peer }).VpcPeeringConnection!
      .VpcPeeringConnectionId!;
    ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: pcx });
    const vgw = ec2.createVpnGateway({ Type: 'ipsec.1' }).VpnGateway!.VpnGatewayId!;
    ec2.attachVpnGateway({ VpcId, VpnGatewayId: vgw });
    const eigw = ec2.createEgressOnlyInternetGateway({ VpcId }).EgressOnlyInternetGateway!
      .EgressOnlyInternetGatewayId!;
    const nat = ec2.createNatGateway({ SubnetId, ConnectivityType: 'private' }).NatGateway!.NatGatewayId!;
    const igw = ec2
      .describeInternetGateways({})
      .InternetGateways!.find(({ Attachments }) => Attachments?.[0]?.VpcId === VpcId)!.InternetGatewayId!;
    const targets: readonly RouteTarget[] = [
      { kind: 'interface', id: vpc.id('nat-1/eni') },
      { kind: 'internet-gateway', id: igw },
      { kind: 'nat-gateway', id: nat },
      { kind: 'vpn-gateway', id: vgw },
      { kind: 'transit-gateway', id: tgw },
      { kind: 'peering', id: pcx },
    ];
    const tableId = vpc.id('table-12');
    const destination = { kind: 'ipv4', value: '0.0.0.0/0' } as const;
    for (const to of targets) {
      await api.replaceRoute({ tableId, destination, to, isDryRun: false });
      const [table] = await api.describeTables({ kind: 'ids', ids: [tableId] });
      expect(table?.routes.find((route) => route.destination.value === '0.0.0.0/0')?.target).toEqual(to);
    }
    const ipv6 = { kind: 'ipv6', value: '::/0' } as const;
    await api.createRoute({
      tableId,
      destination: ipv6,
      to: { kind: 'egress-only-gateway', id: eigw },
      isDryRun: false,
    });
    const [table] = await api.describeTables({ kind: 'ids', ids: [tableId] });
    expect(
      table?.routes.find((route) => route.destination.kind === 'ipv6' && route.destination.value === '::/0'),
    ).toMatchObject({ target: { kind: 'egress-only-gateway', id: eigw } });
    expect(table?.routes.find(({ origin }) => origin === 'CreateRouteTable')?.target.kind).toBe('local');
  });

  test('every page is read, and ids that do not exist are left out', async () => {
    const small = vpc.sandbox.faults.add({
      match: { action: 'Describe*' },
      fault: { kind: 'small-pages', size: 2 },
    });
    try {
      const tables = await api.describeTables({ kind: 'vpc', vpcId: vpc.id('main') });
      expect(tables.filter(({ isMain }) => !isMain)).toHaveLength(12);
      expect(await api.describeTables({ kind: 'ids', ids: ['rtb-00000000'] })).toEqual([]);
      const ids = ['nat-1/eni', 'nat-2/eni', 'old/eni'].map((name) => vpc.id(name));
      expect(await api.describeInterfaces([...ids, 'eni-00000000'])).toHaveLength(3);
      // The wildcard in the tag's value is meant literally.
      expect(await api.describeInstances({ kind: 'tag', key: 'a*b', value: 'x*' })).toHaveLength(3);
      expect(await api.describeInstances({ kind: 'tag', key: 'a*b', value: '*' })).toEqual([]);
    } finally {
      small.remove();
    }
  });

  test('a dry run changes nothing, and tells of a permission that is missing', async () => {
    const write = {
      tableId: vpc.id('table-2'),
      destination: { kind: 'ipv4', value: '0.0.0.0/0' },
      to: { kind: 'interface', id: vpc.id('nat-1/eni') },
      isDryRun: true,
    } as const;
    await api.replaceRoute(write);
    expect(vpc.route('table-2')).toBe(`${vpc.id('old/eni')} active`);
    const denied = vpc.sandbox.faults.add({ match: { action: 'ReplaceRoute' }, fault: { kind: 'deny' } });
    await expect(api.replaceRoute(write)).rejects.toThrow('ec2:ReplaceRoute');
    denied.remove();
  });

  test('IPv6 and prefix-list routes are created and healed', async () => {
    const ec2 = vpc.sandbox.ec2(undefined, REGION);
    const list = ec2.createManagedPrefixList({
      PrefixListName: 'offices',
      MaxEntries: 2,
      AddressFamily: 'IPv4',
      Entries: [{ Cidr: '198.51.100.0/24' }],
    }).PrefixList!.PrefixListId!;
    const settings = { routeTables: [vpc.id('table-3')], destinations: ['::/0', list] };
    const own = vpc.id('nat-1/eni');
    await runOnce(vpc.monitor(api, settings));
    expect(vpc.route('table-3', '::/0')).toBe(`${own} active`);
    expect(vpc.route('table-3', list)).toBe(`${own} active`);
    ec2.stopInstances({ InstanceIds: [vpc.id('nat-1')] });
    expect(vpc.route('table-3', '::/0')).toBe(`${own} blackhole`);
    const second = vpc.id('nat-2/eni');
    await runOnce(vpc.monitor(api, { ...settings, interfaceId: second }));
    expect(vpc.route('table-3', '::/0')).toBe(`${second} active`);
    expect(vpc.route('table-3', list)).toBe(`${second} active`);
    ec2.startInstances({ InstanceIds: [vpc.id('nat-1')] });
  });
});
