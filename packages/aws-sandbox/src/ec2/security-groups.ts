import { ApiError } from '../errors.js';
import { type FilterTable, applyFilters, list, paginate } from './describe.js';
import { checkId, need, notFound } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import { authorize, revoke, rulesOf, viewPermissions, viewRule } from './security-group-rules.js';
import type { SecurityGroup, SecurityGroupRule } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

function permissionFilters(prefix: string, isEgress: boolean): FilterTable<SecurityGroup> {
  return {
    [`${prefix}.cidr`]: (group) => rulesOf(group, isEgress).map((rule) => rule.cidrIpv4),
    [`${prefix}.from-port`]: (group) => rulesOf(group, isEgress).map((rule) => rule.fromPort),
    [`${prefix}.group-id`]: (group) => rulesOf(group, isEgress).map((rule) => rule.referencedGroupId),
    [`${prefix}.ipv6-cidr`]: (group) => rulesOf(group, isEgress).map((rule) => rule.cidrIpv6),
    [`${prefix}.prefix-list-id`]: (group) => rulesOf(group, isEgress).map((rule) => rule.prefixListId),
    [`${prefix}.protocol`]: (group) => rulesOf(group, isEgress).map((rule) => rule.protocol),
    [`${prefix}.to-port`]: (group) => rulesOf(group, isEgress).map((rule) => rule.toPort),
  };
}

const groupFilters: FilterTable<SecurityGroup> = {
  description: (group) => group.description,
  'group-id': (group) => group.id,
  'group-name': (group) => group.name,
  'owner-id': (group) => group.ownerId,
  'vpc-id': (group) => group.vpcId,
  ...permissionFilters('ip-permission', false),
  ...permissionFilters('egress.ip-permission', true),
};

export const securityGroupOperations: Ec2Operations<
  | 'CreateSecurityGroup'
  | 'DeleteSecurityGroup'
  | 'DescribeSecurityGroups'
  | 'DescribeSecurityGroupRules'
  | 'AuthorizeSecurityGroupIngress'
  | 'AuthorizeSecurityGroupEgress'
  | 'RevokeSecurityGroupIngress'
  | 'RevokeSecurityGroupEgress'
