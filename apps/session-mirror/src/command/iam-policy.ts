import { type PolicyDocument, type PolicyStatement, policyDocument } from '@net/aws-core';

/** What an identity is for: `read` plans, `write` also taps, `enrol` also sets tags, `targets` also makes targets. */
export type PolicyPart = 'read' | 'write' | 'enrol' | 'targets';

/** All parts, from the least. */
export const policyParts: readonly PolicyPart[] = ['read', 'write', 'enrol', 'targets'];

const read: PolicyStatement = {
  Sid: 'Look',
  Effect: 'Allow',
  Action: [
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeInstances',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeTrafficMirrorFilters',
    'ec2:DescribeTrafficMirrorSessions',
    'ec2:DescribeTrafficMirrorTargets',
    'ec2:DescribeVpcs',
  ],
  Resource: '*',
};

const write: readonly PolicyStatement[] = [
  {
    Sid: 'MirrorSessions',
    Effect: 'Allow',
    Action: [
      'ec2:CreateTrafficMirrorFilter',
      'ec2:CreateTrafficMirrorFilterRule',
      'ec2:CreateTrafficMirrorSession',
      'ec2:DeleteTrafficMirrorFilter',
      'ec2:ModifyTrafficMirrorFilterNetworkServices',
    ],
    Resource: '*',
  },
  {
    Sid: 'ChangeSessions',
    Effect: 'Allow',
    Action: ['ec2:DeleteTrafficMirrorSession', 'ec2:ModifyTrafficMirrorSession'],
    Resource: '*',
  },
  {
    Sid: 'TagWhatIsCreated',
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: ['arn:*:ec2:*:*:traffic-mirror-filter/*', 'arn:*:ec2:*:*:traffic-mirror-session/*'],
  },
];

const enrol: PolicyStatement = {
  Sid: 'SetThePolicy',
  Effect: 'Allow',
  Action: ['ec2:CreateTags', 'ec2:DeleteTags'],
  Resource: ['arn:*:ec2:*:*:instance/*', 'arn:*:ec2:*:*:vpc/*'],
};

const targets: readonly PolicyStatement[] = [
  {
    Sid: 'MakeTargets',
    Effect: 'Allow',
    Action: [
      'ec2:CreateTrafficMirrorTarget',
      'ec2:DeleteTrafficMirrorTarget',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcEndpoints',
      'ec2:DescribeVpcPeeringConnections',
      'elasticloadbalancing:CreateListener',
      'elasticloadbalancing:CreateLoadBalancer',
      'elasticloadbalancing:CreateTargetGroup',
      'elasticloadbalancing:DeleteLoadBalancer',
      'elasticloadbalancing:DeleteTargetGroup',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
      'elasticloadbalancing:RegisterTargets',
    ],
    Resource: '*',
  },
  {
    Sid: 'TagNewTargets',
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: 'arn:*:ec2:*:*:traffic-mirror-target/*',
  },
];

/** The least policy for one of the parts; each holds those before it. */
export function sessionMirrorPolicy(part: PolicyPart): PolicyDocument {
  const upTo = policyParts.indexOf(part);
  return policyDocument([
    read,
    ...(upTo >= 1 ? write : []),
    ...(upTo >= 2 ? [enrol] : []),
    ...(upTo >= 3 ? targets : []),
  ]);
}
