import type { Operation } from '../service/definition.js';
import { addEvents, eventOverheadBytes } from './events.js';
import { invalid, needGroup, needStream } from './names.js';
import { rated } from './operation.js';
import type { LogsState } from './state.js';
import type { PutLogEventsRequest, PutLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs';

const mostEvents = 10_000;
const mostBatchBytes = 1_048_576;
const mostSpanMs = 86_400_000;
const oldestMs = 14 * 86_400_000;
const newestMs = 2 * 3_600_000;

/** The limits are those of the API reference of PutLogEvents. */
export const putLogEvents: Operation<LogsState, PutLogEventsRequest, PutLogEventsResponse> = rated(
  'PutLogEvents',
  {
    access: 'write',
    accepts: ['logGroupName', 'logStreamName', 'logEvents'],
    ignores: ['sequenceToken', 'entity'],
    resources: ['logGroupName'],
    run: (context, input) => {
      const group = needGroup(context.state, input.logGroupName);
      const stream = needStream(group, input.logStreamName ?? '');
      const events = (input.logEvents ?? []).map((event) => ({
        timestampMs: event.timestamp ?? 0,
        message: event.message ?? '',
      }));
      checkBatch(events);
      context.willChange();
      const { nowMs } = context;
      const tooOld = nowMs - Math.min(oldestMs, (group.retentionDays ?? Infinity) * 86_400_000);
      const firstKept = events.findIndex((event) => event.timestampMs >= tooOld);
      const kept = events.filter(
        (event) => event.timestampMs >= tooOld && event.timestampMs <= nowMs + newestMs,
      );
      const firstTooNew = events.findIndex((event) => event.timestampMs > nowMs + newestMs);
      addEvents(context.state, group, stream.name, kept, nowMs);
      const isWhole = kept.length === events.length;
      return {
        nextSequenceToken: String(context.state.nextEvent).padStart(56, '0'),
        rejectedLogEventsInfo: isWhole
          ? undefined
          : {
              tooOldLogEventEndIndex: firstKept === 0 ? undefined : firstKept < 0 ? events.length : firstKept,
              tooNewLogEventStartIndex: firstTooNew < 0 ? undefined : firstTooNew,
            },
      };
    },
  },
);

function checkBatch(events: readonly { readonly timestampMs: number; readonly message: string }[]): void {
  if (events.length === 0 || events.length > mostEvents) {
    throw invalid(`A batch has 1 to ${mostEvents} log events, not ${events.length}.`);
  }
  let bytes = 0;
  for (const [index, { timestampMs, message }] of events.entries()) {
    if (message === '') throw invalid(`Log event ${index} has no message.`);
    bytes += Buffer.byteLength(message) + eventOverheadBytes;
    if (timestampMs < (events[index - 1]?.timestampMs ?? 0)) {
      throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
    }
  }
  if (bytes > mostBatchBytes) {
    throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${mostBatchBytes}`);
  }
  if ((events.at(-1)?.timestampMs ?? 0) - (events[0]?.timestampMs ?? 0) > mostSpanMs) {
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
}
