import { EC2 } from '@aws-sdk/client-ec2';
import { STS } from '@aws-sdk/client-sts';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { matchesWildcard } from '../../src/iam/policy.js';
import { openSandbox } from '../open-sandbox.js';

const statement = (Effect: 'Allow' | 'Deny', Action: string, Resource = '*') => ({
  Effect,
  Action,
  Resource,
});

describe('policies', () => {
  test('an identity with policies may do what they allow, on what they allow, and nothing else', async () => {
    const sandbox = await openSandbox();
    const ec2 = sandbox.ec2();
    const VpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId ?? '';
    const one = ec2.createRouteTable({ VpcId }).RouteTable?.RouteTableId ?? '';
    const two = ec2.createRouteTable({ VpcId }).RouteTable?.RouteTableId ?? '';
    const { arn, ...credentials } = sandbox.iam.createUser('123456789012', 'monitor', {
      Version: '2012-10-17',
      Statement: [
        statement('Allow', 'ec2:Describe*'),
        statement('Allow', 'ec2:DeleteRouteTable', `arn:aws:ec2:eu-west-1:123456789012:route-table/${one}`),
        statement('Deny', 'ec2:DescribeSubnets'),
      ],
    });
    const client = new EC2({ ...sandbox.client(), credentials });
    await client.describeVpcs({});
    await expect(client.describeSubnets({})).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining('explicit deny'),
    });
    await expect(client.deleteRouteTable({ RouteTableId: two })).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringMatching(new RegExp(`${arn} .*ec2:DeleteRouteTable on resource: .*${two}`)),
    });
    await client.deleteRouteTable({ RouteTableId: one });
    await expect(client.createVpc({ CidrBlock: '10.1.0.0/16' })).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
    sandbox.iam.detachPolicies(arn);
    await client.createVpc({ CidrBlock: '10.1.0.0/16' });
  });

  test('permission is decided before a dry run and before ids are looked at', async () => {
    const sandbox = await openSandbox();
    const { arn: _, ...credentials } = sandbox.iam.createUser('123456789012', 'nobody', { Statement: [] });
    const client = new EC2({ ...sandbox.client(), credentials });
    await expect(client.deleteVpc({ VpcId: 'vpc-12345678', DryRun: true })).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
  });

  test('role sessions have the role’s policies, narrowed by the session policy', async () => {
    const sandbox = await openSandbox();
    const role = sandbox.iam.createRole('123456789012', 'reader', {
      Statement: statement('Allow', 'ec2:Describe*'),
    });
    const sts = new STS(sandbox.client());
    const assume = async (Policy?: object) => {
      const { Credentials: keys } = await sts.assumeRole({
        RoleArn: role.arn,
        RoleSessionName: 'test',
        ...(Policy ? { Policy: JSON.stringify(Policy) } : {}),
      });
      const credentials = {
        accessKeyId: keys?.AccessKeyId ?? '',
        secretAccessKey: keys?.SecretAccessKey ?? '',
        sessionToken: keys?.SessionToken ?? '',
      };
      return new EC2({ ...sandbox.client(), credentials });
    };
    const reader = await assume();
    await reader.describeVpcs({});
    await expect(reader.createVpc({ CidrBlock: '10.0.0.0/16' })).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
    const narrow = await assume({ Statement: statement('Allow', 'ec2:DescribeSubnets') });
    await narrow.describeSubnets({});
    await expect(narrow.describeVpcs({})).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    await expect(
      sts.assumeRole({ RoleArn: 'arn:aws:iam::123456789012:role/other', RoleSessionName: 'test' }),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('conditions are refused, not ignored', async () => {
    const sandbox = await openSandbox();
    const conditional = {
      Statement: { ...statement('Allow', '*'), Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    };
    expect(() => sandbox.iam.createUser('123456789012', 'x', conditional)).toThrow(
      'Condition is not supported',
    );
    expect(() => sandbox.iam.attachPolicy('arn:aws:iam::123456789012:user/x', 'not json')).toThrow(
      'not JSON',
    );
  });
});

test('wildcards match as the regular expression of the same meaning does', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 })
    .map((parts) => parts.join(''));
  const value = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, value, (wanted, given) => {
      const expression = new RegExp(`^${wanted.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(matchesWildcard(wanted, given)).toBe(expression.test(given));
    }),
    propertyOptions(500),
  );
});
