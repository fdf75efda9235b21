import { ApiError } from '../errors.js';
import { formatCidr, parseCidr } from './cidr.js';
import { need, notFound } from './ids.js';
import type { Ec2Context, InputOf, OutputOf } from './operation.js';
import type { SecurityGroup, SecurityGroupRule } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

type IpPermissions = NonNullable<InputOf<'AuthorizeSecurityGroupIngress'>['IpPermissions']>;

/** The rules of one direction. */
export function rulesOf(group: SecurityGroup, isEgress: boolean): SecurityGroupRule[] {
  return group.rules.filter((rule) => rule.isEgress === isEgress);
}

/** Members of the authorize and revoke calls. */
export interface RuleRequest {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: IpPermissions | undefined;
  readonly CidrIp?: string | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
  readonly TagSpecifications?: Parameters<typeof specifiedTags>[1];
}

/** Adds rules to a group. */
export function authorize(
  context: Ec2Context,
  group: SecurityGroup,
  input: RuleRequest,
  isEgress: boolean,
): OutputOf<'AuthorizeSecurityGroupIngress'> {
  const wanted = readRules(context, input, isEgress);
  if (wanted.length === 0)
    throw new ApiError('MissingParameter', 'The request must contain the parameter ipPermissions');
  for (const rule of wanted) {
    if (group.rules.some((other) => sameRule(other, rule))) {
      throw new ApiError(
        'InvalidPermission.Duplicate',
        `the specified rule "${describeRule(rule)}" already exists`,
      );
    }
  }
  const count = rulesOf(group, isEgress).length + wanted.length;
  if (count > context.world.settings.quotas.rulesPerSecurityGroup) {
    throw new ApiError(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
  }
  const tags = specifiedTags(context, input.TagSpecifications, 'security-group-rule');
  context.willChange();
  group.rules.push(...wanted);
  for (const rule of wanted) setTags(context.state, rule.id, tags);
  return { Return: true, SecurityGroupRules: wanted.map((rule) => viewRule(context, group, rule)) };
}

/** Takes rules away, by id or by value. */
export function revoke(
  context: Ec2Context,
  group: SecurityGroup,
  input: RuleRequest,
  isEgress: boolean,
): OutputOf<'RevokeSecurityGroupIngress'> {
  const own = rulesOf(group, isEgress);
  const byId = (input.SecurityGroupRuleIds ?? []).map((id) => {
    const rule = own.find((candidate) => candidate.id === id);
    if (!rule) throw notFound('securityGroupRule', id);
    return rule;
  });
  const byValue = readRules(context, input, isEgress).map((wanted) => {
    const rule = own.find((candidate) => sameRule(candidate, wanted));
    if (!rule)
      throw new ApiError(
        'InvalidPermission.NotFound',
        'The specified rule does not exist in this security group.',
      );
    return rule;
  });
  const gone = new Set([...byId, ...byValue]);
  if (gone.size === 0)
    throw new ApiError('MissingParameter', 'The request must contain the parameter ipPermissions');
  context.willChange();
  group.rules = group.rules.filter((rule) => !gone.has(rule));
  for (const rule of gone) forgetTags(context.state, rule.id);
  return { Return: true };
}

function readRules(context: Ec2Context, input: RuleRequest, isEgress: boolean): SecurityGroupRule[] {
  const short: IpPermissions =
    input.CidrIp === undefined && input.IpProtocol === undefined
      ? []
      : [
          {
            IpProtocol: input.IpProtocol,
            FromPort: input.FromPort,
            ToPort: input.ToPort,
            IpRanges: [{ CidrIp: input.CidrIp }],
          },
        ];
  return [...short, ...(input.IpPermissions ?? [])].flatMap((permission) => {
    const protocol = readProtocol(permission.IpProtocol);
    const base = {
      isEgress,
      protocol,
      fromPort: protocol === '-1' ? undefined : permission.FromPort,
      toPort: protocol === '-1' ? undefined : permission.ToPort,
    };
    if (
      (protocol === 'tcp' || protocol === 'udp') &&
      (base.fromPort === undefined || base.toPort === undefined || base.fromPort > base.toPort)
    ) {
      throw new ApiError(
        'InvalidParameterValue',
        `Invalid TCP/UDP port range (${String(base.fromPort)}:${String(base.toPort)})`,
      );
    }
    const peers = [
      ...(permission.IpRanges ?? []).map((range) => ({
        cidrIpv4: needCidr(range.CidrIp, 4),
        ...described(range),
      })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({
        cidrIpv6: needCidr(range.CidrIpv6, 6),
        ...described(range),
      })),
      ...(permission.PrefixListIds ?? []).map((prefixList) => {
        need(context.state.prefixLists, 'prefixList', prefixList.PrefixListId ?? '');
        return { prefixListId: prefixList.PrefixListId ?? '', ...described(prefixList) };
      }),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => {
        need(context.state.securityGroups, 'securityGroup', pair.GroupId ?? '');
        return { referencedGroupId: pair.GroupId ?? '', ...described(pair) };
      }),
    ];
    return peers.map((peer) => ({ id: context.world.newId('sgr'), ...base, ...peer }));
  });
}

