import { type Context, UsageError } from '@net/cli';
import { FlowLogsError } from '../errors.js';
import { findFiles } from '../file/find-files.js';
import { fileSource, stdinSource } from './byte-source.js';
import type { Source } from './source.js';
import type { SourceValues } from './source-options.js';

/**
 * Opens what the options name: nothing of AWS is loaded for files and standard input.
 *
 * @throws {FlowLogsError} NET_FLOWLOGS_SOURCE when there is no such thing
 */
export async function openSource(values: SourceValues, context: Context<object>): Promise<Source> {
  if (values.source.length === 0 && (context.stdin as { isTTY?: boolean }).isTTY === true) {
    throw new UsageError('no source is named', {
      hint: 'Name files, s3://BUCKET/PREFIX or cloudwatch:GROUP, or pipe a log in.',
    });
  }
  const given = values.source.length === 0 ? ['-'] : values.source;
  const kinds = new Set(given.map((name) => kindOf(name, values.locationType)));
  if (kinds.size > 1)
    throw new FlowLogsError(
      'NET_FLOWLOGS_SOURCE',
      'files, buckets and log groups are read one kind at a time',
    );
  switch ([...kinds][0]) {
    case 'cwl': {
      const { cloudWatchSource } = await import('./aws/cloudwatch-source.js');
      return cloudWatchSource(
        given.map((name) => name.replace(/^cloudwatch:/, '')),
        values,
        context,
      );
    }
    case 's3': {
      const { s3Source } = await import('./aws/s3-source.js');
      return s3Source(given, values, context);
    }
    case 'stdin':
      return stdinSource(values, context);
    default:
      return fileSource(await findFiles(given), values, context);
  }
}

function kindOf(name: string, type: SourceValues['locationType']): 'stdin' | 'file' | 'cwl' | 's3' {
  if (type !== 'auto') return type;
  if (name === '-') return 'stdin';
  if (name.startsWith('s3://')) return 's3';
  return name.startsWith('cloudwatch:') ? 'cwl' : 'file';
}
