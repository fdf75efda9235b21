import { createClient, createPacer } from '@net/aws-core';
import type { Context } from '@net/cli';
import { formatOfGroup, readGroup } from '../../cloudwatch/index.js';
import { FlowLogsError } from '../../errors.js';
import type { LogFormat } from '../../format/log-format.js';
import { addCounters, emptyCounters } from '../../scan/rejects.js';
import { sessionOf, spanOf } from './aws-session.js';
import { counted, scanOptions, type Source } from '../source.js';
import type { SourceValues } from '../source-options.js';

/** Log groups, read by the quota of FilterLogEvents. */
export async function cloudWatchSource(
  groups: readonly string[],
  values: SourceValues,
  context: Context<object>,
): Promise<Source> {
  const session = await sessionOf(values, context);
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
  return {
    files: undefined,
    pump: async (options, onBatch) => {
      const client = await createClient(session, CloudWatchLogsClient, { retryMode: 'standard' });
      const concurrency = values.threadCount ?? 4;
      const pacer = createPacer({ concurrency });
      const progress = context.progress({ label: 'reading', unit: 'records' });
      const counters = emptyCounters();
      try {
        for (const group of groups) {
          const format = values.fields ?? (await groupFormat(group, values, context));
          const read = await readGroup(
            client,
            {
              ...scanOptions(options, values),
              group,
              format,
              ...spanOf(values),
              filterPattern: values.filterPattern,
              concurrency,
              pacer,
              signal: context.signal,
            },
            counted(progress, onBatch),
          );
          addCounters(counters, read);
        }
      } finally {
        progress.end();
        client.destroy();
      }
      return counters;
    },
  };
}

/** @throws {FlowLogsError} NET_FLOWLOGS_NO_FORMAT when nothing tells */
export async function groupFormat(
  group: string,
  values: SourceValues,
  context: Context<object>,
): Promise<LogFormat> {
  const session = await sessionOf(values, context);
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  const ec2 = await createClient(session, EC2Client);
  try {
    const format = await formatOfGroup(ec2, group, context.signal);
    if (format) return format;
    throw new FlowLogsError(
      'NET_FLOWLOGS_NO_FORMAT',
      `no flow log of this account and region delivers into ${group}; name the format with --fields`,
    );
  } finally {
    ec2.destroy();
  }
}
