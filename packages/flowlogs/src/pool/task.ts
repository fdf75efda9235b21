import type { AggregationSpec } from '../aggregate/aggregation.js';
import type { AggregationState } from '../aggregate/state.js';
import type { LogFile } from '../file/find-files.js';
import type { ByteRange } from '../file/read-file.js';
import type { RejectedLine, ScanCounters } from '../scan/rejects.js';

/** A file, or a part of one, for a worker to read. */
export interface Task {
  readonly file: LogFile;
  readonly range: ByteRange | undefined;
  /** Header line of the format, where the part does not begin with one. */
  readonly format: string | undefined;
}

/** What a worker is started with. */
export interface WorkerData {
  readonly spec: AggregationSpec;
  /** Rejected lines that each worker tells of. */
  readonly maxRejects: number;
}

export type ToWorker =
  | { readonly kind: 'task'; readonly index: number; readonly task: Task }
  | { readonly kind: 'finish' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'done';
      readonly index: number;
      readonly counters: ScanCounters;
      /** Their lines are counted from where the part begins. */
      readonly rejected: readonly RejectedLine[];
      /** Header line of the format in use where the part ends. */
      readonly formatKey: string | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly index: number;
      readonly code: string | undefined;
      readonly message: string;
    }
  | { readonly kind: 'state'; readonly state: AggregationState };
