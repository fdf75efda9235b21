import { type Context, UsageError } from '@net/cli';
import { FlowLogsError } from '../errors.js';
import { type LogFile, findFiles } from '../file/find-files.js';
import { readLogFile } from '../file/read-file.js';
import { addCounters, emptyCounters } from '../scan/rejects.js';
import { pumpColumns } from '../scan/scan-columns.js';
import { counted, scanOptions, type Source } from './source.js';
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

function fileSource(files: readonly LogFile[], values: SourceValues, context: Context<object>): Source {
  return {
    files,
    pump: async (options, onBatch) => {
      const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
      const progress = context.progress({ label: 'reading', total, unit: 'B' });
      const counters = emptyCounters();
      try {
        for (const file of files) {
          const read = await readLogFile(
            file,
            { ...scanOptions(options, values), signal: context.signal },
            onBatch,
          );
          addCounters(counters, read.counters);
          progress.advance(file.bytes);
        }
      } finally {
        progress.end();
      }
      return counters;
    },
  };
}

function stdinSource(values: SourceValues, { stdin, signal, progress }: Context<object>): Source {
  return {
    files: undefined,
    pump: async (options, onBatch) => {
      const shown = progress({ label: 'reading', unit: 'records' });
      try {
        const read = { ...scanOptions(options, values), source: 'stdin', signal };
        return await pumpColumns(stdin as AsyncIterable<Uint8Array>, read, counted(shown, onBatch));
      } finally {
        shown.end();
      }
    },
  };
}
