import type { CloudWatchLogsClient, FilterLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { type Pacer, categorize, toAwsError } from '@net/aws-core';
import type { LogEvent } from './log-event.js';

/** Which events of a log group. */
export interface GroupSelection {
  readonly group: string;
  /** Only streams whose names begin so. */
  readonly streamPrefix?: string | undefined;
  /** CloudWatch's own filter, by whose terms it scans on its side. */
  readonly filterPattern?: string | undefined;
}

/** A span of event times, milliseconds since 1970; `toMs` is not included, and undefined means to the newest. */
export interface Slice {
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** Events a call asks for: as many as there may be (FilterLogEvents, CloudWatch Logs API Reference). */
const EVENTS_A_PAGE = 10_000;

/**
 * Reads a slice page by page, until CloudWatch gives no token any more. A page without events is not the end; a token
 * that comes back is. A token that is no longer taken (they live for a day) begins the slice anew.
 *
 * @throws {AwsError} with the call that failed
 */
export async function* readSlice(
  client: CloudWatchLogsClient,
  selection: GroupSelection,
  slice: Slice,
  pacer: Pacer,
  signal?: AbortSignal,
): AsyncGenerator<readonly LogEvent[], undefined> {
  const { FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const { group, streamPrefix, filterPattern } = selection;
  let token: string | undefined;
  let restarts = 0;
  for (;;) {
    const input = {
      logGroupName: group,
      limit: EVENTS_A_PAGE,
      startTime: Math.max(0, Math.floor(slice.fromMs)),
      ...(slice.toMs === undefined ? {} : { endTime: Math.max(0, Math.ceil(slice.toMs) - 1) }),
      ...(streamPrefix === undefined ? {} : { logStreamNamePrefix: streamPrefix }),
      ...(filterPattern === undefined ? {} : { filterPattern }),
      ...(token === undefined ? {} : { nextToken: token }),
    };
    let page: FilterLogEventsCommandOutput;
    try {
      page = await pacer.run(
        () => client.send(new FilterLogEventsCommand(input), signal ? { abortSignal: signal } : {}),
        signal,
      );
    } catch (error) {
      const isStale =
        token !== undefined &&
        categorize(error).category === 'invalid' &&
        /token/i.test((error as Error).message);
      if (!isStale || restarts++ >= 3) throw toAwsError(error, { action: 'logs:FilterLogEvents' });
      token = undefined;
      continue;
    }
    const events = (page.events ?? []).flatMap(
      ({ eventId, timestamp, ingestionTime, logStreamName, message }): readonly LogEvent[] =>
        eventId === undefined || message === undefined
          ? []
          : [
              {
                id: eventId,
                timestampMs: timestamp ?? 0,
                ingestedAtMs: ingestionTime ?? timestamp ?? 0,
                stream: logStreamName ?? '',
                message,
              },
            ],
    );
    if (events.length > 0) yield events;
    const next = page.nextToken;
    if (next === undefined || next === '' || next === token) return;
    token = next;
  }
}
