import { EC2 } from '@aws-sdk/client-ec2';
import { describe, expect, test } from '@jest/globals';
import { until } from '@net/testing';

import { virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';

async function scene(options: { roleName?: string; instanceTags?: boolean } = {}) {
  const clock = virtualClock();
  const sandbox = await openSandbox({ clock });
  const ec2 = sandbox.ec2();
  const VpcId =
    ec2.createVpc({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }).Vpc?.VpcId ?? '';
  const ipv6 = Object.values(ec2.state.vpcs)[0]?.ipv6[0]?.cidr.replace('/56', '/64');
  const SubnetId =
    ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24', Ipv6CidrBlock: ipv6 }).Subnet?.SubnetId ?? '';
  const instance = ec2.runInstances({
    ImageId: 'ami-12345678',
    InstanceType: 't3.medium',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from('#!/bin/sh').toString('base64'),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId,
        AssociatePublicIpAddress: true,
        SecondaryPrivateIpAddressCount: 1,
        Ipv6AddressCount: 2,
        Ipv4PrefixCount: 1,
      },
    ],
    MetadataOptions: options.instanceTags ? { InstanceMetadataTags: 'enabled' } : {},
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
  }).Instances?.[0];
  const instanceId = instance?.InstanceId ?? '';
  clock.advance(1000);
  const imds = await sandbox.attachImds(
    instanceId,
    options.roleName === undefined ? {} : { roleName: options.roleName },
  );
  const request = (path: string, init: RequestInit = {}) => fetch(`${imds.endpoint}${path}`, init);
  const putToken = (seconds = '60', headers: Record<string, string> = {}) =>
    request('/latest/api/token', {
      method: 'PUT',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': seconds, ...headers },
    });
  const token = await (await putToken()).text();
  const get = async (path: string) => {
    const response = await request(`/latest/${path}`, { headers: { 'X-aws-ec2-metadata-token': token } });
    return response.status === 200 ? await response.text() : response.status;
  };
  return { clock, sandbox, ec2, instance, instanceId, imds, request, putToken, token, get };
}

describe('tokens', () => {
  test('without one nothing is told; it ends with its time', async () => {
    const { request, get, clock, putToken } = await scene();
    expect((await request('/latest/meta-data/instance-id')).status).toBe(401);
    expect(
      (await request('/latest/meta-data/', { headers: { 'X-aws-ec2-metadata-token': 'made-up' } })).status,
    ).toBe(401);
    expect(await get('meta-data/instance-id')).toMatch(/^i-/);
    clock.advance(60_000);
    expect(await get('meta-data/instance-id')).toBe(401);
    expect((await putToken('0')).status).toBe(400);
    expect((await putToken('21601')).status).toBe(400);
    expect((await putToken('60', { 'X-Forwarded-For': '10.0.0.9' })).status).toBe(403);
    expect((await request('/latest/api/token')).status).toBe(405);
  });

  test('version 1 works where tokens are optional', async () => {
    const { ec2, instanceId, request } = await scene();
    ec2.modifyInstanceMetadataOptions({ InstanceId: instanceId, HttpTokens: 'optional' });
    expect((await request('/latest/meta-data/instance-id')).status).toBe(200);
  });
});

