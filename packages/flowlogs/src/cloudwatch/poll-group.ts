import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { type Pacer, createPacer } from '@net/aws-core';
import { FlowLogsError } from '../errors.js';
import type { LogEvent } from './log-event.js';
import { linkAbort, merge } from './merge.js';
import { type GroupSelection, type Slice, readSlice } from './read-slice.js';
import type { SeenEvents, SeenMinute } from './seen-events.js';

/** How far a group has been read: plain data, which a program keeps together with what it made of the events. */
export interface GroupCursor {
  /** What was ingested until then has been read, milliseconds since 1970, by AWS's clock. */
  readonly readUntilMs: number;
  /** Largest time from an event's own time to its ingestion that was seen of late, milliseconds. */
  readonly lagMs: number;
  /** Event time before which the next poll does not read, whatever its overlap: those fingerprints are forgotten. */
  readonly fromMs?: number | undefined;
}

export interface PollOptions extends GroupSelection {
  /** Where a poll before this one ended; undefined: the first poll. */
  readonly cursor?: GroupCursor | undefined;
  /**
   * Event time at which the first poll begins. One that fails is to be repeated with the same time: only what it ends
   * with carries on from there.
   */
  readonly startMs: number;
  /** What was read before; changed by the poll. After a failure to keep a page make it anew from what was kept. */
  readonly seen: SeenEvents;
  /**
   * How much later than its own time an event may come and still be read: that much is read again in each poll, and
   * twice the largest lag that was seen when that is more. Default 1,200,000: ten minutes of aggregation, five of
   * delivery, and slack ("Flow log records", Amazon VPC documentation).
   */
  readonly overlapMs?: number | undefined;
  /** Length of the spans that are read side by side. Default 300,000. */
  readonly sliceMs?: number | undefined;
  /** Spans read at a time. Default 4. */
  readonly concurrency?: number | undefined;
  /** Shared by all readers of one account and region, whose quota it keeps. */
  readonly pacer?: Pacer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** This machine's clock, by which a poll is cut into spans; a wrong one makes it slower, never wrong. */
  readonly now?: (() => number) | undefined;
}

/** What was new on a page. */
export interface PolledPage {
  readonly events: readonly LogEvent[];
  /** What is to be kept so that these events are not counted again. */
  readonly added: readonly SeenMinute[];
  /** Events of the page that had been read before. */
  readonly repeated: number;
}

/** What a poll ends with: to be kept together with its last page. */
export interface PollEnd {
  readonly cursor: GroupCursor;
  /** Fingerprints of minutes before this one are of no use any more. */
  readonly forgetBeforeMinute: number;
}

const OVERLAP_MS = 1_200_000;
const MOST_OVERLAP_MS = 21_600_000;
const MOST_SLICES = 32;
/** In which time a lag that was seen once counts for half. */
const LAG_HALVES_MS = 86_400_000;

/**
 * Reads what has come into a group since the last poll, each event once. FilterLogEvents knows only the events' own
 * times, which for flow logs lie minutes before their ingestion; so each poll reads an overlap again, to the newest
 * event there is, and leaves out what it has seen. No clock but AWS's matters, and no order of events.
 *
 * A program that keeps pages, fingerprints and, after the last page, the end in one transaction each counts every event
 * exactly once, whenever it is killed.
 *
 * @throws {AwsError} with the call that failed; what was given out before is complete in itself
 */
export async function* pollGroup(
  client: CloudWatchLogsClient,
  options: PollOptions,
): AsyncGenerator<PolledPage, PollEnd> {
  const { cursor, seen, sliceMs = 300_000, concurrency = 4, now = Date.now } = options;
  if (!(sliceMs >= 1_000)) throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', 'a slice is a second or more');
  const pacer = options.pacer ?? createPacer({ concurrency });
  const fromMs = cursor ? beginOf(cursor, options) : options.startMs;
  const before = cursor ?? { readUntilMs: options.startMs, lagMs: 0 };
  const elapsedMs = startWatch(now);
  let readUntilMs = before.readUntilMs;
  let lagMs = 0;
  const { signal, abort } = linkAbort(options.signal);
  try {
    const slices = slicesOf({ fromMs, toMs: undefined }, sliceMs, now());
    const readers = slices.map((slice) => () => readSlice(client, options, slice, pacer, signal));
    for await (const events of merge(readers, concurrency)) {
      let ingestedMs = 0;
      for (const { timestampMs, ingestedAtMs } of events) {
        ingestedMs = Math.max(ingestedMs, ingestedAtMs);
        // What somebody put in by hand, years late, says nothing about the delivery of flow logs.
        if (ingestedAtMs - timestampMs <= MOST_OVERLAP_MS)
          lagMs = Math.max(lagMs, ingestedAtMs - timestampMs);
      }
      // A span that was read early misses what came into it later. AWS's clock has reached this ingestion by now, so
      // it stood at least here when the poll began.
      readUntilMs = Math.max(readUntilMs, ingestedMs - elapsedMs());
      const { fresh, added } = seen.take(events);
      yield { events: fresh, added, repeated: events.length - fresh.length };
    }
  } finally {
    abort();
  }
  const faded = before.lagMs * 2 ** ((before.readUntilMs - readUntilMs) / LAG_HALVES_MS);
  // A lag that grows must not lead back to where fingerprints are forgotten.
  const end = {
    readUntilMs,
    lagMs: Math.max(0, Math.min(Math.max(lagMs, faded), (readUntilMs - fromMs) / 2)),
  };
  const nextFromMs = Math.max(0, fromMs, beginOf(end, options));
  const forgetBeforeMinute = Math.floor(nextFromMs / 60_000);
  seen.forgetBefore(forgetBeforeMinute);
  return { cursor: { ...end, fromMs: nextFromMs }, forgetBeforeMinute };
}

/** Spans that are read side by side; the last one is open. This machine's clock decides about speed alone. */
export function slicesOf({ fromMs }: Slice, sliceMs: number, nowMs: number): Slice[] {
  const slices: Slice[] = [];
  // A span without events costs a call, too.
  const lengthMs = Math.max(sliceMs, Math.ceil((nowMs - fromMs) / MOST_SLICES));
  let atMs = fromMs;
  for (; atMs + lengthMs < nowMs; atMs += lengthMs) slices.push({ fromMs: atMs, toMs: atMs + lengthMs });
  slices.push({ fromMs: atMs, toMs: undefined });
  return slices;
}

/** Event time from which a poll after this cursor reads. */
function beginOf({ readUntilMs, lagMs, fromMs = 0 }: GroupCursor, options: PollOptions): number {
  const { overlapMs = OVERLAP_MS } = options;
  return Math.max(fromMs, readUntilMs - Math.max(overlapMs, Math.min(2 * lagMs, MOST_OVERLAP_MS)));
}

/** Time since now, also over a sleep of the machine or a clock that is set back. */
function startWatch(now: () => number): () => number {
  const wallMs = now();
  const steadyMs = performance.now();
  return () => Math.max(now() - wallMs, performance.now() - steadyMs);
}
