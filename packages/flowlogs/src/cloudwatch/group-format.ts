import type { EC2Client } from '@aws-sdk/client-ec2';
import { allItems, toAwsError } from '@net/aws-core';
import { FlowLogsError } from '../errors.js';
import { LogFormat } from '../format/log-format.js';

/**
 * The format of the flow logs that deliver into a group: CloudWatch's lines have no header.
 *
 * @returns undefined when no flow log of this account and region delivers there
 * @throws {AwsError} when they cannot be described
 * @throws {FlowLogsError} NET_FLOWLOGS_FORMAT when flow logs of different formats deliver into the same group
 */
export async function formatOfGroup(
  ec2: EC2Client,
  group: string,
  signal?: AbortSignal,
): Promise<LogFormat | undefined> {
  const { paginateDescribeFlowLogs } = await import('@aws-sdk/client-ec2');
  let formats: string[];
  try {
    const Filter = [{ Name: 'log-group-name', Values: [group] }];
    const found = await allItems(paginateDescribeFlowLogs, ec2, { Filter }, ({ FlowLogs }) => FlowLogs, {
      signal,
    });
    formats = [...new Set(found.flatMap(({ LogFormat: format }) => (format === undefined ? [] : [format])))];
  } catch (error) {
    throw toAwsError(error, { action: 'ec2:DescribeFlowLogs' });
  }
  const [format, ...others] = formats;
  if (format === undefined) return undefined;
  if (others.length > 0) {
    throw new FlowLogsError(
      'NET_FLOWLOGS_FORMAT',
      `flow logs of ${formats.length} formats deliver into ${group}; read them by stream prefix, with the format of each`,
    );
  }
  return LogFormat.parse(format);
}
