import { ApiError } from '../errors.js';
import { formatCidr, parseCidr } from './cidr.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import type { MirrorRule } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const ruleFilters: FilterTable<MirrorRule> = {
  description: (rule) => rule.description,
  'destination-cidr-block': (rule) => rule.destinationCidr,
  protocol: (rule) => rule.protocol,
  'rule-action': (rule) => rule.action,
  'rule-number': (rule) => rule.ruleNumber,
  'source-cidr-block': (rule) => rule.sourceCidr,
  'traffic-direction': (rule) => rule.direction,
  'traffic-mirror-filter-id': (rule) => rule.filterId,
  'traffic-mirror-filter-rule-id': (rule) => rule.id,
};

export const mirrorRuleOperations: Ec2Operations<
  | 'CreateTrafficMirrorFilterRule'
  | 'ModifyTrafficMirrorFilterRule'
  | 'DeleteTrafficMirrorFilterRule'
  | 'DescribeTrafficMirrorFilterRules'
> = {
  CreateTrafficMirrorFilterRule: {
    access: 'write',
    accepts: [
      'TrafficMirrorFilterId',
      'TrafficDirection',
      'RuleNumber',
      'RuleAction',
      'DestinationCidrBlock',
      'SourceCidrBlock',
      'Protocol',
      'DestinationPortRange',
      'SourcePortRange',
      'Description',
      'TagSpecifications',
    ],
    resources: ['TrafficMirrorFilterId'],
    run: (context, input) => {
      const { state, world } = context;
      const filter = need(state.mirrorFilters, 'mirrorFilter', input.TrafficMirrorFilterId ?? '');
      const rule: MirrorRule = {
        id: world.newId('tmfr'),
        filterId: filter.id,
        direction: readWord(input.TrafficDirection, ['ingress', 'egress'], 'trafficDirection'),
        ruleNumber: input.RuleNumber ?? 0,
        action: readWord(input.RuleAction, ['accept', 'reject'], 'ruleAction'),
        protocol: input.Protocol,
        sourceCidr: readCidr(input.SourceCidrBlock, 'sourceCidrBlock'),
        destinationCidr: readCidr(input.DestinationCidrBlock, 'destinationCidrBlock'),
        sourcePorts: readPorts(input.SourcePortRange),
        destinationPorts: readPorts(input.DestinationPortRange),
        description: input.Description,
      };
      const siblings = Object.values(state.mirrorRules).filter((other) => other.filterId === filter.id);
      checkRule(rule, siblings);
      if (siblings.length >= world.settings.quotas.mirrorRulesPerFilter) {
        throw new ApiError(
          'TrafficMirrorFilterRuleLimitExceeded',
          `The maximum number of rules of ${filter.id} has been reached.`,
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'traffic-mirror-filter-rule');
      context.willChange();
      state.mirrorRules[rule.id] = rule;
      setTags(state, rule.id, tags);
      return { TrafficMirrorFilterRule: viewMirrorRule(context, rule), ClientToken: input.ClientToken };
    },
  },
  ModifyTrafficMirrorFilterRule: {
    access: 'write',
    accepts: [
      'TrafficMirrorFilterRuleId',
      'TrafficDirection',
      'RuleNumber',
      'RuleAction',
      'DestinationCidrBlock',
      'SourceCidrBlock',
      'Protocol',
      'DestinationPortRange',
      'SourcePortRange',
      'Description',
      'RemoveFields',
    ],
    resources: ['TrafficMirrorFilterRuleId'],
    run: (context, input) => {
      const { state } = context;
      const rule = need(state.mirrorRules, 'mirrorRule', input.TrafficMirrorFilterRuleId ?? '');
      const gone = new Set<string>(input.RemoveFields);
      const changed: MirrorRule = {
        ...rule,
        direction:
          input.TrafficDirection === undefined
            ? rule.direction
            : readWord(input.TrafficDirection, ['ingress', 'egress'], 'trafficDirection'),
        action:
          input.RuleAction === undefined
            ? rule.action
            : readWord(input.RuleAction, ['accept', 'reject'], 'ruleAction'),
        ruleNumber: input.RuleNumber ?? rule.ruleNumber,
        sourceCidr:
          input.SourceCidrBlock === undefined
            ? rule.sourceCidr
            : readCidr(input.SourceCidrBlock, 'sourceCidrBlock'),
        destinationCidr:
          input.DestinationCidrBlock === undefined
            ? rule.destinationCidr
            : readCidr(input.DestinationCidrBlock, 'destinationCidrBlock'),
        protocol: gone.has('protocol') ? undefined : (input.Protocol ?? rule.protocol),
        sourcePorts: gone.has('source-port-range')
          ? undefined
          : (readPorts(input.SourcePortRange) ?? rule.sourcePorts),
        destinationPorts: gone.has('destination-port-range')
          ? undefined
          : (readPorts(input.DestinationPortRange) ?? rule.destinationPorts),
        description: gone.has('description') ? undefined : (input.Description ?? rule.description),
      };
      for (const field of gone)
        readWord(
          field,
          ['destination-port-range', 'source-port-range', 'protocol', 'description'],
          'removeField',
        );
      const siblings = Object.values(state.mirrorRules).filter(
        (other) => other.filterId === rule.filterId && other !== rule,
      );
      checkRule(changed, siblings);
      context.willChange();
      Object.assign(rule, changed);
      return { TrafficMirrorFilterRule: viewMirrorRule(context, rule) };
    },
  },
  DeleteTrafficMirrorFilterRule: {
    access: 'write',
    accepts: ['TrafficMirrorFilterRuleId'],
    resources: ['TrafficMirrorFilterRuleId'],
    run: (context, input) => {
      const { state } = context;
      const rule = need(state.mirrorRules, 'mirrorRule', input.TrafficMirrorFilterRuleId ?? '');
      context.willChange();
      Reflect.deleteProperty(state.mirrorRules, rule.id);
      forgetTags(state, rule.id);
      return { TrafficMirrorFilterRuleId: rule.id };
    },
  },
  DescribeTrafficMirrorFilterRules: {
    access: 'read',
    accepts: ['TrafficMirrorFilterRuleIds', 'TrafficMirrorFilterId', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const filterId = input.TrafficMirrorFilterId;
      if (filterId !== undefined) need(context.state.mirrorFilters, 'mirrorFilter', filterId);
      const page = list(context, {
        kind: 'mirrorRule',
        records: context.state.mirrorRules,
        ids: input.TrafficMirrorFilterRuleIds,
        filters: [
          ...(input.Filters ?? []),
          ...(filterId === undefined ? [] : [{ Name: 'traffic-mirror-filter-id', Values: [filterId] }]),
        ],
        table: ruleFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (rule) => rule.id,
      });
      return {
        TrafficMirrorFilterRules: page.items.map((rule) => viewMirrorRule(context, rule)),
        NextToken: page.nextToken,
      };
    },
  },
};

/** A rule as the API shows it. */
export function viewMirrorRule(
  context: Ec2Context,
  rule: MirrorRule,
): NonNullable<OutputOf<'CreateTrafficMirrorFilterRule'>['TrafficMirrorFilterRule']> {
  return {
    TrafficMirrorFilterRuleId: rule.id,
    TrafficMirrorFilterId: rule.filterId,
    TrafficDirection: rule.direction,
    RuleNumber: rule.ruleNumber,
    RuleAction: rule.action,
    Protocol: rule.protocol,
    SourceCidrBlock: rule.sourceCidr,
    DestinationCidrBlock: rule.destinationCidr,
    SourcePortRange: rule.sourcePorts && { FromPort: rule.sourcePorts.from, ToPort: rule.sourcePorts.to },
    DestinationPortRange: rule.destinationPorts && {
      FromPort: rule.destinationPorts.from,
      ToPort: rule.destinationPorts.to,
    },
    Description: rule.description,
    Tags: tagsOf(context.state, rule.id),
  };
}

function checkRule(rule: MirrorRule, siblings: readonly MirrorRule[]): void {
  if (!Number.isInteger(rule.ruleNumber) || rule.ruleNumber < 1 || rule.ruleNumber > 32_766) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${rule.ruleNumber}) for parameter ruleNumber is invalid. It must be between 1 and 32766.`,
    );
  }
  if (
    rule.protocol !== undefined &&
    (!Number.isInteger(rule.protocol) || rule.protocol < 0 || rule.protocol > 255)
  ) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${rule.protocol}) for parameter protocol is invalid.`,
    );
  }
  if (rule.sourceCidr.includes(':') !== rule.destinationCidr.includes(':')) {
    throw new ApiError(
      'InvalidParameterValue',
      'The source and destination CIDR blocks must be of the same address family.',
    );
  }
  const hasPorts = (rule.sourcePorts ?? rule.destinationPorts) !== undefined;
  if (hasPorts && rule.protocol !== 6 && rule.protocol !== 17) {
    throw new ApiError('InvalidParameterValue', 'Port ranges can be given only for TCP (6) and UDP (17).');
  }
  if (siblings.some((other) => other.direction === rule.direction && other.ruleNumber === rule.ruleNumber)) {
    throw new ApiError(
      'TrafficMirrorFilterRuleAlreadyExists',
      `The ${rule.direction} rule number ${rule.ruleNumber} already exists in ${rule.filterId}.`,
    );
  }
}

function readWord<Word extends string>(
  given: string | undefined,
  words: readonly Word[],
  name: string,
): Word {
  const word = words.find((candidate) => candidate === given);
  if (word === undefined)
    throw new ApiError('InvalidParameterValue', `Value (${given ?? ''}) for parameter ${name} is invalid.`);
  return word;
}

function readCidr(text: string | undefined, name: string): string {
  const cidr = parseCidr(text ?? '');
  if (!cidr)
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${text ?? ''}) for parameter ${name} is invalid. This is not a valid CIDR block.`,
    );
  return formatCidr(cidr);
}

function readPorts(
  range: { readonly FromPort?: number | undefined; readonly ToPort?: number | undefined } | undefined,
): MirrorRule['sourcePorts'] {
  if (!range) return undefined;
  const from = range.FromPort ?? range.ToPort ?? 0;
  const to = range.ToPort ?? from;
  if (!(from >= 0 && to >= from && to <= 65_535)) {
    throw new ApiError('InvalidParameterValue', `The port range ${from}-${to} is invalid.`);
  }
  return { from, to };
}
