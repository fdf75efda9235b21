import { ApiError } from '../errors.js';
import type { Operation } from '../service/definition.js';
import {
  checkGroupName,
  checkStreamName,
  invalid,
  needGroup,
  needStream,
  readToken,
  writeToken,
} from './names.js';
import type { LogGroup, LogStream, LogsState } from './state.js';
import { type LogsContext, rated } from './operation.js';
import type {
  CreateLogGroupRequest,
  CreateLogStreamRequest,
  DeleteLogGroupRequest,
  DeleteLogStreamRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogGroup as LogGroupView,
  LogStream as LogStreamView,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs';

const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const createLogGroup: Operation<LogsState, CreateLogGroupRequest> = rated('CreateLogGroup', {
  access: 'write',
  accepts: ['logGroupName', 'logGroupClass'],
  ignores: ['tags', 'kmsKeyId'],
  resources: ['logGroupName'],
  run: (context, input) => {
    const name = input.logGroupName ?? '';
    checkGroupName(name);
    if (Object.hasOwn(context.state.groups, name)) {
      throw new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    context.willChange();
    context.state.groups[name] = newGroup(name, context.nowMs, input.logGroupClass);
    return {};
  },
});

/** An empty group. */
export function newGroup(
  name: string,
  nowMs: number,
  logGroupClass: LogGroup['logGroupClass'] = 'STANDARD',
): LogGroup {
  return {
    name,
    createdAtMs: nowMs,
    retentionDays: undefined,
    logGroupClass,
    streams: {},
    events: [],
    isSorted: true,
    storedBytes: 0,
  };
}

export const deleteLogGroup: Operation<LogsState, DeleteLogGroupRequest> = {
  access: 'write',
  accepts: ['logGroupName'],
  resources: ['logGroupName'],
  run: (context, input) => {
    const group = needGroup(context.state, input.logGroupName);
    context.willChange();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of names
    delete context.state.groups[group.name];
    return {};
  },
};

export const putRetentionPolicy: Operation<LogsState, PutRetentionPolicyRequest> = {
  access: 'write',
  accepts: ['logGroupName', 'retentionInDays'],
  resources: ['logGroupName'],
  run: (context, input) => {
    const group = needGroup(context.state, input.logGroupName);
    const days = input.retentionInDays ?? 0;
    if (!retentions.includes(days)) throw invalid(`${days} is not a retention: ${retentions.join(', ')}`);
    context.willChange();
    group.retentionDays = days;
    return {};
  },
};

export const createLogStream: Operation<LogsState, CreateLogStreamRequest> = rated('CreateLogStream', {
  access: 'write',
  accepts: ['logGroupName', 'logStreamName'],
  resources: ['logGroupName'],
  run: (context, input) => {
    const group = needGroup(context.state, input.logGroupName);
    const name = input.logStreamName ?? '';
    checkStreamName(name);
    if (Object.hasOwn(group.streams, name)) {
      throw new ApiError('ResourceAlreadyExistsException', 'The specified log stream already exists');
    }
    context.willChange();
    group.streams[name] = {
      name,
      createdAtMs: context.nowMs,
      firstEventMs: undefined,
      lastEventMs: undefined,
      lastIngestionMs: undefined,
    };
    return {};
  },
});

export const deleteLogStream: Operation<LogsState, DeleteLogStreamRequest> = {
  access: 'write',
  accepts: ['logGroupName', 'logStreamName'],
  resources: ['logGroupName'],
  run: (context, input) => {
    const group = needGroup(context.state, input.logGroupName);
    const stream = needStream(group, input.logStreamName ?? '');
    context.willChange();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of names
    delete group.streams[stream.name];
    group.events = group.events.filter((event) => event.stream !== stream.name);
    return {};
  },
};

export const describeLogGroups: Operation<LogsState, DescribeLogGroupsRequest, DescribeLogGroupsResponse> =
  rated('DescribeLogGroups', {
    access: 'read',
    accepts: ['logGroupNamePrefix', 'logGroupNamePattern', 'limit', 'nextToken', 'logGroupClass'],
    ignores: ['includeLinkedAccounts'],
    run: (context, input) => {
      const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
      if (prefix !== undefined && pattern !== undefined) {
        throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
      }
      const groups = Object.values(context.state.groups)
        .filter((group) => group.name.startsWith(prefix ?? ''))
        .filter((group) => group.name.toLowerCase().includes((pattern ?? '').toLowerCase()))
        .filter((group) => input.logGroupClass === undefined || group.logGroupClass === input.logGroupClass)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const page = pageOf(context, groups, input, `groups|${prefix ?? ''}|${pattern ?? ''}`);
      return { logGroups: page.items.map((group) => viewGroup(context, group)), nextToken: page.nextToken };
    },
  });

export const describeLogStreams: Operation<LogsState, DescribeLogStreamsRequest, DescribeLogStreamsResponse> =
  rated('DescribeLogStreams', {
    access: 'read',
    accepts: [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamNamePrefix',
      'orderBy',
      'descending',
      'limit',
      'nextToken',
    ],
    run: (context, input) => {
      const group = needGroup(context.state, input.logGroupName, input.logGroupIdentifier);
      const byTime = input.orderBy === 'LastEventTime';
      if (byTime && input.logStreamNamePrefix !== undefined) {
        throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
      }
      const sign = input.descending ? -1 : 1;
      const streams = Object.values(group.streams)
        .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''))
        .sort((a, b) => {
          const times = byTime ? (a.lastEventMs ?? 0) - (b.lastEventMs ?? 0) : 0;
          return sign * (times || (a.name < b.name ? -1 : 1));
        });
      const page = pageOf(
        context,
        streams,
        input,
        `streams|${group.name}|${input.logStreamNamePrefix ?? ''}`,
      );
      return {
        logStreams: page.items.map((stream) => viewStream(context, group, stream)),
        nextToken: page.nextToken,
      };
    },
  });

function pageOf<Item>(
  context: LogsContext,
  items: readonly Item[],
  input: { readonly limit?: number | undefined; readonly nextToken?: string | undefined },
  belongsTo: string,
): { readonly items: readonly Item[]; readonly nextToken: string | undefined } {
  const limit = input.limit ?? 50;
  if (!Number.isInteger(limit) || limit < 1 || limit > 50) {
    throw invalid(
      `Value '${limit}' at 'limit' failed to satisfy constraint: Member must be between 1 and 50`,
    );
  }
  const start =
    input.nextToken === undefined ? 0 : Number(readToken(input.nextToken, belongsTo, context.nowMs));
  const end = start + Math.min(limit, context.pageLimit ?? limit);
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? writeToken(belongsTo, end, context.nowMs) : undefined,
  };
}

export function groupArn(
  context: { readonly accountId: string; readonly region: string },
  name: string,
): string {
  return `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;
}

function viewGroup(context: LogsContext, group: LogGroup): LogGroupView {
  const arn = groupArn(context, group.name);
  return {
    logGroupName: group.name,
    creationTime: group.createdAtMs,
    retentionInDays: group.retentionDays,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes: group.storedBytes,
    logGroupClass: group.logGroupClass,
  };
}

function viewStream(context: LogsContext, group: LogGroup, stream: LogStream): LogStreamView {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAtMs,
    firstEventTimestamp: stream.firstEventMs,
    lastEventTimestamp: stream.lastEventMs,
    lastIngestionTime: stream.lastIngestionMs,
    arn: `${groupArn(context, group.name)}:log-stream:${stream.name}`,
  };
}
