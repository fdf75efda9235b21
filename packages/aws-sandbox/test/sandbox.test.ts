import { EC2 } from '@aws-sdk/client-ec2';
import { STS } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test } from '@jest/globals';

import { type Sandbox, type SandboxOptions, createSandbox, virtualClock } from '../src/index.js';

const open: Sandbox[] = [];

async function sandboxWith(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await createSandbox(options);
  open.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

describe('accounts and regions', () => {
  test('each account and region has a world of its own', async () => {
    const sandbox = await sandboxWith();
    const here = new EC2(sandbox.client('eu-west-1'));
    const there = new EC2(sandbox.client('us-east-1'));
    const other = new EC2(sandbox.client('eu-west-1', '210987654321'));
    await here.createVpc({ CidrBlock: '10.0.0.0/16' });
    expect((await here.describeVpcs({})).Vpcs).toHaveLength(1);
    expect((await there.describeVpcs({})).Vpcs).toEqual([]);
    expect((await other.describeVpcs({})).Vpcs).toEqual([]);
  });

  test('AssumeRole gives keys that act in the other account until they expire', async () => {
    const clock = virtualClock();
    const sandbox = await sandboxWith({ clock });
    const sts = new STS({ ...sandbox.client(), maxAttempts: 1 });
    const { Credentials: keys } = await sts.assumeRole({
      RoleArn: 'arn:aws:iam::210987654321:role/reader',
      RoleSessionName: 'session',
      DurationSeconds: 900,
    });
    const credentials = {
      accessKeyId: keys?.AccessKeyId ?? '',
      secretAccessKey: keys?.SecretAccessKey ?? '',
      sessionToken: keys?.SessionToken ?? '',
    };
    const assumed = new STS({ ...sandbox.client(), credentials, maxAttempts: 1 });
    expect(await assumed.getCallerIdentity({})).toMatchObject({
      Account: '210987654321',
      Arn: 'arn:aws:sts::210987654321:assumed-role/reader/session',
    });
    clock.advance(900_000);
    await expect(assumed.getCallerIdentity({})).rejects.toMatchObject({ name: 'ExpiredToken' });
  });
});

describe('signatures', () => {
  test('right signatures pass, wrong secrets and unknown keys do not', async () => {
    const sandbox = await sandboxWith({ verifySignatures: true });
    const { credentials } = sandbox.client();
    await expect(new EC2(sandbox.client()).describeVpcs({})).resolves.toMatchObject({ Vpcs: [] });
    const wrong = new EC2({ ...sandbox.client(), credentials: { ...credentials, secretAccessKey: 'wrong' } });
    await expect(wrong.describeVpcs({})).rejects.toMatchObject({ name: 'AuthFailure' });
    const wrongSts = new STS({
      ...sandbox.client(),
      credentials: { ...credentials, secretAccessKey: 'wrong' },
    });
    await expect(wrongSts.getCallerIdentity({})).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const unknown = new EC2({
      ...sandbox.client(),
      credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' },
    });
    await expect(unknown.describeVpcs({})).rejects.toMatchObject({ name: 'AuthFailure' });
  });
});

describe('what is not simulated', () => {
  test('an operation gets the error that AWS has for an unknown one', async () => {
    const sandbox = await sandboxWith();
    await expect(new EC2(sandbox.client()).describeImages({})).rejects.toMatchObject({
      name: 'InvalidAction',
    });
    await expect(new STS(sandbox.client()).getFederationToken({ Name: 'x' })).rejects.toMatchObject({
      name: 'InvalidAction',
    });
  });

  test('a member of a simulated operation is refused by name, not ignored', async () => {
    const sandbox = await sandboxWith();
    await expect(
      new EC2(sandbox.client()).createVpc({ CidrBlock: '10.0.0.0/16', Ipv4IpamPoolId: 'ipam-pool-1' }),
    ).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringContaining('Ipv4IpamPoolId'),
    });
    expect(sandbox.ec2().describeVpcs({}).Vpcs).toEqual([]);
  });
});

describe('dump and load', () => {
  test('another sandbox goes on where this one stopped', async () => {
    const first = await sandboxWith();
    const { Vpc: vpc } = await new EC2(first.client()).createVpc({ CidrBlock: '10.0.0.0/16' });
    const dump = JSON.parse(JSON.stringify(first.dump()));
    const second = await sandboxWith({ dump });
    expect((await new EC2(second.client()).describeVpcs({})).Vpcs).toEqual([vpc]);
    expect(second.dump()).toEqual({ ...dump, savedAtMs: expect.any(Number) });
  });
});
