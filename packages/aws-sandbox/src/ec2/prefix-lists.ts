import { ApiError } from '../errors.js';
import { formatCidr, parseCidr } from './cidr.js';
import { list, paginate } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import type { PrefixList } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

export const prefixListOperations: Ec2Operations<
  | 'CreateManagedPrefixList'
  | 'ModifyManagedPrefixList'
  | 'DeleteManagedPrefixList'
  | 'DescribeManagedPrefixLists'
  | 'GetManagedPrefixListEntries'
> = {
  CreateManagedPrefixList: {
    access: 'write',
    accepts: ['PrefixListName', 'Entries', 'MaxEntries', 'AddressFamily', 'TagSpecifications'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      const family = input.AddressFamily;
      if (family !== 'IPv4' && family !== 'IPv6') {
        throw new ApiError(
          'InvalidParameterValue',
          `Value (${family ?? ''}) for parameter addressFamily is invalid.`,
        );
      }
      const name = input.PrefixListName ?? '';
      if (name.startsWith('com.amazonaws')) {
        throw new ApiError('InvalidParameterValue', 'The prefix list name cannot start with com.amazonaws');
      }
      const own = Object.values(state.prefixLists).filter((prefixList) => prefixList.ownerId === accountId);
      if (own.length >= world.settings.quotas.prefixListsPerRegion) {
        throw new ApiError('PrefixListLimitExceeded', 'The maximum number of prefix lists has been reached.');
      }
      const prefixList: PrefixList = {
        id: world.newId('pl'),
        name,
        ownerId: accountId,
        addressFamily: family,
        maxEntries: input.MaxEntries ?? 1,
        version: 1,
        entries: [],
      };
      addEntries(prefixList, input.Entries ?? []);
      const tags = specifiedTags(context, input.TagSpecifications, 'prefix-list');
      context.willChange();
      state.prefixLists[prefixList.id] = prefixList;
      setTags(state, prefixList.id, tags);
      return { PrefixList: viewPrefixList(context, prefixList) };
    },
  },
  ModifyManagedPrefixList: {
    access: 'write',
    accepts: ['PrefixListId', 'CurrentVersion', 'AddEntries', 'RemoveEntries', 'MaxEntries'],
    resources: ['PrefixListId'],
    run: (context, input) => {
      const prefixList = needOwn(context, input.PrefixListId);
      const changesEntries = Boolean(input.AddEntries?.length ?? input.RemoveEntries?.length);
      if (changesEntries && input.CurrentVersion !== prefixList.version) {
        throw new ApiError('PrefixListVersionMismatch', 'The prefix list has the incorrect version number');
      }
      const copy = structuredClone(prefixList);
      copy.maxEntries = input.MaxEntries ?? copy.maxEntries;
      for (const { Cidr: cidr } of input.RemoveEntries ?? []) {
        const canonical = canonicalCidr(copy, cidr);
        if (!copy.entries.some((entry) => entry.cidr === canonical)) {
          throw new ApiError('InvalidParameterValue', `The CIDR ${canonical} is not in the prefix list.`);
        }
        copy.entries = copy.entries.filter((entry) => entry.cidr !== canonical);
      }
      addEntries(copy, input.AddEntries ?? []);
      context.willChange();
      Object.assign(prefixList, copy, { version: prefixList.version + (changesEntries ? 1 : 0) });
      return { PrefixList: viewPrefixList(context, prefixList) };
    },
  },
  DeleteManagedPrefixList: {
    access: 'write',
    accepts: ['PrefixListId'],
    resources: ['PrefixListId'],
    run: (context, input) => {
      const { state } = context;
      const prefixList = needOwn(context, input.PrefixListId);
      const inUse =
        Object.values(state.routeTables).some((table) =>
          table.routes.some((route) => route.destination.value === prefixList.id),
        ) ||
        Object.values(state.securityGroups).some((group) =>
          group.rules.some((rule) => rule.prefixListId === prefixList.id),
        );
      if (inUse) throw new ApiError('PrefixListInUse', `The prefix list ${prefixList.id} is in use.`);
      context.willChange();
      Reflect.deleteProperty(state.prefixLists, prefixList.id);
      forgetTags(state, prefixList.id);
      return { PrefixList: { ...viewPrefixList(context, prefixList), State: 'delete-complete' } };
    },
  },
  DescribeManagedPrefixLists: {
    access: 'read',
    accepts: ['PrefixListIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'prefixList',
        records: context.state.prefixLists,
        ids: input.PrefixListIds,
        filters: input.Filters,
        table: {
          'owner-id': (prefixList) => prefixList.ownerId,
          'prefix-list-id': (prefixList) => prefixList.id,
          'prefix-list-name': (prefixList) => prefixList.name,
        },
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 1, max: 100 },
        idOf: (prefixList) => prefixList.id,
      });
      return {
        PrefixLists: page.items.map((prefixList) => viewPrefixList(context, prefixList)),
        NextToken: page.nextToken,
      };
    },
  },
  GetManagedPrefixListEntries: {
    access: 'read',
    accepts: ['PrefixListId', 'TargetVersion', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const prefixList = need(context.state.prefixLists, 'prefixList', input.PrefixListId ?? '');
      if (input.TargetVersion !== undefined && input.TargetVersion !== prefixList.version) {
        throw new ApiError(
          'UnsupportedOperation',
          'This simulation keeps only the present version of a prefix list.',
        );
      }
      const page = paginate(context, prefixList.entries, {
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 1, max: 100 },
      });
      return {
        Entries: page.items.map(({ cidr, description }) => ({ Cidr: cidr, Description: description })),
        NextToken: page.nextToken,
      };
    },
  },
};

