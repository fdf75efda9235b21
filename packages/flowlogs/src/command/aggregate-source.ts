import type { Context } from '@net/cli';
import { Aggregation, type AggregationSpec } from '../aggregate/aggregation.js';
import type { ScanCounters } from '../scan/rejects.js';
import { openSource } from './open-source.js';
import { rejectedLines } from './rejected-lines.js';
import { filterOf, type SourceValues } from './source-options.js';

/** Aggregates a source: files by worker threads, everything else here. */
export async function aggregateSource(
  wanted: AggregationSpec,
  context: Context<SourceValues>,
): Promise<{ readonly aggregation: Aggregation; readonly counters: ScanCounters }> {
  const { options } = context;
  const where = { ...filterOf(options), ...wanted.where };
  const spec: AggregationSpec = { ...wanted, ...(Object.keys(where).length === 0 ? {} : { where }) };
  const source = await openSource(options, context);
  const rejects = rejectedLines(context);
  try {
    const { files } = source;
    const bytes = files?.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
    // Threads take longer to start than a small file to be read; a bound on bad lines is kept by one reader.
    if (files && bytes > 8_388_608 && options.maxRejected === undefined) {
      const { aggregateFiles } = await import('../pool/aggregate-files.js');
      const progress = context.progress({ label: 'reading', total: bytes, unit: 'B' });
      try {
        return await aggregateFiles(files, spec, {
          workers: options.threadCount,
          format: options.fields,
          signal: context.signal,
          onReject: rejects.onReject,
          onProgress: (part) => progress.advance(part.bytes),
        });
      } finally {
        progress.end();
      }
    }
    const aggregation = new Aggregation(spec);
    const read = { columns: aggregation.columns, onReject: rejects.onReject };
    const counters = await source.pump(read, (batch) => aggregation.add(batch));
    return { aggregation, counters };
  } finally {
    rejects.end();
  }
}
