import { type FilterTable, list } from '../ec2/describe.js';
import { kindOf, need } from '../ec2/ids.js';
import type { Ec2Context, Ec2Operations, InputOf, OutputOf } from '../ec2/operation.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from '../ec2/tags.js';
import { ApiError } from '../errors.js';
import { defaultFlowLogFormat, fieldsOf } from './fields.js';
import type { FlowLog } from './state.js';

type CreateInput = InputOf<'CreateFlowLogs'>;
type Unsuccessful = NonNullable<OutputOf<'CreateFlowLogs'>['Unsuccessful']>[number];

const filters: FilterTable<FlowLog> = {
  'deliver-log-status': () => 'SUCCESS',
  'log-destination-type': (flowLog) => flowLog.destinationType,
  'flow-log-id': (flowLog) => flowLog.id,
  'log-group-name': (flowLog) => flowLog.logGroupName,
  'resource-id': (flowLog) => flowLog.resourceId,
  'traffic-type': (flowLog) => flowLog.trafficType,
};

export const flowLogOperations: Ec2Operations<'CreateFlowLogs' | 'DeleteFlowLogs' | 'DescribeFlowLogs'> = {
  CreateFlowLogs: {
    access: 'write',
    accepts: [
      'ResourceIds',
      'ResourceType',
      'TrafficType',
      'LogDestinationType',
      'LogDestination',
      'LogGroupName',
      'DeliverLogsPermissionArn',
      'LogFormat',
      'MaxAggregationInterval',
      'DestinationOptions.FileFormat',
      'DestinationOptions.HiveCompatiblePartitions',
      'DestinationOptions.PerHourPartition',
      'TagSpecifications',
    ],
    resources: ['ResourceIds'],
    run: (context, input) => {
      const settings = readSettings(context, input);
      const ids = input.ResourceIds ?? [];
      if (ids.length === 0 || ids.length > 25) {
        throw new ApiError('InvalidParameterValue', 'Between 1 and 25 resources can be given.');
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'vpc-flow-log');
      const refused: Unsuccessful[] = [];
      const accepted: FlowLog[] = [];
      for (const resourceId of ids) {
        const flowLog: FlowLog = { id: '', createdAtMs: context.nowMs, resourceId, ...settings };
        const error = refusal(context, input.ResourceType, flowLog);
        if (error)
          refused.push({ ResourceId: resourceId, Error: { Code: error.code, Message: error.message } });
        else accepted.push(flowLog);
      }
      context.willChange();
      const made = accepted.map((flowLog) => ({ ...flowLog, id: context.world.newId('fl') }));
      for (const flowLog of made) {
        context.state.flowLogs[flowLog.id] = flowLog;
        setTags(context.state, flowLog.id, tags);
      }
      return {
        ClientToken: input.ClientToken,
        FlowLogIds: made.map((flowLog) => flowLog.id),
        Unsuccessful: refused,
      };
    },
  },
  DeleteFlowLogs: {
    access: 'write',
    accepts: ['FlowLogIds'],
    resources: ['FlowLogIds'],
    run: (context, input) => {
      const { flowLogs } = context.state;
      const found = (input.FlowLogIds ?? []).map((id) => need(flowLogs, 'flowLog', id));
      context.willChange();
      for (const { id } of found) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of ids
        delete flowLogs[id];
        forgetTags(context.state, id);
      }
      return { Unsuccessful: [] };
    },
  },
  DescribeFlowLogs: {
    access: 'read',
    accepts: ['FlowLogIds', 'Filter', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'flowLog',
        records: context.state.flowLogs,
        ids: input.FlowLogIds,
        filters: input.Filter,
        table: filters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 1, max: 1000 },
        idOf: (flowLog) => flowLog.id,
      });
      return { FlowLogs: page.items.map((flowLog) => view(context, flowLog)), NextToken: page.nextToken };
    },
  },
};

type Settings = Omit<FlowLog, 'id' | 'createdAtMs' | 'resourceId'>;

