import { availableParallelism } from 'node:os';
import { Aggregation, type AggregationSpec } from '../aggregate/aggregation.js';
import { FlowLogsError } from '../errors.js';
import type { LogFile } from '../file/find-files.js';
import type { LogFormat } from '../format/log-format.js';
import { type RejectedLine, type ScanCounters, addCounters, emptyCounters } from '../scan/rejects.js';
import {
  type DoneTask,
  bytesOf,
  changedFormats,
  largestFirst,
  linesInFiles,
  planTasks,
} from './plan-tasks.js';
import { runTasks } from './run-tasks.js';

export interface AggregateFilesOptions {
  /** Threads. Default: as many as this process may use. With `joinHalves` always one, which sees both halves. */
  readonly workers?: number | undefined;
  /** Of files without a header. */
  readonly format?: LogFormat | undefined;
  /** Bytes of a plain text file that one task reads, 4,096 or more; larger files are shared. Default 33,554,432. */
  readonly rangeBytes?: number | undefined;
  /** Bound of each worker's heap in MiB, arrays of numbers not counted. Default: Node's own. */
  readonly heapMib?: number | undefined;
  /** Told of rejected lines when all is read, in the order of files and lines: the first 1,000 of each worker. */
  readonly onReject?: ((rejected: RejectedLine) => void) | undefined;
  /** Told of each part that was read; `bytes` are those on disk. */
  readonly onProgress?:
    | ((progress: { readonly bytes: number; readonly records: number }) => void)
    | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What files came to. */
export interface AggregatedFiles {
  readonly aggregation: Aggregation;
  readonly counters: ScanCounters;
}

/**
 * Aggregates files in worker threads: plain text in parts, gzip, zstd and Parquet whole. The result is that of one
 * thread, whatever the number of workers, estimates (`distinct:`) included, as long as there are no more groups than
 * `maxGroups`; beyond it which groups stay depends on the order in which they were met, within the same error bound.
 *
 * @throws {FlowLogsError} of the first file that cannot be read; NET_FLOWLOGS_WORKER when a worker dies
 */
export async function aggregateFiles(
  files: readonly LogFile[],
  spec: AggregationSpec,
  options: AggregateFilesOptions = {},
): Promise<AggregatedFiles> {
  const { rangeBytes = 33_554_432, format, onReject, onProgress, signal } = options;
  if (!(rangeBytes >= 4_096)) throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', 'rangeBytes is 4,096 or more');
  if (options.workers !== undefined && !(options.workers >= 1 && options.workers <= 256))
    throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', 'workers are 1 to 256');
  const isOrdered = spec.joinHalves === true;
  const wanted = isOrdered ? 1 : (options.workers ?? availableParallelism());
  const whole = new Set<string>();
  for (;;) {
    const tasks = await planTasks(files, { format, rangeBytes: isOrdered ? Infinity : rangeBytes, whole });
    const aggregation = new Aggregation(spec);
    const counters = emptyCounters();
    const done: (DoneTask | undefined)[] = tasks.map(() => undefined);
    await runTasks(tasks, isOrdered ? [...tasks.keys()] : largestFirst(tasks), spec, {
      workers: Math.max(1, Math.min(wanted, tasks.length)),
      heapMib: options.heapMib,
      signal,
      onState: (state) => aggregation.mergeState(state),
      onDone: (index, part) => {
        done[index] = part;
        addCounters(counters, part.counters);
        onProgress?.({ bytes: bytesOf(tasks[index]!), records: part.counters.records });
      },
    });
    const changed = changedFormats(tasks, done);
    if (changed.length === 0) {
      if (onReject !== undefined) for (const line of linesInFiles(tasks, done)) onReject(line);
      return { aggregation, counters };
    }
    // A header on the way changed the format behind it: such files are read again, by one worker each.
    for (const file of changed) whole.add(file);
  }
}
