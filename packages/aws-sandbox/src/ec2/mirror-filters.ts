import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import { viewMirrorRule } from './mirror-rules.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import type { MirrorFilter } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const filterFilters: FilterTable<MirrorFilter> = {
  description: (filter) => filter.description,
  'traffic-mirror-filter-id': (filter) => filter.id,
};

export const mirrorFilterOperations: Ec2Operations<
  | 'CreateTrafficMirrorFilter'
  | 'DeleteTrafficMirrorFilter'
  | 'DescribeTrafficMirrorFilters'
  | 'ModifyTrafficMirrorFilterNetworkServices'
> = {
  CreateTrafficMirrorFilter: {
    access: 'write',
    accepts: ['Description', 'TagSpecifications'],
    run: (context, input) => {
      const { state, world } = context;
      if (Object.keys(state.mirrorFilters).length >= world.settings.quotas.mirrorFilters) {
        throw new ApiError(
          'TrafficMirrorFilterLimitExceeded',
          'The maximum number of traffic mirror filters has been reached.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'traffic-mirror-filter');
      context.willChange();
      const filter: MirrorFilter = {
        id: world.newId('tmf'),
        description: input.Description,
        networkServices: [],
      };
      state.mirrorFilters[filter.id] = filter;
      setTags(state, filter.id, tags);
      return { TrafficMirrorFilter: viewFilter(context, filter), ClientToken: input.ClientToken };
    },
  },
  DeleteTrafficMirrorFilter: {
    access: 'write',
    accepts: ['TrafficMirrorFilterId'],
    resources: ['TrafficMirrorFilterId'],
    run: (context, input) => {
      const { state } = context;
      const filter = need(state.mirrorFilters, 'mirrorFilter', input.TrafficMirrorFilterId ?? '');
      if (Object.values(state.mirrorSessions).some((session) => session.filterId === filter.id)) {
        throw new ApiError(
          'TrafficMirrorFilterInUse',
          `The traffic mirror filter ${filter.id} is in use by a traffic mirror session.`,
        );
      }
      context.willChange();
      for (const rule of Object.values(state.mirrorRules)) {
        if (rule.filterId !== filter.id) continue;
        Reflect.deleteProperty(state.mirrorRules, rule.id);
        forgetTags(state, rule.id);
      }
      Reflect.deleteProperty(state.mirrorFilters, filter.id);
      forgetTags(state, filter.id);
      return { TrafficMirrorFilterId: filter.id };
    },
  },
  DescribeTrafficMirrorFilters: {
    access: 'read',
    accepts: ['TrafficMirrorFilterIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'mirrorFilter',
        records: context.state.mirrorFilters,
        ids: input.TrafficMirrorFilterIds,
        filters: input.Filters,
        table: filterFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (filter) => filter.id,
      });
      return {
        TrafficMirrorFilters: page.items.map((filter) => viewFilter(context, filter)),
        NextToken: page.nextToken,
      };
    },
  },
  ModifyTrafficMirrorFilterNetworkServices: {
    access: 'write',
    accepts: ['TrafficMirrorFilterId', 'AddNetworkServices', 'RemoveNetworkServices'],
    resources: ['TrafficMirrorFilterId'],
    run: (context, input) => {
      const filter = need(context.state.mirrorFilters, 'mirrorFilter', input.TrafficMirrorFilterId ?? '');
      const added: readonly string[] = input.AddNetworkServices ?? [];
      const removed: readonly string[] = input.RemoveNetworkServices ?? [];
      for (const service of [...added, ...removed]) {
        if (service !== 'amazon-dns') {
          throw new ApiError(
            'InvalidParameterValue',
            `Value (${service}) for parameter networkServices is invalid.`,
          );
        }
      }
      context.willChange();
      if (removed.length > 0) filter.networkServices = [];
      if (added.length > 0) filter.networkServices = ['amazon-dns'];
      return { TrafficMirrorFilter: viewFilter(context, filter) };
    },
  },
};

function viewFilter(
  context: Ec2Context,
  filter: MirrorFilter,
): NonNullable<OutputOf<'CreateTrafficMirrorFilter'>['TrafficMirrorFilter']> {
  const rules = Object.values(context.state.mirrorRules)
    .filter((rule) => rule.filterId === filter.id)
    .sort((a, b) => a.ruleNumber - b.ruleNumber);
  return {
    TrafficMirrorFilterId: filter.id,
    Description: filter.description,
    IngressFilterRules: rules
      .filter((rule) => rule.direction === 'ingress')
      .map((rule) => viewMirrorRule(context, rule)),
    EgressFilterRules: rules
      .filter((rule) => rule.direction === 'egress')
      .map((rule) => viewMirrorRule(context, rule)),
    NetworkServices: filter.networkServices,
    Tags: tagsOf(context.state, filter.id),
  };
}