function readSettings(context: Ec2Context, input: CreateInput): Settings {
  const format = input.LogFormat ?? defaultFlowLogFormat;
  if (!fieldsOf(format)) {
    throw new ApiError('InvalidParameter', `Unknown fields provided in the log format: ${format}`);
  }
  const aggregationSeconds = input.MaxAggregationInterval ?? 600;
  if (aggregationSeconds !== 60 && aggregationSeconds !== 600) {
    throw new ApiError('InvalidParameter', 'Invalid Max Aggregation Interval. Valid values are 60 and 600.');
  }
  const options = input.DestinationOptions;
  if (options?.FileFormat === 'parquet') {
    throw new ApiError('UnsupportedOperation', 'This simulation delivers flow logs as plain text only.');
  }
  return {
    trafficType: input.TrafficType ?? 'ALL',
    ...readDestination(context, input),
    roleArn: input.DeliverLogsPermissionArn,
    format,
    aggregationSeconds,
    hiveCompatible: options?.HiveCompatiblePartitions ?? false,
    perHour: options?.PerHourPartition ?? false,
  };
}

function readDestination(
  context: Ec2Context,
  input: CreateInput,
): Pick<FlowLog, 'destinationType' | 'destinationArn' | 'logGroupName'> {
  const type = input.LogDestinationType ?? 'cloud-watch-logs';
  const { LogDestination: arn, LogGroupName: group } = input;
  if (type === 's3') {
    if (group !== undefined)
      throw new ApiError('InvalidParameter', 'LogDestination and LogGroupName are exclusive');
    if (!arn?.startsWith('arn:aws:s3:::')) {
      throw new ApiError('InvalidParameter', `LogDestination: ${arn ?? ''} is not a bucket's ARN`);
    }
    return { destinationType: 's3', destinationArn: arn, logGroupName: undefined };
  }
  if (type !== 'cloud-watch-logs') {
    throw new ApiError('UnsupportedOperation', `This simulation does not deliver flow logs to ${type}.`);
  }
  if (input.DeliverLogsPermissionArn === undefined) {
    throw new ApiError('InvalidParameter', 'DeliverLogsPermissionArn can not be empty');
  }
  const name = group ?? /:log-group:([^:]+)/.exec(arn ?? '')?.[1];
  if (name === undefined) throw new ApiError('InvalidParameter', 'LogDestination can not be empty');
  return {
    destinationType: 'cloud-watch-logs',
    destinationArn: `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`,
    logGroupName: name,
  };
}

const resourceKinds = { VPC: 'vpc', Subnet: 'subnet', NetworkInterface: 'networkInterface' } as const;

function refusal(
  context: Ec2Context,
  type: CreateInput['ResourceType'],
  flowLog: FlowLog,
): ApiError | undefined {
  const { state } = context;
  const kind = resourceKinds[type as keyof typeof resourceKinds] as
    | 'vpc'
    | 'subnet'
    | 'networkInterface'
    | undefined;
  if (!kind || kindOf(flowLog.resourceId) !== kind) {
    return new ApiError('InvalidParameter', `${flowLog.resourceId} is not a ${String(type)}`);
  }
  const records = { vpc: state.vpcs, subnet: state.subnets, networkInterface: state.networkInterfaces }[kind];
  try {
    need<unknown>(records, kind, flowLog.resourceId);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  const isKnown = Object.values(state.flowLogs).some(
    (other) =>
      other.resourceId === flowLog.resourceId &&
      other.destinationArn === flowLog.destinationArn &&
      other.trafficType === flowLog.trafficType &&
      other.format === flowLog.format,
  );
  return isKnown
    ? new ApiError('FlowLogAlreadyExists', 'There is an existing Flow Log with the same configuration.')
    : undefined;
}

function view(
  context: Ec2Context,
  flowLog: FlowLog,
): NonNullable<OutputOf<'DescribeFlowLogs'>['FlowLogs']>[number] {
  const isS3 = flowLog.destinationType === 's3';
  return {
    FlowLogId: flowLog.id,
    FlowLogStatus: 'ACTIVE',
    CreationTime: new Date(flowLog.createdAtMs),
    ResourceId: flowLog.resourceId,
    TrafficType: flowLog.trafficType,
    DeliverLogsStatus: 'SUCCESS',
    DeliverLogsPermissionArn: flowLog.roleArn,
    LogDestinationType: flowLog.destinationType,
    LogDestination: flowLog.destinationArn,
    LogGroupName: flowLog.logGroupName,
    LogFormat: flowLog.format,
    MaxAggregationInterval: flowLog.aggregationSeconds,
    DestinationOptions: isS3
      ? {
          FileFormat: 'plain-text',
          HiveCompatiblePartitions: flowLog.hiveCompatible,
          PerHourPartition: flowLog.perHour,
        }
      : undefined,
    Tags: tagsOf(context.state, flowLog.id),
  };
}
