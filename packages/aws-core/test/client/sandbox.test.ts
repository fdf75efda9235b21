import { describe, expect, test } from '@jest/globals';
import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';

import type { Fault, Sandbox } from '@net/aws-sandbox';

import {
  AwsUncertainWriteError,
  allItems,
  categorize,
  createClient,
  eachItem,
  readCaller,
  toAwsError,
} from '../../src/index.js';
import { openSandbox, sandboxSession } from '../open-sandbox.js';

async function client(
  sandbox: Sandbox,
  options: Parameters<typeof createClient>[2] = {},
): Promise<EC2Client> {
  const retry = { baseDelayMs: 2, ...options.retry };
  return await createClient(await sandboxSession(sandbox), EC2Client, { ...options, retry });
}

const vpcCount = (sandbox: Sandbox): number => sandbox.ec2().describeVpcs({}).Vpcs?.length ?? 0;

describe('a write whose connection is cut', () => {
  test.each(['before', 'after', 'mid-answer'] as const)(
    '%s is sent once and fails as uncertain',
    async (when) => {
      const sandbox = await openSandbox();
      const ec2 = await client(sandbox);
      sandbox.faults.add({ match: { action: 'CreateVpc' }, fault: { kind: 'cut', when } });
      const before = vpcCount(sandbox);
      const error: unknown = await ec2
        .send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(AwsUncertainWriteError);
      expect(error).toMatchObject({
        code: 'NET_AWS_UNCERTAIN_WRITE',
        action: 'ec2:CreateVpc',
        retryable: false,
      });
      expect(sandbox.calls.count({ action: 'CreateVpc' })).toBe(1);
      expect(vpcCount(sandbox)).toBe(when === 'before' ? before : before + 1);
      ec2.destroy();
    },
  );

  test('the SDK by itself sends it again, which is why', async () => {
    const sandbox = await openSandbox();
    const plain = new EC2Client(sandbox.client());
    sandbox.faults.add({ match: { action: 'CreateVpc' }, times: 1, fault: { kind: 'cut', when: 'after' } });
    const before = vpcCount(sandbox);
    await plain.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    expect(vpcCount(sandbox)).toBe(before + 2);
    plain.destroy();
  });

  test('is repeated when it carries a client token, is a dry run, or comes to the same every time', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox);
    const cut: Fault = { kind: 'cut', when: 'after' };
    sandbox.faults.add({ match: { action: 'CreateTrafficMirrorFilter' }, times: 1, fault: cut });
    const made = await ec2.send(new CreateTrafficMirrorFilterCommand({}));
    expect(made.$metadata.attempts).toBe(2);
    expect(sandbox.ec2().describeTrafficMirrorFilters({}).TrafficMirrorFilters).toHaveLength(1);
    sandbox.faults.add({ match: { action: 'CreateVpc' }, times: 1, fault: cut });
    const dry = await ec2
      .send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true }))
      .catch((e: unknown) => e);
    expect(categorize(dry).category).toBe('dry-run');
    sandbox.faults.add({ match: { action: 'CreateTags' }, times: 1, fault: cut });
    await ec2.send(
      new CreateTagsCommand({
        Resources: [made.TrafficMirrorFilter?.TrafficMirrorFilterId ?? ''],
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
    ec2.destroy();
  });

  test('is repeated when the caller says that it may be', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox, { repeatable: ['CreateVpc'] });
    sandbox.faults.add({ match: { action: 'CreateVpc' }, times: 1, fault: { kind: 'cut', when: 'before' } });
    await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    expect(sandbox.calls.count({ action: 'CreateVpc' })).toBe(2);
    ec2.destroy();
  });

  test('a server error and a page of a proxy leave a write uncertain too', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox);
    const faults: Fault[] = [
      { kind: 'error', code: 'InternalError', status: 500 },
      { kind: 'garbage', status: 502 },
      { kind: 'garbage' },
    ];
    for (const fault of faults) {
      const handle = sandbox.faults.add({ match: { action: 'CreateVpc' }, fault });
      const sent = ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
      await expect(sent).rejects.toBeInstanceOf(AwsUncertainWriteError);
      expect(handle.struck).toBe(1);
      handle.remove();
    }
    ec2.destroy();
  });
});

