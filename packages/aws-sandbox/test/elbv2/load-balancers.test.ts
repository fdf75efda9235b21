import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from '@jest/globals';

import { virtualClock } from '../../src/index.js';
import { buildNetwork } from '../ec2/network.js';
import { openSandbox } from '../open-sandbox.js';

async function scene() {
  const clock = virtualClock();
  const sandbox = await openSandbox({ clock, delays: { loadBalancerMs: 60_000 } });
  const network = buildNetwork(sandbox, 2);
  clock.advance(1000);
  const client = new ElasticLoadBalancingV2({ ...sandbox.client(), maxAttempts: 1 });
  const made = await client.createLoadBalancer({
    Name: 'VectraTap',
    Type: 'network',
    Scheme: 'internal',
    Subnets: [network.subnetId],
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  return { clock, sandbox, network, client, LoadBalancerArn };
}

describe('load balancers', () => {
  test('are provisioned for a while, hold interfaces, and are made once per name', async () => {
    const { client, clock, sandbox, network, LoadBalancerArn } = await scene();
    const state = async () =>
      (await client.describeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn] })).LoadBalancers?.[0]?.State
        ?.Code;
    expect(await state()).toBe('provisioning');
    clock.advance(60_000);
    expect(await state()).toBe('active');
    const again = { Name: 'VectraTap', Type: 'network', Scheme: 'internal' } as const;
    expect(
      (await client.createLoadBalancer({ ...again, Subnets: [network.subnetId] })).LoadBalancers?.[0]
        ?.LoadBalancerArn,
    ).toBe(LoadBalancerArn);
    await expect(
      client.createLoadBalancer({ ...again, Scheme: 'internet-facing', Subnets: [network.subnetId] }),
    ).rejects.toMatchObject({
      name: 'DuplicateLoadBalancerNameException',
    });
    const interfaces = () =>
      sandbox.ec2().describeNetworkInterfaces({
        Filters: [{ Name: 'interface-type', Values: ['network_load_balancer'] }],
      }).NetworkInterfaces;
    expect(interfaces()).toMatchObject([{ RequesterManaged: true, Status: 'in-use' }]);
    await client.deleteLoadBalancer({ LoadBalancerArn });
    await client.deleteLoadBalancer({ LoadBalancerArn });
    expect(interfaces()).toEqual([]);
    await expect(client.describeLoadBalancers({ Names: ['VectraTap'] })).rejects.toMatchObject({
      name: 'LoadBalancerNotFoundException',
    });
  });

  test('protection, tags and pages', async () => {
    const { client, network, LoadBalancerArn } = await scene();
    await client.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }],
    });
    await expect(client.deleteLoadBalancer({ LoadBalancerArn })).rejects.toMatchObject({
      name: 'OperationNotPermittedException',
    });
    await client.addTags({ ResourceArns: [LoadBalancerArn], Tags: [{ Key: 'c', Value: 'd' }] });
    await client.removeTags({ ResourceArns: [LoadBalancerArn], TagKeys: ['a'] });
    expect((await client.describeTags({ ResourceArns: [LoadBalancerArn] })).TagDescriptions).toEqual([
      { ResourceArn: LoadBalancerArn, Tags: [{ Key: 'c', Value: 'd' }] },
    ]);
    await client.createLoadBalancer({ Name: 'second', Type: 'network', Subnets: [network.subnetId] });
    const first = await client.describeLoadBalancers({ PageSize: 1 });
    const second = await client.describeLoadBalancers({ PageSize: 1, Marker: first.NextMarker });
    expect(
      [...(first.LoadBalancers ?? []), ...(second.LoadBalancers ?? [])].map((one) => one.LoadBalancerName),
    ).toEqual(['VectraTap', 'second']);
    expect(second.NextMarker).toBeUndefined();
  });

  test.each([
    [{ Name: 'x'.repeat(33) }, 'ValidationError'],
    [{ Name: '-x' }, 'ValidationError'],
    [{ Name: 'ok', Subnets: ['subnet-12345678'] }, 'SubnetNotFoundException'],
    [{ Name: 'ok', Subnets: [] }, 'ValidationError'],
  ])('%j is refused with %s', async (input, code) => {
    const { client, network } = await scene();
    await expect(
      client.createLoadBalancer({ Type: 'network', Subnets: [network.subnetId], ...input }),
    ).rejects.toMatchObject({ name: code });
  });
});

describe('target groups and listeners', () => {
  test('a complete UDP mirror target', async () => {
    const { client, network, LoadBalancerArn } = await scene();
    const group = await client.createTargetGroup({
      Name: 'mirror',
      Protocol: 'UDP',
      Port: 4789,
      VpcId: network.vpcId,
      TargetType: 'instance',
      HealthCheckProtocol: 'TCP',
      HealthCheckPort: '22',
    });
    const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
    await client.registerTargets({ TargetGroupArn, Targets: network.instanceIds.map((Id) => ({ Id })) });
    const health = async () =>
      (await client.describeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions?.map(
        (one) => one.TargetHealth?.State,
      );
    expect(await health()).toEqual(['unused', 'unused']);
    const listener = {
      LoadBalancerArn,
      Protocol: 'UDP',
      Port: 4789,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    } as const;
    const made = await client.createListener({ ...listener, DefaultActions: [...listener.DefaultActions] });
    expect(await health()).toEqual(['healthy', 'healthy']);
    await expect(
      client.createListener({ ...listener, DefaultActions: [...listener.DefaultActions] }),
    ).rejects.toMatchObject({
      name: 'DuplicateListenerException',
    });
    await expect(client.deleteTargetGroup({ TargetGroupArn })).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    expect(
      (await client.describeTargetGroups({ LoadBalancerArn })).TargetGroups?.[0]?.LoadBalancerArns,
    ).toEqual([LoadBalancerArn]);
    expect((await client.describeListeners({ LoadBalancerArn })).Listeners).toHaveLength(1);
    await client.deleteListener({ ListenerArn: made.Listeners?.[0]?.ListenerArn });
    await client.deleteTargetGroup({ TargetGroupArn });
    await expect(client.describeTargetGroups({ Names: ['mirror'] })).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
    });
  });

  test('wrong protocols are refused', async () => {
    const { client, network, LoadBalancerArn } = await scene();
    const group = await client.createTargetGroup({
      Name: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: network.vpcId,
    });
    const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
    const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
    await expect(
      client.createListener({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions }),
    ).rejects.toMatchObject({
      name: 'UnsupportedProtocolException',
    });
    await expect(
      client.createListener({ LoadBalancerArn, Protocol: 'UDP', Port: 80, DefaultActions }),
    ).rejects.toMatchObject({
      name: 'InvalidConfigurationRequestException',
    });
    await expect(
      client.createTargetGroup({ Name: 'g', Protocol: 'GENEVE', Port: 80, VpcId: network.vpcId }),
    ).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });
});