> = {
  CreateSecurityGroup: {
    access: 'write',
    accepts: ['GroupName', 'Description', 'VpcId', 'TagSpecifications'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world } = context;
      const vpcId = input.VpcId ?? Object.values(state.vpcs).find((vpc) => vpc.isDefault)?.id;
      if (vpcId === undefined) throw new ApiError('VPCIdNotSpecified', 'No default VPC for this user');
      const vpc = need(state.vpcs, 'vpc', vpcId);
      const name = input.GroupName ?? '';
      const siblings = Object.values(state.securityGroups).filter((group) => group.vpcId === vpc.id);
      if (name === 'default') {
        throw new ApiError('InvalidGroup.Reserved', `The security group name '${name}' is reserved`);
      }
      if (name.startsWith('sg-')) {
        throw new ApiError('InvalidParameterValue', `invalid value for parameter groupName: ${name}`);
      }
      if (siblings.some((group) => group.name === name)) {
        throw new ApiError(
          'InvalidGroup.Duplicate',
          `The security group '${name}' already exists for VPC '${vpc.id}'`,
        );
      }
      if (siblings.length >= world.settings.quotas.securityGroupsPerVpc) {
        throw new ApiError(
          'SecurityGroupLimitExceeded',
          'The maximum number of security groups has been reached.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'security-group');
      context.willChange();
      const group: SecurityGroup = {
        id: world.newId('sg'),
        name,
        description: input.Description ?? '',
        vpcId: vpc.id,
        ownerId: vpc.ownerId,
        rules: [allEgress(context)],
      };
      state.securityGroups[group.id] = group;
      setTags(state, group.id, tags);
      return { GroupId: group.id, SecurityGroupArn: arnOf(context, group), Tags: tagsOf(state, group.id) };
    },
  },
  DeleteSecurityGroup: {
    access: 'write',
    accepts: ['GroupId', 'GroupName'],
    resources: ['GroupId'],
    run: (context, input) => {
      const { state } = context;
      const group = needGroup(context, input);
      if (group.name === 'default') {
        throw new ApiError(
          'CannotDelete',
          `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
        );
      }
      const inUse =
        Object.values(state.networkInterfaces).some((eni) => eni.groupIds.includes(group.id)) ||
        Object.values(state.securityGroups).some(
          (other) => other !== group && other.rules.some((rule) => rule.referencedGroupId === group.id),
        );
      if (inUse) throw new ApiError('DependencyViolation', `resource ${group.id} has a dependent object`);
      context.willChange();
      Reflect.deleteProperty(state.securityGroups, group.id);
      forgetTags(state, group.id);
      return { Return: true, GroupId: group.id };
    },
  },
  DescribeSecurityGroups: {
    access: 'read',
    accepts: ['GroupIds', 'GroupNames', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const { state } = context;
      for (const id of input.GroupIds ?? []) checkId('securityGroup', id);
      const named = (input.GroupNames ?? []).map((name) => {
        const group = Object.values(state.securityGroups).find((candidate) => candidate.name === name);
        if (!group) throw notFound('securityGroup', name);
        return group.id;
      });
      const page = list(context, {
        kind: 'securityGroup',
        records: state.securityGroups,
        ids: [...(input.GroupIds ?? []), ...named],
        filters: input.Filters,
        table: groupFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (group) => group.id,
      });
      return {
        SecurityGroups: page.items.map((group) => viewGroup(context, group)),
        NextToken: page.nextToken,
      };
    },
  },
  DescribeSecurityGroupRules: {
    access: 'read',
    accepts: ['SecurityGroupRuleIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const all = Object.values(context.state.securityGroups).flatMap((group) =>
        group.rules.map((rule) => ({ group, rule })),
      );
      for (const id of input.SecurityGroupRuleIds ?? []) {
        checkId('securityGroupRule', id);
        if (!all.some(({ rule }) => rule.id === id)) throw notFound('securityGroupRule', id);
      }
      const chosen = input.SecurityGroupRuleIds?.length
        ? all.filter(({ rule }) => input.SecurityGroupRuleIds?.includes(rule.id))
        : all;
      const matching = applyFilters(
        context,
        chosen,
        input.Filters,
        { 'group-id': ({ group }) => group.id, 'security-group-rule-id': ({ rule }) => rule.id },
        ({ rule }) => rule.id,
      );
      const page = paginate(context, matching, {
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
      });
      return {
        SecurityGroupRules: page.items.map(({ group, rule }) => viewRule(context, group, rule)),
        NextToken: page.nextToken,
      };
    },
  },
  AuthorizeSecurityGroupIngress: {
    access: 'write',
    accepts: [
      'GroupId',
      'GroupName',
      'IpPermissions',
      'CidrIp',
      'IpProtocol',
      'FromPort',
      'ToPort',
      'TagSpecifications',
    ],
    resources: ['GroupId'],
    run: (context, input) => authorize(context, needGroup(context, input), input, false),
  },
  AuthorizeSecurityGroupEgress: {
    access: 'write',
    accepts: ['GroupId', 'IpPermissions', 'TagSpecifications'],
    resources: ['GroupId'],
    run: (context, input) => authorize(context, needGroup(context, input), input, true),
  },
  RevokeSecurityGroupIngress: {
    access: 'write',
    accepts: [
      'GroupId',
      'GroupName',
      'IpPermissions',
      'SecurityGroupRuleIds',
      'CidrIp',
      'IpProtocol',
      'FromPort',
      'ToPort',
    ],
    resources: ['GroupId'],
    run: (context, input) => revoke(context, needGroup(context, input), input, false),
  },
  RevokeSecurityGroupEgress: {
    access: 'write',
    accepts: ['GroupId', 'IpPermissions', 'SecurityGroupRuleIds'],
    resources: ['GroupId'],
    run: (context, input) => revoke(context, needGroup(context, input), input, true),
  },
};

/** Adds the default group of a new VPC and returns its id. */
export function createDefaultSecurityGroup(context: Ec2Context, vpcId: string): string {
  const id = context.world.newId('sg');
  context.state.securityGroups[id] = {
    id,
    name: 'default',
    description: 'default VPC security group',
    vpcId,
    ownerId: context.accountId,
    rules: [
      {
        id: context.world.newId('sgr'),
        isEgress: false,
        protocol: '-1',
        fromPort: undefined,
        toPort: undefined,
        referencedGroupId: id,
      },
      allEgress(context),
    ],
  };
  return id;
}

function allEgress(context: Ec2Context): SecurityGroupRule {
  return {
    id: context.world.newId('sgr'),
    isEgress: true,
    protocol: '-1',
    fromPort: undefined,
    toPort: undefined,
    cidrIpv4: '0.0.0.0/0',
  };
}

function needGroup(
  context: Ec2Context,
  input: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): SecurityGroup {
  const { securityGroups } = context.state;
  if (input.GroupId !== undefined) return need(securityGroups, 'securityGroup', input.GroupId);
  const group = Object.values(securityGroups).find((candidate) => candidate.name === input.GroupName);
  if (input.GroupName === undefined)
    throw new ApiError('MissingParameter', 'The request must contain the parameter groupId');
  if (!group) throw notFound('securityGroup', input.GroupName);
  return group;
}

function arnOf(context: Ec2Context, group: SecurityGroup): string {
  return `arn:aws:ec2:${context.region}:${group.ownerId}:security-group/${group.id}`;
}

function viewGroup(
  context: Ec2Context,
  group: SecurityGroup,
): NonNullable<OutputOf<'DescribeSecurityGroups'>['SecurityGroups']>[number] {
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: group.ownerId,
    SecurityGroupArn: arnOf(context, group),
    IpPermissions: viewPermissions(group, false),
    IpPermissionsEgress: viewPermissions(group, true),
    Tags: tagsOf(context.state, group.id),
  };
}