function needOwn(context: Ec2Context, id: string | undefined): PrefixList {
  const prefixList = need(context.state.prefixLists, 'prefixList', id ?? '');
  if (prefixList.ownerId !== context.accountId) {
    throw new ApiError(
      'UnauthorizedOperation',
      `The prefix list ${prefixList.id} belongs to ${prefixList.ownerId}.`,
      403,
    );
  }
  return prefixList;
}

function addEntries(
  prefixList: PrefixList,
  entries: readonly { readonly Cidr?: string | undefined; readonly Description?: string | undefined }[],
): void {
  for (const { Cidr: cidr, Description: description } of entries) {
    const canonical = canonicalCidr(prefixList, cidr);
    prefixList.entries = prefixList.entries.filter((entry) => entry.cidr !== canonical);
    prefixList.entries.push({ cidr: canonical, ...(description === undefined ? {} : { description }) });
  }
  if (prefixList.entries.length > prefixList.maxEntries) {
    throw new ApiError(
      'PrefixListMaxEntriesExceeded',
      `You've reached the maximum number of entries for the prefix list.`,
    );
  }
}

function canonicalCidr(prefixList: PrefixList, text: string | undefined): string {
  const cidr = parseCidr(text ?? '');
  if (cidr?.family !== (prefixList.addressFamily === 'IPv4' ? 4 : 6)) {
    throw new ApiError(
      'InvalidParameterValue',
      `CIDR block ${text ?? ''} is not a valid ${prefixList.addressFamily} CIDR block`,
    );
  }
  return formatCidr(cidr);
}

function viewPrefixList(
  context: Ec2Context,
  prefixList: PrefixList,
): NonNullable<OutputOf<'CreateManagedPrefixList'>['PrefixList']> {
  return {
    PrefixListId: prefixList.id,
    PrefixListArn: `arn:aws:ec2:${context.region}:${prefixList.ownerId}:prefix-list/${prefixList.id}`,
    PrefixListName: prefixList.name,
    OwnerId: prefixList.ownerId,
    AddressFamily: prefixList.addressFamily,
    MaxEntries: prefixList.maxEntries,
    Version: prefixList.version,
    State: 'create-complete',
    Tags: tagsOf(context.state, prefixList.id),
  };
}
