import { ApiError } from '../errors.js';
import type { LoadBalancingContext, LoadBalancingOperations } from './operation.js';
import type { LoadBalancingState } from './state.js';

export const elbTagOperations: LoadBalancingOperations<'AddTags' | 'RemoveTags' | 'DescribeTags'> = {
  AddTags: {
    access: 'write',
    accepts: ['ResourceArns', 'Tags'],
    resources: ['ResourceArns'],
    run: (context, input) => {
      const tags = readElbTags(input.Tags);
      const arns = existing(context, input.ResourceArns ?? []);
      const limit = context.world.settings.quotas.tagsPerResource;
      for (const arn of arns) {
        if (Object.keys({ ...context.state.tags[arn], ...tags }).length > limit) {
          throw new ApiError('TooManyTags', `The maximum number of tags of '${arn}' has been reached`);
        }
      }
      context.willChange();
      for (const arn of arns) setElbTags(context.state, arn, tags);
      return {};
    },
  },
  RemoveTags: {
    access: 'write',
    accepts: ['ResourceArns', 'TagKeys'],
    resources: ['ResourceArns'],
    run: (context, input) => {
      const arns = existing(context, input.ResourceArns ?? []);
      context.willChange();
      for (const arn of arns) {
        context.state.tags[arn] = Object.fromEntries(
          Object.entries(context.state.tags[arn] ?? {}).filter(([key]) => !input.TagKeys?.includes(key)),
        );
      }
      return {};
    },
  },
  DescribeTags: {
    access: 'read',
    accepts: ['ResourceArns'],
    run: (context, input) => {
      const arns = existing(context, input.ResourceArns ?? []);
      if (arns.length > 20)
        throw new ApiError('ValidationError', 'Only 20 resource ARNs can be described in one call');
      return {
        TagDescriptions: arns.map((ResourceArn) => ({
          ResourceArn,
          Tags: Object.entries(context.state.tags[ResourceArn] ?? {}).map(([Key, Value]) => ({ Key, Value })),
        })),
      };
    },
  },
};

export function readElbTags(
  given: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Record<string, string> {
  const keys = (given ?? []).map((tag) => tag.Key ?? '');
  const duplicate = keys.find((key, index) => keys.indexOf(key) !== index);
  if (duplicate !== undefined)
    throw new ApiError('DuplicateTagKeys', `The tag key '${duplicate}' was specified more than once`);
  if (keys.some((key) => key === '' || key.startsWith('aws:'))) {
    throw new ApiError('ValidationError', 'Tag keys cannot be empty and cannot start with aws:');
  }
  return Object.fromEntries((given ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

export function setElbTags(
  state: LoadBalancingState,
  arn: string,
  tags: Readonly<Record<string, string>>,
): void {
  state.tags[arn] = { ...state.tags[arn], ...tags };
}

function existing(context: LoadBalancingContext, arns: readonly string[]): readonly string[] {
  const { loadBalancers, targetGroups, listeners } = context.state;
  for (const arn of arns) {
    if (
      Object.hasOwn(loadBalancers, arn) ||
      Object.hasOwn(targetGroups, arn) ||
      Object.hasOwn(listeners, arn)
    )
      continue;
    if (arn.includes(':targetgroup/'))
      throw new ApiError('TargetGroupNotFound', `Target groups '${arn}' not found`);
    if (arn.includes(':listener/')) throw new ApiError('ListenerNotFound', `Listeners '${arn}' not found`);
    throw new ApiError('LoadBalancerNotFound', `Load balancers '[${arn}]' not found`);
  }
  return arns;
}
