import type { Context } from '@net/cli';
import { FlowLogsError } from '../../errors.js';
import { listObjects, listPrefix, readObjects } from '../../s3/index.js';
import { addCounters, emptyCounters } from '../../scan/rejects.js';
import { sessionOf, spanOf } from './aws-session.js';
import { counted, scanOptions, type Source } from '../source.js';
import type { SourceValues } from '../source-options.js';

/** Buckets: AWS's folders of the days asked for, or whatever lies below a prefix that has none. */
export async function s3Source(
  given: readonly string[],
  values: SourceValues,
  context: Context<object>,
): Promise<Source> {
  const places = given.map((text) => {
    const [, bucket, prefix = ''] =
      /^(?:s3:\/\/)?([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
    if (bucket === undefined)
      throw new FlowLogsError('NET_FLOWLOGS_SOURCE', `${text} is no bucket: expected s3://BUCKET[/PREFIX]`);
    return { bucket, prefix: prefix.replace(/\/+$/, '') };
  });
  const session = await sessionOf(values, context);
  const { openS3 } = await import('../../s3/open-s3.js');
  const { signal } = context;
  return {
    files: undefined,
    pump: async (options, onBatch) => {
      const client = await openS3(session, context.env);
      const progress = context.progress({ label: 'reading', unit: 'records' });
      const counters = emptyCounters();
      try {
        for (const { bucket, prefix } of places) {
          const isFolder = /(?:^|\/)AWSLogs(?:\/|$)/.test(prefix);
          const selection = {
            bucket,
            prefix,
            accountIds: values.includeAccounts.length === 0 ? undefined : values.includeAccounts,
            regions: values.includeRegions.length === 0 ? undefined : values.includeRegions,
            ...spanOf(values),
          };
          const objects = isFolder
            ? listPrefix(client, bucket, `${prefix}/`, { signal })
            : listObjects(client, selection, { signal });
          await readObjects(
            client,
            objects,
            {
              ...scanOptions(options, values),
              signal,
              concurrency: values.threadCount ?? 4,
              onDone: (_object, read) => addCounters(counters, read),
            },
            counted(progress, onBatch),
          );
        }
      } finally {
        progress.end();
        client.destroy();
      }
      return counters;
    },
  };
}
