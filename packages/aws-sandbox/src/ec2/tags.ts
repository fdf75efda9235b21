import { ApiError } from '../errors.js';
import { type Filter, applyFilters, paginate } from './describe.js';
import { kindOf, notFound, resourceKinds, resourceTypeOf } from './ids.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import type { Ec2State } from './state.js';

export type Tags = Readonly<Record<string, string>>;

interface TagInput {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

interface TagSpecificationInput {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly TagInput[] | undefined;
}

/** The tags that a create call gives to resources of one type; other types are an error. */
export function specifiedTags(
  context: Ec2Context,
  specifications: readonly TagSpecificationInput[] | undefined,
  resourceType: string,
  alsoAllowed: readonly string[] = [],
): Tags {
  let tags: Tags = {};
  for (const { ResourceType: type, Tags: given } of specifications ?? []) {
    if (type === undefined)
      throw new ApiError('MissingParameter', 'The request must contain the parameter ResourceType');
    if (type !== resourceType && !alsoAllowed.includes(type)) {
      throw new ApiError(
        'InvalidParameterValue',
        `'${type}' is not a valid taggable resource type for this operation.`,
      );
    }
    if (type === resourceType) tags = { ...tags, ...readTags(context, given ?? []) };
  }
  return tags;
}

export function setTags(state: Ec2State, id: string, tags: Tags): void {
  if (Object.keys(tags).length > 0) state.tags[id] = { ...state.tags[id], ...tags };
}

/** Tags as answers have them. */
export function tagsOf(state: Ec2State, id: string): { Key: string; Value: string }[] {
  return Object.entries(state.tags[id] ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** Removes all that a resource leaves behind in the tag store. */
export function forgetTags(state: Ec2State, id: string): void {
  Reflect.deleteProperty(state.tags, id);
}

export const tagOperations: Ec2Operations<'CreateTags' | 'DeleteTags' | 'DescribeTags'> = {
  CreateTags: {
    access: 'write',
    accepts: ['Resources', 'Tags'],
    resources: ['Resources'],
    run: (context, input) => {
      const tags = readTags(context, input.Tags ?? []);
      const ids = existing(context, input.Resources ?? []);
      const limit = context.world.settings.quotas.tagsPerResource;
      for (const id of ids) {
        const count = Object.keys({ ...context.state.tags[id], ...tags }).length;
        if (count > limit)
          throw new ApiError(
            'TagLimitExceeded',
            'The maximum number of Tags for a resource has been reached.',
          );
      }
      context.willChange();
      for (const id of ids) setTags(context.state, id, tags);
      return {};
    },
  },
  DeleteTags: {
    access: 'write',
    accepts: ['Resources', 'Tags'],
    resources: ['Resources'],
    run: (context, input) => {
      const ids = existing(context, input.Resources ?? []);
      context.willChange();
      for (const id of ids) {
        const kept = Object.entries(context.state.tags[id] ?? {}).filter(
          ([key, value]) =>
            input.Tags && !input.Tags.some((tag) => tag.Key === key && (tag.Value ?? value) === value),
        );
        forgetTags(context.state, id);
        setTags(context.state, id, Object.fromEntries(kept));
      }
      return {};
    },
  },
  DescribeTags: {
    access: 'read',
    accepts: ['Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const all = Object.entries(context.state.tags).flatMap(([id, tags]) =>
        Object.entries(tags).map(([key, value]) => ({ id, key, value, type: resourceTypeOf(id) ?? '' })),
      );
      const table = {
        key: (tag: (typeof all)[number]) => tag.key,
        'resource-id': (tag: (typeof all)[number]) => tag.id,
        'resource-type': (tag: (typeof all)[number]) => tag.type,
        value: (tag: (typeof all)[number]) => tag.value,
      };
      const filters = (input.Filters ?? []) as readonly Filter[];
      // DescribeTags reads `tag:Key` as that key with these values.
      const plain = filters.filter((filter) => !filter.Name?.startsWith('tag:'));
      const named = filters.filter((filter) => filter.Name?.startsWith('tag:'));
      const matching = applyFilters(context, all, plain, table, (tag) => tag.id).filter((tag) =>
        named.every((filter) => filter.Name === `tag:${tag.key}` && filter.Values?.includes(tag.value)),
      );
      const page = paginate(context, matching, {
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
      });
      return {
        Tags: page.items.map((tag) => ({
          ResourceId: tag.id,
          ResourceType: tag.type as 'vpc',
          Key: tag.key,
          Value: tag.value,
        })),
        NextToken: page.nextToken,
      };
    },
  },
};

function readTags(context: Ec2Context, given: readonly TagInput[]): Tags {
  const tags: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { Key: key, Value: value = '' } of given) {
    if (key === undefined || key === '')
      throw new ApiError('InvalidParameterValue', 'Tag key cannot be null or empty.');
    if (key.startsWith('aws:')) {
      throw new ApiError(
        'InvalidParameterValue',
        `Tag keys starting with 'aws:' are reserved for internal use`,
      );
    }
    if (key.length > 127)
      throw new ApiError('InvalidParameterValue', `Tag key exceeds the maximum length of 127 characters`);
    if (value.length > 255) {
      throw new ApiError('InvalidParameterValue', `Tag value exceeds the maximum length of 255 characters`);
    }
    if (key in tags) throw new ApiError('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
    tags[key] = value;
  }
  if (Object.keys(tags).length > context.world.settings.quotas.tagsPerResource) {
    throw new ApiError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
  }
  return { ...tags };
}

function existing(context: Ec2Context, ids: readonly string[]): readonly string[] {
  for (const id of ids) {
    const kind = kindOf(id);
    if (!kind) throw new ApiError('InvalidID', `The ID '${id}' is not valid`);
    if (!exists(context.state, id)) {
      throw notFound(kind, id);
    }
  }
  return ids;
}

function exists(state: Ec2State, id: string): boolean {
  if (id.startsWith(`${resourceKinds.securityGroupRule.prefix}-`)) {
    return Object.values(state.securityGroups).some((group) => group.rules.some((rule) => rule.id === id));
  }
  return [
    state.vpcs,
    state.subnets,
    state.routeTables,
    state.internetGateways,
    state.vpnGateways,
    state.egressOnlyGateways,
    state.carrierGateways,
    state.localGateways,
    state.natGateways,
    state.transitGateways,
    state.transitGatewayAttachments,
    state.endpoints,
    state.endpointServices,
    state.peerings,
    state.prefixLists,
    state.securityGroups,
    state.instances,
    state.networkInterfaces,
    state.addresses,
    state.mirrorTargets,
    state.mirrorFilters,
    state.mirrorRules,
    state.mirrorSessions,
    state.flowLogs,
  ].some((records) => Object.hasOwn(records, id));
}
