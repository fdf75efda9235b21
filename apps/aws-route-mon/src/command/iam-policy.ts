import { type PolicyDocument, policyDocument } from '@net/aws-core';

/** What of the options decides about the permissions that are needed. */
export interface PolicyNeeds {
  readonly create: boolean;
  readonly fixSourceDestCheck: boolean;
  readonly routeTables: readonly string[];
}

/**
 * The least policy. EC2's describe calls know no resources; writes are allowed to the named tables, or to all when
 * tables are found by an expression ("Actions, resources, and condition keys for Amazon EC2", Service Authorization
 * Reference).
 */
export function routeMonPolicy(needs: PolicyNeeds): PolicyDocument {
  const tables =
    needs.routeTables.length === 0 ? '*' : needs.routeTables.map((id) => `arn:*:ec2:*:*:route-table/${id}`);
  return policyDocument([
    {
      Sid: 'Look',
      Effect: 'Allow',
      Action: [
        'ec2:DescribeInstanceStatus',
        'ec2:DescribeInstances',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
      ],
      Resource: '*',
    },
    {
      Sid: 'PointRoutesHere',
      Effect: 'Allow',
      Action: needs.create ? ['ec2:CreateRoute', 'ec2:ReplaceRoute'] : ['ec2:ReplaceRoute'],
      Resource: tables,
    },
    ...(needs.fixSourceDestCheck
      ? [
          {
            Sid: 'ForwardForOthers',
            Effect: 'Allow' as const,
            Action: 'ec2:ModifyNetworkInterfaceAttribute',
            Resource: '*',
          },
        ]
      : []),
  ]);
}
