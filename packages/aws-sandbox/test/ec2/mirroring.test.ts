import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from '@jest/globals';

import { virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';
import { buildNetwork } from './network.js';

async function scene(instances = 3, instanceType = 't3.micro') {
  const clock = virtualClock();
  const sandbox = await openSandbox({ clock });
  const network = buildNetwork(sandbox, instances, instanceType);
  clock.advance(1000);
  const client = new EC2(sandbox.client());
  const [targetEni = ''] = network.interfaceIds;
  const TrafficMirrorTargetId =
    (await client.createTrafficMirrorTarget({ NetworkInterfaceId: targetEni })).TrafficMirrorTarget
      ?.TrafficMirrorTargetId ?? '';
  const TrafficMirrorFilterId =
    (await client.createTrafficMirrorFilter({ Description: 'all' })).TrafficMirrorFilter
      ?.TrafficMirrorFilterId ?? '';
  const session = { TrafficMirrorTargetId, TrafficMirrorFilterId, SessionNumber: 1 };
  return {
    clock,
    sandbox,
    network,
    client,
    session,
    TrafficMirrorFilterId,
    TrafficMirrorTargetId,
    targetEni,
  };
}

describe('targets', () => {
  test('interface, load balancer and endpoint, each with its type', async () => {
    const { client, sandbox, network, TrafficMirrorTargetId, targetEni } = await scene();
    const elb = new ElasticLoadBalancingV2(sandbox.client());
    const nlb = (
      await elb.createLoadBalancer({
        Name: 'mirror',
        Type: 'network',
        Scheme: 'internal',
        Subnets: [network.subnetId],
      })
    ).LoadBalancers?.[0]?.LoadBalancerArn;
    const { TrafficMirrorTarget: second } = await client.createTrafficMirrorTarget({
      NetworkLoadBalancerArn: nlb,
    });
    expect(second).toMatchObject({
      Type: 'network-load-balancer',
      NetworkLoadBalancerArn: nlb,
      OwnerId: '123456789012',
    });
    await expect(client.createTrafficMirrorTarget({ NetworkLoadBalancerArn: nlb })).rejects.toMatchObject({
      name: 'NlbInUseByTrafficMirrorTargetException',
    });
    const gwlb = (await elb.createLoadBalancer({ Name: 'gw', Type: 'gateway', Subnets: [network.subnetId] }))
      .LoadBalancers?.[0]?.LoadBalancerArn;
    const service = await client.createVpcEndpointServiceConfiguration({
      GatewayLoadBalancerArns: [gwlb ?? ''],
      AcceptanceRequired: false,
    });
    const { VpcEndpoint: endpoint } = await client.createVpcEndpoint({
      VpcEndpointType: 'GatewayLoadBalancer',
      VpcId: network.vpcId,
      ServiceName: service.ServiceConfiguration?.ServiceName,
      SubnetIds: [network.subnetId],
    });
    const { TrafficMirrorTarget: third } = await client.createTrafficMirrorTarget({
      GatewayLoadBalancerEndpointId: endpoint?.VpcEndpointId,
    });
    expect(third).toMatchObject({ Type: 'gateway-load-balancer-endpoint' });
    const all = await client.describeTrafficMirrorTargets({});
    expect(all.TrafficMirrorTargets?.map((target) => target.Type)).toEqual([
      'network-interface',
      'network-load-balancer',
      'gateway-load-balancer-endpoint',
    ]);
    const byEni = await client.describeTrafficMirrorTargets({
      Filters: [{ Name: 'network-interface-id', Values: [targetEni] }],
    });
    expect(byEni.TrafficMirrorTargets?.map((target) => target.TrafficMirrorTargetId)).toEqual([
      TrafficMirrorTargetId,
    ]);
    await client.createRoute({
      RouteTableId: network.routeTableId,
      DestinationCidrBlock: '0.0.0.0/0',
      VpcEndpointId: endpoint?.VpcEndpointId,
    });
  });

  test.each([
    [{}, 'MissingParameter'],
    [{ NetworkInterfaceId: 'eni-12345678', NetworkLoadBalancerArn: 'x' }, 'InvalidParameterCombination'],
    [{ NetworkInterfaceId: 'eni-12345678' }, 'InvalidNetworkInterfaceID.NotFound'],
    [{ NetworkLoadBalancerArn: 'arn:nonsense' }, 'InvalidNetworkLoadBalancerArn.Malformed'],
    [
      {
        NetworkLoadBalancerArn:
          'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/x/0123456789abcdef',
      },
      'InvalidNetworkLoadBalancerArn.NotFound',
    ],
    [{ GatewayLoadBalancerEndpointId: 'vpce-12345678' }, 'InvalidVpcEndpointId.NotFound'],
  ])('%j is refused with %s', async (input, code) => {
    const { client } = await scene(1);
    await expect(client.createTrafficMirrorTarget(input)).rejects.toMatchObject({ name: code });
  });
});

describe('filters and rules', () => {
  const rule = {
    TrafficDirection: 'ingress',
    RuleNumber: 100,
    RuleAction: 'accept',
    SourceCidrBlock: '0.0.0.0/0',
    DestinationCidrBlock: '0.0.0.0/0',
  } as const;

  test('rules are made, changed, emptied of fields, listed in order and removed', async () => {
    const { client, TrafficMirrorFilterId } = await scene(1);
    const made = await client.createTrafficMirrorFilterRule({
      TrafficMirrorFilterId,
      ...rule,
      Protocol: 17,
      DestinationPortRange: { FromPort: 53, ToPort: 53 },
      Description: 'dns',
    });
    const TrafficMirrorFilterRuleId = made.TrafficMirrorFilterRule?.TrafficMirrorFilterRuleId;
    await client.createTrafficMirrorFilterRule({ TrafficMirrorFilterId, ...rule, RuleNumber: 50 });
    await client.createTrafficMirrorFilterRule({
      TrafficMirrorFilterId,
      ...rule,
      TrafficDirection: 'egress',
    });
    await expect(
      client.createTrafficMirrorFilterRule({ TrafficMirrorFilterId, ...rule }),
    ).rejects.toMatchObject({
      name: 'TrafficMirrorFilterRuleAlreadyExists',
    });
    await client.modifyTrafficMirrorFilterRule({
      TrafficMirrorFilterRuleId,
      RuleNumber: 10,
      RemoveFields: ['destination-port-range', 'protocol', 'description'],
    });
    await client.modifyTrafficMirrorFilterNetworkServices({
      TrafficMirrorFilterId,
      AddNetworkServices: ['amazon-dns'],
    });
    const [filter] = (await client.describeTrafficMirrorFilters({})).TrafficMirrorFilters ?? [];
    expect(filter?.NetworkServices).toEqual(['amazon-dns']);
    expect(filter?.IngressFilterRules?.map((one) => one.RuleNumber)).toEqual([10, 50]);
    expect(filter?.EgressFilterRules).toHaveLength(1);
    const [changed] = filter?.IngressFilterRules ?? [];
    expect(changed).not.toHaveProperty('Protocol');
    expect(changed).not.toHaveProperty('DestinationPortRange');
    const accepted = await client.describeTrafficMirrorFilterRules({
      TrafficMirrorFilterId,
      Filters: [{ Name: 'traffic-direction', Values: ['egress'] }],
    });
    expect(accepted.TrafficMirrorFilterRules).toHaveLength(1);
    await client.deleteTrafficMirrorFilterRule({ TrafficMirrorFilterRuleId });
    await client.deleteTrafficMirrorFilter({ TrafficMirrorFilterId });
    expect((await client.describeTrafficMirrorFilterRules({})).TrafficMirrorFilterRules).toEqual([]);
  });

  test('ten rules fit in a filter', async () => {
    const { client, TrafficMirrorFilterId } = await scene(1);
    for (let RuleNumber = 1; RuleNumber <= 10; RuleNumber++) {
      await client.createTrafficMirrorFilterRule({ TrafficMirrorFilterId, ...rule, RuleNumber });
    }
    await expect(
      client.createTrafficMirrorFilterRule({ TrafficMirrorFilterId, ...rule, RuleNumber: 11 }),
    ).rejects.toMatchObject({ name: 'TrafficMirrorFilterRuleLimitExceeded' });
  });

  test.each([
    { RuleNumber: 0 },
    { RuleNumber: 32_767 },
    { SourceCidrBlock: '::/0' },
    { SourceCidrBlock: 'nonsense' },
    { DestinationPortRange: { FromPort: 1, ToPort: 2 } },
    { Protocol: 6, DestinationPortRange: { FromPort: 5, ToPort: 2 } },
    { TrafficDirection: 'sideways' as 'ingress' },
  ])('%j is refused', async (change) => {
    const { client, TrafficMirrorFilterId } = await scene(1);
    await expect(
      client.createTrafficMirrorFilterRule({ TrafficMirrorFilterId, ...rule, ...change }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});

describe('sessions', () => {
  test('are made once per token, changed in place, emptied of fields, and found by filters', async () => {
    const { client, network, session, sandbox } = await scene();
    const NetworkInterfaceId = network.interfaceIds[1];
    const request = {
      ...session,
      NetworkInterfaceId,
      PacketLength: 100,
      Description: 'x',
      ClientToken: 'token-1',
    };
    const first = await client.createTrafficMirrorSession(request);
    const again = await client.createTrafficMirrorSession(request);
    expect(again.TrafficMirrorSession).toEqual(first.TrafficMirrorSession);
    await expect(client.createTrafficMirrorSession({ ...request, SessionNumber: 2 })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
    expect(first.TrafficMirrorSession?.VirtualNetworkId).toBeGreaterThan(0);
    const TrafficMirrorSessionId = first.TrafficMirrorSession?.TrafficMirrorSessionId;
    const other = sandbox.ec2().createNetworkInterface({ SubnetId: network.subnetId })
      .NetworkInterface?.NetworkInterfaceId;
    const target = await client.createTrafficMirrorTarget({ NetworkInterfaceId: other });
    await client.modifyTrafficMirrorSession({
      TrafficMirrorSessionId,
      TrafficMirrorTargetId: target.TrafficMirrorTarget?.TrafficMirrorTargetId,
      SessionNumber: 7,
      VirtualNetworkId: 42,
      RemoveFields: ['packet-length', 'description'],
    });
    const [changed] =
      (
        await client.describeTrafficMirrorSessions({
          Filters: [{ Name: 'virtual-network-id', Values: ['42'] }],
        })
      ).TrafficMirrorSessions ?? [];
    expect(changed).toMatchObject({
      TrafficMirrorTargetId: target.TrafficMirrorTarget?.TrafficMirrorTargetId,
      SessionNumber: 7,
    });
    expect(changed).not.toHaveProperty('PacketLength');
    expect(changed).not.toHaveProperty('Description');
  });

  test('what is in use cannot be deleted; what holds a session takes it along', async () => {
    const { client, network, session, clock } = await scene();
    await client.createTrafficMirrorSession({ ...session, NetworkInterfaceId: network.interfaceIds[1] });
    const { TrafficMirrorTargetId, TrafficMirrorFilterId } = session;
    await expect(client.deleteTrafficMirrorTarget({ TrafficMirrorTargetId })).rejects.toMatchObject({
      name: 'TrafficMirrorTargetInUseException',
    });
    await expect(client.deleteTrafficMirrorFilter({ TrafficMirrorFilterId })).rejects.toMatchObject({
      name: 'TrafficMirrorFilterInUse',
    });
    await client.terminateInstances({ InstanceIds: [network.instanceIds[1] ?? ''] });
    clock.advance(1000);
    expect((await client.describeTrafficMirrorSessions({})).TrafficMirrorSessions).toEqual([]);
    await client.deleteTrafficMirrorTarget({ TrafficMirrorTargetId });
  });

  test('quotas and conflicts', async () => {
    const { client, network, session, targetEni, sandbox } = await scene(13);
    const source = network.interfaceIds[1];
    await client.createTrafficMirrorSession({ ...session, NetworkInterfaceId: source });
    await expect(
      client.createTrafficMirrorSession({ ...session, NetworkInterfaceId: source }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('already being used'),
    });
    await expect(
      client.createTrafficMirrorSession({ ...session, NetworkInterfaceId: targetEni }),
    ).rejects.toMatchObject({
      name: 'TrafficMirrorTargetInUseException',
      message: expect.stringContaining('in use by target'),
    });
    await client.createTrafficMirrorSession({ ...session, SessionNumber: 2, NetworkInterfaceId: source });
    await client.createTrafficMirrorSession({ ...session, SessionNumber: 3, NetworkInterfaceId: source });
    await expect(
      client.createTrafficMirrorSession({ ...session, SessionNumber: 4, NetworkInterfaceId: source }),
    ).rejects.toMatchObject({ name: 'TrafficMirrorSessionsPerInterfaceLimitExceeded' });
    for (const NetworkInterfaceId of network.interfaceIds.slice(2, 11)) {
      await client.createTrafficMirrorSession({ ...session, NetworkInterfaceId });
    }
    const eleventh = { ...session, NetworkInterfaceId: network.interfaceIds[11] };
    await expect(client.createTrafficMirrorSession(eleventh)).rejects.toMatchObject({
      name: 'TrafficMirrorSourcesPerTargetLimitExceeded',
    });
    await expect(client.createTrafficMirrorSession({ ...eleventh, DryRun: true })).rejects.toMatchObject({
      name: 'TrafficMirrorSourcesPerTargetLimitExceeded',
    });
    sandbox.settings.quotas.mirrorSessions = 12;
    await expect(client.createTrafficMirrorSession(eleventh)).rejects.toMatchObject({
      name: 'TrafficMirrorSessionLimitExceeded',
    });
    sandbox.settings.quotas.mirrorTargets = 1;
    await expect(
      client.createTrafficMirrorTarget({ NetworkInterfaceId: network.interfaceIds[12] }),
    ).rejects.toMatchObject({
      name: 'TrafficMirrorTargetLimitExceeded',
    });
    sandbox.settings.quotas.mirrorFilters = 1;
    await expect(client.createTrafficMirrorFilter({})).rejects.toMatchObject({
      name: 'TrafficMirrorFilterLimitExceeded',
    });
  });

  test('a large target takes more sources', async () => {
    const { client, network, session } = await scene(12, 'm5.24xlarge');
    for (const NetworkInterfaceId of network.interfaceIds.slice(1)) {
      await client.createTrafficMirrorSession({ ...session, NetworkInterfaceId });
    }
    expect((await client.describeTrafficMirrorSessions({})).TrafficMirrorSessions).toHaveLength(11);
  });

  test.each([['m5.metal'], ['t2.micro'], ['m6i.large']])('%s is no source', async (type) => {
    const { client, network, session } = await scene(2, type);
    await expect(
      client.createTrafficMirrorSession({ ...session, NetworkInterfaceId: network.interfaceIds[1] }),
    ).rejects.toMatchObject({ name: 'NetworkInterfaceNotSupportedException' });
  });

  test.each([
    { SessionNumber: 0 },
    { SessionNumber: 32_767 },
    { PacketLength: 8501 },
    { VirtualNetworkId: 0x1000000 },
  ])('%j is out of range', async (change) => {
    const { client, network, session } = await scene(2);
    await expect(
      client.createTrafficMirrorSession({
        ...session,
        NetworkInterfaceId: network.interfaceIds[1],
        ...change,
      }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});
