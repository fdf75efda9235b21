import type { ServiceDefinition } from '../service/definition.js';
import { jsonProtocol } from '../wire/json-protocol.js';
import { deliverDue } from './events.js';
import { filterLogEvents, getLogEvents } from './filter-events.js';
import {
  createLogGroup,
  createLogStream,
  deleteLogGroup,
  deleteLogStream,
  describeLogGroups,
  describeLogStreams,
  groupArn,
  putRetentionPolicy,
} from './groups.js';
import { putLogEvents } from './put-events.js';
import { logsServiceId } from './service-id.js';
import { type LogsState, emptyLogsState } from './state.js';

/** Amazon CloudWatch Logs, API version 2014-03-28. */
export const logsService: ServiceDefinition<LogsState> = {
  id: logsServiceId,
  signingNames: ['logs'],
  iamPrefix: 'logs',
  protocol: jsonProtocol({ version: '1.1', targetPrefix: 'Logs_20140328' }),
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-cloudwatch-logs'),
  operations: {
    CreateLogGroup: createLogGroup,
    CreateLogStream: createLogStream,
    DeleteLogGroup: deleteLogGroup,
    DeleteLogStream: deleteLogStream,
    DescribeLogGroups: describeLogGroups,
    DescribeLogStreams: describeLogStreams,
    FilterLogEvents: filterLogEvents,
    GetLogEvents: getLogEvents,
    PutLogEvents: putLogEvents,
    PutRetentionPolicy: putRetentionPolicy,
  },
  initialState: emptyLogsState,
  settle: deliverDue,
  resourceArn: (name, location) => `${groupArn(location, name)}:*`,
};