describe('a read', () => {
  const transient: readonly Fault[] = [
    { kind: 'throttle' },
    { kind: 'error', code: 'InternalError', status: 500 },
    { kind: 'error', code: 'Unavailable', status: 503 },
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'after' },
    { kind: 'cut', when: 'mid-answer' },
    { kind: 'garbage' },
    { kind: 'garbage', status: 502 },
  ];
  test.each(transient.map((fault) => [JSON.stringify(fault), fault] as const))(
    'survives %s twice',
    async (_, fault) => {
      const sandbox = await openSandbox();
      const ec2 = await client(sandbox, { retryMode: 'standard' });
      sandbox.faults.add({ match: { action: 'DescribeVpcs' }, times: 2, fault });
      const answer = await ec2.send(new DescribeVpcsCommand({}));
      expect(answer.$metadata.attempts).toBe(3);
      ec2.destroy();
    },
  );

  test('ends within its attempts with the error of AWS, which is categorized', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox, { retryMode: 'standard', retry: { attempts: 3 } });
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'throttle' } });
    const error = await ec2.send(new DescribeVpcsCommand({})).catch((e: unknown) => e);
    expect(categorize(error)).toMatchObject({ category: 'throttled', action: 'ec2:DescribeVpcs' });
    expect(sandbox.calls.count({ action: 'DescribeVpcs' })).toBe(3);
    ec2.destroy();
  });

  test('begins no wait that would end after its budget of time', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox, {
      retryMode: 'standard',
      retry: { attempts: 50, totalMs: 0, baseDelayMs: 60_000 },
    });
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'throttle' } });
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
    });
    expect(sandbox.calls.count({ action: 'DescribeVpcs' })).toBe(1);
    ec2.destroy();
  });

  test('throttling is surfaced when a pacer wants to see it', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox, { retry: { retryThrottled: false } });
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'throttle' } });
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
    });
    expect(sandbox.calls.count({ action: 'DescribeVpcs' })).toBe(1);
    ec2.destroy();
  });

  test('adaptive mode comes through throttling', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox);
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, times: 2, fault: { kind: 'throttle' } });
    await ec2.send(new DescribeVpcsCommand({}));
    expect(sandbox.calls.count({ action: 'DescribeVpcs' })).toBe(3);
    ec2.destroy();
  });

  test('that is denied names the action', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox);
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'deny' } });
    const error = await ec2.send(new DescribeVpcsCommand({})).catch((e: unknown) => toAwsError(e));
    expect(error).toMatchObject({ code: 'NET_AWS_DENIED', action: 'ec2:DescribeVpcs', exitCode: 3 });
    ec2.destroy();
  });

  test('with an expired token says so', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox);
    sandbox.faults.add({
      fault: { kind: 'error', code: 'RequestExpired', message: 'Request has expired.', status: 400 },
    });
    const error = await ec2.send(new DescribeVpcsCommand({})).catch((e: unknown) => toAwsError(e));
    expect(error).toMatchObject({
      code: 'NET_AWS_CREDENTIALS',
      category: 'expired-credentials',
      exitCode: 3,
    });
    ec2.destroy();
  });

  test('is aborted by its signal while it waits to try again', async () => {
    const sandbox = await openSandbox();
    const ec2 = await client(sandbox, {
      retryMode: 'standard',
      retry: { baseDelayMs: 600_000, maxDelayMs: 600_000, totalMs: 6e9 },
    });
    const controller = new AbortController();
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'throttle' } });
    const sent = ec2.send(new DescribeVpcsCommand({}), { abortSignal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    ec2.destroy();
  });
});

describe('lists', () => {
  test('are read to their last page, whatever the size, and leave the input alone', async () => {
    const sandbox = await openSandbox({ quotas: { vpcsPerRegion: 50 } });
    for (let index = 0; index < 23; index++) sandbox.ec2().createVpc({ CidrBlock: `10.${index}.0.0/16` });
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'small-pages', size: 5 } });
    const ec2 = await client(sandbox);
    const input = {};
    const vpcs = await allItems(paginateDescribeVpcs, ec2, input, (page) => page.Vpcs);
    expect(vpcs.length).toBe(vpcCount(sandbox));
    expect(new Set(vpcs.map((vpc) => vpc.VpcId)).size).toBe(vpcs.length);
    expect(input).toEqual({});
    expect(sandbox.calls.count({ action: 'DescribeVpcs' })).toBeGreaterThan(4);
    ec2.destroy();
  });

  test('stop at an abort and at a list without end', async () => {
    const sandbox = await openSandbox({ quotas: { vpcsPerRegion: 50 } });
    for (let index = 0; index < 9; index++) sandbox.ec2().createVpc({ CidrBlock: `10.${index}.0.0/16` });
    sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'small-pages', size: 2 } });
    const ec2 = await client(sandbox);
    await expect(
      allItems(paginateDescribeVpcs, ec2, {}, (page) => page.Vpcs, { maxPages: 2 }),
    ).rejects.toMatchObject({ code: 'NET_AWS_PAGES' });
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      const pages = eachItem(paginateDescribeVpcs, ec2, {}, (page) => page.Vpcs, {
        signal: controller.signal,
      });
      for await (const _ of pages) controller.abort(new DOMException('stop', 'AbortError'));
    };
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
    ec2.destroy();
  });
});

test('readCaller names account and identity', async () => {
  const sandbox = await openSandbox();
  const caller = await readCaller(await sandboxSession(sandbox));
  expect(caller).toEqual({ accountId: '123456789012', arn: 'arn:aws:iam::123456789012:root' });
});
