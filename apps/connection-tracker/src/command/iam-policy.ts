import { type PolicyDocument, policyDocument } from '@net/aws-core';

/** `account`: the role in each account; `tracker`: the credentials that the tracker itself runs with. */
export type PolicyPart = 'account' | 'tracker';

/** Both parts. */
export const policyParts: readonly PolicyPart[] = ['account', 'tracker'];

/** The least policy of a part. What the tracker does not use may be left out: a bucket, an organization. */
export function trackerPolicy(part: PolicyPart): PolicyDocument {
  if (part === 'account') {
    return policyDocument([
      {
        Sid: 'WhatIsPublic',
        Effect: 'Allow',
        Action: [
          'ec2:DescribeAvailabilityZones',
          'ec2:DescribeFlowLogs',
          'ec2:DescribeInstances',
          'ec2:DescribeNetworkInterfaces',
          'elasticloadbalancing:DescribeLoadBalancers',
          'rds:DescribeDBInstances',
        ],
        Resource: '*',
      },
      {
        Sid: 'FlowLogs',
        Effect: 'Allow',
        Action: 'logs:FilterLogEvents',
        Resource: 'arn:*:logs:*:*:log-group:vpc-flowgroup:*',
      },
    ]);
  }
  return policyDocument([
    { Sid: 'EachAccount', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: 'arn:*:iam::*:role/fullstop' },
    { Sid: 'AccountList', Effect: 'Allow', Action: 'organizations:ListAccounts', Resource: '*' },
    {
      Sid: 'Bucket',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: ['arn:*:s3:::flow-logs', 'arn:*:s3:::flow-logs/*'],
    },
  ]);
}