function described(peer: { readonly Description?: string | undefined }): { description?: string } {
  return peer.Description === undefined ? {} : { description: peer.Description };
}

function readProtocol(text: string | undefined): string {
  const names: Readonly<Record<string, string>> = {
    '6': 'tcp',
    '17': 'udp',
    '1': 'icmp',
    '58': 'icmpv6',
    all: '-1',
  };
  const protocol = text === undefined ? '' : (names[text] ?? text);
  if (!/^(tcp|udp|icmp|icmpv6|-1|\d{1,3})$/.test(protocol)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Invalid value '${protocol}' for IP protocol. Unknown protocol.`,
    );
  }
  return protocol;
}

function needCidr(text: string | undefined, family: 4 | 6): string {
  const cidr = parseCidr(text ?? '');
  if (cidr?.family !== family)
    throw new ApiError('InvalidParameterValue', `CIDR block ${text ?? ''} is malformed`);
  return formatCidr(cidr);
}

function sameRule(a: SecurityGroupRule, b: SecurityGroupRule): boolean {
  return describeRule(a) === describeRule(b);
}

function describeRule(rule: SecurityGroupRule): string {
  const peer = rule.cidrIpv4 ?? rule.cidrIpv6 ?? rule.prefixListId ?? rule.referencedGroupId ?? '';
  return `peer: ${peer}, ${rule.protocol}, from port: ${String(rule.fromPort)}, to port: ${String(rule.toPort)}, ${rule.isEgress ? 'EGRESS' : 'ALLOW'}`;
}

/** Rules as DescribeSecurityGroups groups them: by protocol and ports. */
export function viewPermissions(group: SecurityGroup, isEgress: boolean): IpPermissions {
  const byPorts = new Map<string, IpPermissions[number]>();
  for (const rule of rulesOf(group, isEgress)) {
    const key = `${rule.protocol}|${String(rule.fromPort)}|${String(rule.toPort)}`;
    const permission = byPorts.get(key) ?? {
      IpProtocol: rule.protocol,
      FromPort: rule.fromPort,
      ToPort: rule.toPort,
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    };
    byPorts.set(key, permission);
    const Description = rule.description;
    if (rule.cidrIpv4 !== undefined) permission.IpRanges?.push({ CidrIp: rule.cidrIpv4, Description });
    if (rule.cidrIpv6 !== undefined) permission.Ipv6Ranges?.push({ CidrIpv6: rule.cidrIpv6, Description });
    if (rule.prefixListId !== undefined)
      permission.PrefixListIds?.push({ PrefixListId: rule.prefixListId, Description });
    if (rule.referencedGroupId !== undefined) {
      permission.UserIdGroupPairs?.push({
        GroupId: rule.referencedGroupId,
        UserId: group.ownerId,
        Description,
      });
    }
  }
  return [...byPorts.values()];
}

/** One rule as DescribeSecurityGroupRules shows it. */
export function viewRule(
  context: Ec2Context,
  group: SecurityGroup,
  rule: SecurityGroupRule,
): NonNullable<OutputOf<'DescribeSecurityGroupRules'>['SecurityGroupRules']>[number] {
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: group.id,
    GroupOwnerId: group.ownerId,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    CidrIpv4: rule.cidrIpv4,
    CidrIpv6: rule.cidrIpv6,
    PrefixListId: rule.prefixListId,
    ReferencedGroupInfo:
      rule.referencedGroupId === undefined
        ? undefined
        : { GroupId: rule.referencedGroupId, UserId: group.ownerId },
    Description: rule.description,
    Tags: tagsOf(context.state, rule.id),
  };
}
