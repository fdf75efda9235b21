import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { type Pacer, createPacer } from '@net/aws-core';
import type { LogFormat } from '../format/log-format.js';
import { ColumnScanner, type ScanOptions } from '../scan/column-scanner.js';
import type { ColumnBatch } from '../scan/columns.js';
import type { ScanCounters } from '../scan/rejects.js';
import { linkAbort, merge } from './merge.js';
import { slicesOf } from './poll-group.js';
import { type GroupSelection, readSlice } from './read-slice.js';
import { scanEvents } from './scan-events.js';

export interface ReadGroupOptions extends GroupSelection, Omit<ScanOptions, 'source' | 'freshBatches'> {
  readonly format: LogFormat;
  /** Span of the events' own times; `toMs` is not included. Default: up to now. */
  readonly fromMs: number;
  readonly toMs?: number | undefined;
  readonly sliceMs?: number | undefined;
  /** Default 4. */
  readonly concurrency?: number | undefined;
  readonly pacer?: Pacer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each page: events, and the latest of their own times. */
  readonly onPage?: ((page: { readonly events: number; readonly latestMs: number }) => void) | undefined;
}

/**
 * Reads a span of a group once, as batches that are valid until the next one; in no order.
 *
 * @throws {AwsError} with the call that failed
 * @throws {FlowLogsError} NET_FLOWLOGS_REJECTED beyond the tolerance
 */
export async function readGroup(
  client: CloudWatchLogsClient,
  options: ReadGroupOptions,
  onBatch: (batch: ColumnBatch) => void,
): Promise<ScanCounters> {
  const { fromMs, toMs = Date.now(), sliceMs = 300_000, concurrency = 4, onPage } = options;
  const pacer = options.pacer ?? createPacer({ concurrency });
  const scanner = new ColumnScanner({ ...options, source: options.group });
  const slices = slicesOf({ fromMs, toMs }, sliceMs, toMs).map((slice) => ({
    ...slice,
    toMs: slice.toMs ?? toMs,
  }));
  const { signal, abort } = linkAbort(options.signal);
  const readers = slices.map((slice) => () => readSlice(client, options, slice, pacer, signal));
  try {
    for await (const events of merge(readers, concurrency)) {
      scanEvents(events, scanner, onBatch);
      onPage?.({
        events: events.length,
        latestMs: events.reduce((latest, { timestampMs }) => Math.max(latest, timestampMs), 0),
      });
    }
  } finally {
    abort();
  }
  scanner.end(onBatch);
  return scanner.counters;
}
