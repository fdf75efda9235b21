import type { Location } from '../service/definition.js';
import type { FlowLog } from './state.js';

/** The key of a flow-log file ("Flow log files", Amazon VPC User Guide): daily or hourly, plain or Hive folders. */
export function fileKey(
  flowLog: FlowLog,
  { accountId, region }: Location,
  prefix: string,
  deliveredAtMs: number,
  hash: string,
): string {
  // A file is named after the five minutes in which its collection began.
  const time = new Date(Math.floor(deliveredAtMs / 300_000) * 300_000 - 300_000).toISOString();
  const [year = '', month = '', day = '', hour = '', minute = ''] = time.split(/[-T:]/);
  const folders = flowLog.hiveCompatible
    ? [
        `aws-account-id=${accountId}`,
        'aws-service=vpcflowlogs',
        `aws-region=${region}`,
        `year=${year}`,
        `month=${month}`,
        `day=${day}`,
        ...(flowLog.perHour ? [`hour=${hour}`] : []),
      ]
    : [accountId, 'vpcflowlogs', region, year, month, day, ...(flowLog.perHour ? [hour] : [])];
  const name = `${accountId}_vpcflowlogs_${region}_${flowLog.id}_${year}${month}${day}T${hour}${minute}Z_${hash}.log.gz`;
  return [...(prefix === '' ? [] : [prefix]), 'AWSLogs', ...folders, name].join('/');
}
