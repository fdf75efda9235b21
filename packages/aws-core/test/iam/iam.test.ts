import { describe, expect, test } from '@jest/globals';
import { CreateVpcCommand, DescribeVpcsCommand, EC2Client, ReplaceRouteCommand } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';

import { propertyOptions } from '@net/testing';

import {
  coversExactly,
  createCallRecorder,
  createClient,
  iamActionsOf,
  leastPolicy,
  matchesPattern,
  policyDocument,
  printPolicy,
} from '../../src/index.js';
import { openSandbox, sandboxSession } from '../open-sandbox.js';

describe('names of actions', () => {
  test.each([
    ['EC2', 'ReplaceRoute', {}, ['ec2:ReplaceRoute']],
    ['EC2', 'CreateVpc', { TagSpecifications: [{}] }, ['ec2:CreateVpc', 'ec2:CreateTags']],
    ['S3', 'ListObjectsV2', {}, ['s3:ListBucket']],
    ['S3', 'HeadObject', {}, ['s3:GetObject']],
    ['S3', 'CopyObject', {}, ['s3:GetObject', 's3:PutObject']],
    ['SQS', 'DeleteMessageBatch', {}, ['sqs:DeleteMessage']],
    ['CloudWatch Logs', 'FilterLogEvents', {}, ['logs:FilterLogEvents']],
    [
      'Elastic Load Balancing v2',
      'CreateLoadBalancer',
      { Tags: [{}] },
      ['elasticloadbalancing:CreateLoadBalancer', 'elasticloadbalancing:AddTags'],
    ],
    ['Elastic Load Balancing', 'DescribeLoadBalancers', {}, ['elasticloadbalancing:DescribeLoadBalancers']],
    ['Auto Scaling', 'DescribeAutoScalingGroups', {}, ['autoscaling:DescribeAutoScalingGroups']],
    ['Some New Service', 'DoIt', {}, ['somenewservice:DoIt']],
  ] as const)('%s %s', (service, operation, input, actions) => {
    expect(iamActionsOf(service, operation, input)).toEqual(actions);
  });
});

describe('recorded calls', () => {
  test('become the least policy, which covers them exactly and lets them through', async () => {
    const sandbox = await openSandbox();
    const session = await sandboxSession(sandbox);
    const recorder = createCallRecorder();
    const place = { region: 'eu-west-1', accountId: '123456789012' };
    const ec2 = recorder.watch(await createClient(session, EC2Client), place);
    const sts = recorder.watch(await createClient(session, STSClient), place);
    const work = async (client: EC2Client): Promise<void> => {
      await client.send(new DescribeVpcsCommand({}));
      await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    };
    await work(ec2);
    await sts.send(new GetCallerIdentityCommand({}));
    const replace = {
      RouteTableId: 'rtb-0123456789abcdef0',
      DestinationCidrBlock: '0.0.0.0/0',
      GatewayId: 'igw-0123456789abcdef0',
    };
    await ec2.send(new ReplaceRouteCommand(replace)).catch(() => undefined);
    expect(recorder.counts()).toMatchObject({ 'ec2:CreateVpc': 1, 'sts:GetCallerIdentity': 1 });
    expect(recorder.calls().map((call) => call.action)).toEqual([
      'ec2:CreateVpc',
      'ec2:DescribeVpcs',
      'ec2:ReplaceRoute',
    ]);
    const policy = recorder.policy();
    expect(coversExactly(policy, recorder.calls())).toEqual({ isExact: true, missing: [], unused: [] });
    expect(printPolicy(policy)).toContain(
      'arn:aws:ec2:eu-west-1:123456789012:route-table/rtb-0123456789abcdef0',
    );

    const user = sandbox.iam.createUser('123456789012', 'least', policy);
    const least = await sandboxSession(sandbox, {
      accessKeyId: user.accessKeyId,
      secretAccessKey: user.secretAccessKey,
    });
    const client = await createClient(least, EC2Client);
    await work(client);
    ec2.destroy();
    sts.destroy();
    client.destroy();
  });

  test('what a policy lacks and what it has too much are named', () => {
    const policy = policyDocument([
      { Effect: 'Allow', Action: ['ec2:Describe*', 'ec2:DeleteVpc'], Resource: '*' },
      { Effect: 'Deny', Action: 'ec2:CreateVpc', Resource: '*' },
      { Effect: 'Allow', Action: 'ec2:ReplaceRoute', Resource: 'arn:aws:ec2:eu-west-1:*:route-table/rtb-1*' },
    ]);
    const calls = [
      { action: 'ec2:DescribeVpcs', resources: [] },
      { action: 'ec2:CreateVpc', resources: [] },
      { action: 'ec2:ReplaceRoute', resources: ['arn:aws:ec2:eu-west-1:1:route-table/rtb-2'] },
    ];
    expect(coversExactly(policy, calls)).toEqual({
      isExact: false,
      missing: ['ec2:CreateVpc on *', 'ec2:ReplaceRoute on arn:aws:ec2:eu-west-1:1:route-table/rtb-2'],
      unused: ['ec2:DeleteVpc'],
    });
  });

  test('the least policy of any calls covers them exactly', () => {
    const call = fc.record({
      action: fc.stringMatching(/^(ec2|s3|logs):[A-Z][A-Za-z]{1,12}$/),
      resources: fc.uniqueArray(fc.stringMatching(/^arn:aws:ec2:eu-west-1:1:vpc\/[a-f0-9]{1,8}$/), {
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(call, { selector: (each) => each.action, maxLength: 12 }), (calls) => {
        expect(coversExactly(leastPolicy(calls), calls).isExact).toBe(true);
      }),
      propertyOptions(200),
    );
  });
});

test('patterns match as the obvious regular expression does', () => {
  const pattern = fc.stringMatching(/^[ab*?]{0,12}$/);
  const value = fc.stringMatching(/^[ab]{0,12}$/);
  fc.assert(
    fc.property(pattern, value, (glob, text) => {
      const reference = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(matchesPattern(glob, text)).toBe(reference.test(text));
    }),
    propertyOptions(1000),
  );
});
