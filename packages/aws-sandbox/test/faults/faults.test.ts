import { EC2 } from '@aws-sdk/client-ec2';
import { describe, expect, test } from '@jest/globals';
import { until } from '@net/testing';

import { bucketSizeOf, virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';

async function scene(options: Parameters<typeof openSandbox>[0] = {}) {
  const sandbox = await openSandbox(options);
  return { sandbox, client: new EC2({ ...sandbox.client(), maxAttempts: 1 }) };
}

const vpc = { CidrBlock: '10.0.0.0/16' };

describe('errors', () => {
  test('strike where they match, the nth time, and so many times', async () => {
    const { sandbox, client } = await scene();
    const handle = sandbox.faults.add({
      match: { service: 'ec2', action: 'Describe*' },
      nth: [2, 3],
      fault: { kind: 'error', code: 'InternalError' },
    });
    await client.createVpc(vpc);
    await client.describeVpcs({});
    await expect(client.describeVpcs({})).rejects.toMatchObject({
      name: 'InternalError',
      $metadata: { httpStatusCode: 500 },
    });
    await expect(client.describeSubnets({})).rejects.toMatchObject({ name: 'InternalError' });
    await client.describeVpcs({});
    expect(handle.matched).toBe(4);
    expect(handle.struck).toBe(2);
    handle.remove();
    await client.describeVpcs({});
    expect(handle.matched).toBe(4);
  });

  test('an error before a write leaves nothing written; the SDK retries it', async () => {
    const { sandbox } = await scene();
    const retrying = new EC2({ ...sandbox.client(), maxAttempts: 3 });
    sandbox.faults.add({
      match: { action: 'CreateVpc' },
      times: 1,
      fault: { kind: 'error', code: 'Unavailable' },
    });
    await retrying.createVpc(vpc);
    expect(sandbox.calls.list({ action: 'CreateVpc' }).map((call) => call.outcome.kind)).toEqual([
      'error',
      'ok',
    ]);
    expect(Object.keys(sandbox.ec2().state.vpcs)).toHaveLength(1);
  });

  test('by probability they are drawn from the seed', async () => {
    const strikes = await Promise.all(
      [1, 2].map(async () => {
        const { sandbox, client } = await scene();
        sandbox.faults.add({ probability: 0.5, seed: 7, fault: { kind: 'throttle' } });
        const outcomes: boolean[] = [];
        for (let index = 0; index < 20; index++) {
          outcomes.push(
            await client.describeVpcs({}).then(
              () => true,
              () => false,
            ),
          );
        }
        return outcomes;
      }),
    );
    expect(strikes[0]).toEqual(strikes[1]);
    expect(new Set(strikes[0])).toEqual(new Set([true, false]));
  });

  test('denial names the action', async () => {
    const { sandbox, client } = await scene();
    sandbox.faults.add({ match: { action: 'CreateVpc' }, fault: { kind: 'deny' } });
    await expect(client.createVpc(vpc)).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining('ec2:CreateVpc'),
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('rules that make no sense are refused', async () => {
    const { sandbox } = await scene();
    expect(() => sandbox.faults.add({ probability: 2, fault: { kind: 'throttle' } })).toThrow(
      'between 0 and 1',
    );
    expect(() => sandbox.faults.add({ fault: { kind: 'small-pages', size: 0 } })).toThrow('at least one');
    expect(() => sandbox.faults.add({ fault: { kind: 'stale', lagMs: 0 } })).toThrow('positive');
    expect(() => sandbox.faults.add({ times: -1, fault: { kind: 'throttle' } })).toThrow('count');
    expect(() => sandbox.faults.add({ fault: { kind: 'latency', durationMs: -1 } })).toThrow('negative');
  });
});

describe('throttling', () => {
  test('the buckets are the documented ones, per account, region and action', async () => {
    expect(bucketSizeOf('ReplaceRoute', {})).toEqual({ capacity: 50, refillPerSecond: 5 });
    expect(bucketSizeOf('DescribeRouteTables', {})).toEqual({ capacity: 100, refillPerSecond: 20 });
    expect(bucketSizeOf('DescribeInstances', {})).toEqual({ capacity: 50, refillPerSecond: 10 });
    expect(bucketSizeOf('DescribeInstances', { MaxResults: 5 })).toEqual({
      capacity: 100,
      refillPerSecond: 20,
    });
    expect(bucketSizeOf('CreateTags', {})).toEqual({ capacity: 100, refillPerSecond: 10 });
    const clock = virtualClock();
    const { sandbox, client } = await scene({ clock });
    sandbox.faults.throttling({ overrides: { DescribeVpcs: { capacity: 2, refillPerSecond: 1 } } });
    const attempt = (from: EC2) =>
      from.describeVpcs({}).then(
        () => 'ok',
        (error: Error) => error.name,
      );
    expect([await attempt(client), await attempt(client), await attempt(client)]).toEqual([
      'ok',
      'ok',
      'RequestLimitExceeded',
    ]);
    expect(await attempt(new EC2({ ...sandbox.client('us-east-1'), maxAttempts: 1 }))).toBe('ok');
    expect(await attempt(new EC2({ ...sandbox.client('eu-west-1', '210987654321'), maxAttempts: 1 }))).toBe(
      'ok',
    );
    await client.describeSubnets({});
    clock.advance(999);
    expect(await attempt(client)).toBe('RequestLimitExceeded');
    clock.advance(1);
    expect(await attempt(client)).toBe('ok');
    await expect(client.describeVpcs({})).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    sandbox.faults.throttling(false);
    expect(await attempt(client)).toBe('ok');
  });
});

describe('connections', () => {
  test('cut before: nothing was done', async () => {
    const { sandbox, client } = await scene();
    sandbox.faults.add({ times: 1, fault: { kind: 'cut', when: 'before' } });
    await expect(client.createVpc(vpc)).rejects.toThrow();
    expect(Object.keys(sandbox.ec2().state.vpcs)).toHaveLength(0);
    expect(sandbox.calls.list()[0]?.outcome).toEqual({ kind: 'cut', when: 'before', applied: false });
  });

  test.each(['after', 'mid-answer'] as const)(
    'cut %s: it was done, and the client cannot know',
    async (when) => {
      const { sandbox, client } = await scene();
      sandbox.faults.add({ times: 1, fault: { kind: 'cut', when } });
      await expect(client.createVpc(vpc)).rejects.toThrow();
      expect(Object.keys(sandbox.ec2().state.vpcs)).toHaveLength(1);
      expect(sandbox.calls.list()[0]?.outcome).toEqual({ kind: 'cut', when, applied: true });
    },
  );

  test('a client token makes the retry of a cut call harmless', async () => {
    const { sandbox } = await scene();
    const subnetId = (() => {
      const ec2 = sandbox.ec2();
      const VpcId = ec2.createVpc(vpc).Vpc?.VpcId ?? '';
      return ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' }).Subnet?.SubnetId ?? '';
    })();
    const retrying = new EC2({ ...sandbox.client(), maxAttempts: 3 });
    sandbox.faults.add({
      match: { action: 'CreateNetworkInterface' },
      times: 1,
      fault: { kind: 'cut', when: 'after' },
    });
    await retrying.createNetworkInterface({ SubnetId: subnetId });
    expect(sandbox.calls.count({ action: 'CreateNetworkInterface' })).toBe(2);
    expect(Object.keys(sandbox.ec2().state.networkInterfaces)).toHaveLength(1);
  });

  test('garbage instead of an answer', async () => {
    const { sandbox, client } = await scene();
    sandbox.faults.add({ times: 1, fault: { kind: 'garbage' } });
    await expect(client.describeVpcs({})).rejects.toThrow('XML parse error');
    sandbox.faults.add({ times: 1, fault: { kind: 'garbage', body: 'not < xml', status: 502 } });
    await expect(client.describeVpcs({})).rejects.toThrow();
    await client.describeVpcs({});
  });
});

describe('time', () => {
  test('latency goes by the clock of the sandbox', async () => {
    const clock = virtualClock();
    const { sandbox, client } = await scene({ clock });
    sandbox.faults.add({ fault: { kind: 'latency', durationMs: 60_000 } });
    let done = false;
    const answer = client.describeVpcs({}).then(() => (done = true));
    await until('the call to wait', () => clock.sleepers === 1);
    expect(done).toBe(false);
    clock.advance(60_000);
    await answer;
  });

  test('stale reads see the past, writes the present', async () => {
    const clock = virtualClock();
    const { sandbox, client } = await scene({ clock });
    await client.createVpc(vpc);
    sandbox.faults.add({ fault: { kind: 'stale', lagMs: 1000 } });
    clock.advance(10);
    const { Vpc: second } = await client.createVpc({ CidrBlock: '10.1.0.0/16' });
    const count = async () => (await client.describeVpcs({})).Vpcs?.length;
    expect(await count()).toBe(1);
    await client.createSubnet({ VpcId: second?.VpcId, CidrBlock: '10.1.0.0/24' });
    clock.advance(999);
    expect(await count()).toBe(1);
    await expect(client.describeVpcs({ VpcIds: [second?.VpcId ?? ''] })).rejects.toMatchObject({
      name: 'InvalidVpcID.NotFound',
    });
    clock.advance(1);
    expect(await count()).toBe(2);
    sandbox.faults.clear();
    expect((await client.describeSubnets({})).Subnets).toHaveLength(1);
  });

  test('stale reads show life cycles late', async () => {
    const clock = virtualClock();
    const { sandbox, client } = await scene({ clock, delays: { pendingMs: 100 } });
    const ec2 = sandbox.ec2();
    const VpcId = ec2.createVpc(vpc).Vpc?.VpcId ?? '';
    const SubnetId = ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' }).Subnet?.SubnetId ?? '';
    sandbox.faults.add({ match: { action: 'DescribeInstances' }, fault: { kind: 'stale', lagMs: 50 } });
    await client.runInstances({
      ImageId: 'ami-12345678',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
    });
    const state = async () =>
      (await client.describeInstances({})).Reservations?.[0]?.Instances?.[0]?.State?.Name;
    expect(await state()).toBeUndefined();
    clock.advance(100);
    expect(await state()).toBe('pending');
    clock.advance(50);
    expect(await state()).toBe('running');
  });
});

describe('pages', () => {
  test('small pages make every reader page', async () => {
    const { sandbox, client } = await scene();
    sandbox.settings.quotas.vpcsPerRegion = 10;
    for (let index = 0; index < 5; index++) await client.createVpc({ CidrBlock: `10.${index}.0.0/16` });
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'small-pages', size: 2 } });
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.describeVpcs({ NextToken });
      sizes.push(page.Vpcs?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([2, 2, 1]);
  });
});