describe('the tree', () => {
  test('tells the instance about itself and its interfaces', async () => {
    const { get, instance, instanceId, ec2 } = await scene();
    const eni = Object.values(ec2.state.networkInterfaces)[0]!;
    const mac = `meta-data/network/interfaces/macs/${eni.macAddress}`;
    expect(await get('meta-data/instance-id')).toBe(instanceId);
    expect(await get('meta-data/placement/region')).toBe('eu-west-1');
    expect(await get('meta-data/placement/availability-zone')).toBe('eu-west-1a');
    expect(await get('meta-data/mac')).toBe(eni.macAddress);
    expect(await get('meta-data/network/interfaces/macs/')).toBe(`${eni.macAddress}/`);
    expect(await get(`${mac}/interface-id`)).toBe(eni.id);
    expect(await get(`${mac}/device-number`)).toBe('0');
    expect(await get(`${mac}/network-card`)).toBe('0');
    expect(await get(`${mac}/local-ipv4s`)).toBe(eni.privateIps.map((ip) => ip.address).join('\n'));
    expect(await get(`${mac}/ipv6s`)).toBe(eni.ipv6Addresses.join('\n'));
    expect(await get(`${mac}/ipv4-prefix`)).toBe(eni.ipv4Prefixes[0]);
    expect(await get(`${mac}/ipv6-prefix`)).toBe(404);
    expect(await get(`${mac}/subnet-ipv4-cidr-block`)).toBe('10.0.0.0/24');
    expect(await get(`${mac}/subnet-ipv6-cidr-blocks`)).toBe(ec2.state.subnets[eni.subnetId]?.ipv6[0]?.cidr);
    expect(await get(`${mac}/vpc-ipv4-cidr-blocks`)).toBe('10.0.0.0/16');
    expect(await get(`${mac}/ipv4-associations/${eni.privateIps[0]?.publicIp ?? ''}`)).toBe(
      eni.privateIps[0]?.address,
    );
    expect(await get('user-data')).toBe('#!/bin/sh');
    expect(JSON.parse(String(await get('dynamic/instance-identity/document')))).toMatchObject({
      instanceId: instance?.InstanceId,
      region: 'eu-west-1',
      accountId: '123456789012',
    });
    expect(String(await get('meta-data/')).split('\n')).toEqual(
      expect.arrayContaining(['instance-id', 'placement/', 'network/']),
    );
    expect(await get('meta-data/tags/instance/Name')).toBe(404);
    expect(await get('meta-data/iam/')).toBe(404);
    expect(await get('meta-data/nothing')).toBe(404);
  });

  test('tells tags when allowed, and notices when there are any', async () => {
    const { get, sandbox, ec2, instanceId, clock } = await scene({ instanceTags: true });
    expect(await get('meta-data/tags/instance/Name')).toBe('web');
    expect(await get('meta-data/spot/instance-action')).toBe(404);
    ec2.setNotices(instanceId, {
      spotAction: { action: 'terminate', atMs: clock.now() + 120_000 },
      rebalanceAtMs: clock.now(),
    });
    expect(JSON.parse(String(await get('meta-data/spot/instance-action')))).toEqual({
      action: 'terminate',
      time: '2026-01-01T00:02:01Z',
    });
    expect(JSON.parse(String(await get('meta-data/events/recommendations/rebalance')))).toEqual({
      noticeTime: '2026-01-01T00:00:01Z',
    });
    expect(await get('meta-data/autoscaling/target-lifecycle-state')).toBe(404);
    const group = sandbox.autoScaling();
    group.createGroup({ name: 'nat', instanceIds: [instanceId] });
    expect(await get('meta-data/autoscaling/target-lifecycle-state')).toBe('InService');
    group.waitAtHook('nat', instanceId, 'drain');
    expect(await get('meta-data/autoscaling/target-lifecycle-state')).toBe('Terminated');
    ec2.setNotices(instanceId, { spotAction: undefined });
    expect(await get('meta-data/spot/instance-action')).toBe(404);
  });

  test('falls silent with the instance', async () => {
    const { get, ec2, instanceId, clock } = await scene();
    ec2.terminateInstances({ InstanceIds: [instanceId] });
    clock.advance(1000);
    expect(await get('meta-data/instance-id')).toBe(404);
  });
});

describe('credentials of the role', () => {
  test('work against the sandbox, as the role', async () => {
    const { get, sandbox } = await scene({ roleName: 'monitor' });
    sandbox.iam.createRole('123456789012', 'monitor', {
      Statement: { Effect: 'Allow', Action: 'ec2:DescribeVpcs', Resource: '*' },
    });
    expect(await get('meta-data/iam/security-credentials/')).toBe('monitor');
    const keys = JSON.parse(String(await get('meta-data/iam/security-credentials/monitor'))) as Record<
      string,
      string
    >;
    const client = new EC2({
      ...sandbox.client(),
      credentials: {
        accessKeyId: keys['AccessKeyId'] ?? '',
        secretAccessKey: keys['SecretAccessKey'] ?? '',
        sessionToken: keys['Token'] ?? '',
      },
    });
    expect((await client.describeVpcs({})).Vpcs).toHaveLength(1);
    await expect(client.describeSubnets({})).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining('assumed-role/monitor/i-'),
    });
  });
});

describe('faults', () => {
  test('strike by path and number', async () => {
    const { get, imds } = await scene();
    imds.fault({ kind: 'not-found', path: '/latest/meta-data/mac', times: 1 });
    expect([await get('meta-data/mac'), await get('meta-data/instance-id')]).toEqual([
      404,
      expect.stringMatching(/^i-/),
    ]);
    expect(await get('meta-data/mac')).toMatch(/^02:/);
    const end = imds.fault({ kind: 'empty' });
    expect(await get('meta-data/mac')).toBe('');
    end();
    imds.fault({ kind: 'throttle', times: 1 });
    expect(await get('meta-data/mac')).toBe(503);
    imds.fault({ kind: 'status', status: 429, times: 1 });
    expect(await get('meta-data/mac')).toBe(429);
  });

  test('silence lasts until the client gives up', async () => {
    const { request, imds } = await scene();
    imds.fault({ kind: 'silence', times: 1 });
    const giveUp = new AbortController();
    const asked = request('/latest/meta-data/mac', { signal: giveUp.signal });
    await until('the request to arrive', () => imds.requests.some((one) => one.status === undefined));
    giveUp.abort();
    await expect(asked).rejects.toThrow();
    expect((await request('/latest/meta-data/mac')).status).toBe(401);
  });
});
