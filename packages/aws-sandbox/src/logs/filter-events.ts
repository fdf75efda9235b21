import type { Operation } from '../service/definition.js';
import { type Position, eventOverheadBytes, lowerBound, sortedEvents } from './events.js';
import { compileFilterPattern } from './filter-pattern.js';
import { invalid, needGroup, needStream, readToken, writeToken } from './names.js';
import { type LogsContext, rated } from './operation.js';
import type { LogEvent, LogGroup, LogsState } from './state.js';
import { logsServiceId } from './service-id.js';
import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';

const mostEvents = 10_000;
const mostPageBytes = 1_048_576;

/**
 * Events of a group by time. A page ends at 10,000 events, 1 MB, or after a stretch of events looked at in vain:
 * pages with few or no events and a token are normal, as the API reference says.
 */
export const filterLogEvents: Operation<LogsState, FilterLogEventsRequest, FilterLogEventsResponse> = rated(
  'FilterLogEvents',
  {
    access: 'read',
    accepts: [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamNames',
      'logStreamNamePrefix',
      'startTime',
      'endTime',
      'filterPattern',
      'nextToken',
      'limit',
    ],
    ignores: ['interleaved', 'unmask'],
    run: (context, input) => {
      const group = needGroup(context.state, input.logGroupName, input.logGroupIdentifier);
      const passes = compileFilterPattern(input.filterPattern);
      const isWanted = streamChoice(group, input);
      const belongsTo = `filter|${group.name}|${input.filterPattern ?? ''}`;
      const from = startOf(context, input, belongsTo);
      const behaviour = presentBehaviour(context);
      const isEmptied = ++behaviour.pagesGiven % (behaviour.emptyPageEvery || Infinity) === 0;
      const limit = Math.min(pageSize(input.limit, 10_000), context.pageLimit ?? Infinity);
      const page = scan(context, group, from, {
        endMs: input.endTime ?? Infinity,
        limit: isEmptied ? 0 : limit,
        scanEvents: behaviour.scanEvents,
        passes: (event) => isWanted(event.stream) && passes(event.message),
      });
      const lastToken = behaviour.repeatsLastToken ? input.nextToken : undefined;
      return {
        events: page.events.map((event) => ({
          logStreamName: event.stream,
          timestamp: event.timestampMs,
          message: event.message,
          ingestionTime: event.ingestedAtMs,
          eventId: event.id,
        })),
        searchedLogStreams: [],
        // The count makes the token of an empty page differ from the one before it.
        nextToken: page.next
          ? writeToken(belongsTo, { ...page.next, page: behaviour.pagesGiven }, context.nowMs)
          : lastToken,
      };
    },
  },
);

/** Events of one stream. At the end the token that was given comes back. */
export const getLogEvents: Operation<LogsState, GetLogEventsRequest, GetLogEventsResponse> = rated(
  'GetLogEvents',
  {
    access: 'read',
    accepts: [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamName',
      'startTime',
      'endTime',
      'nextToken',
      'limit',
      'startFromHead',
    ],
    ignores: ['unmask'],
    run: (context, input) => {
      const group = needGroup(context.state, input.logGroupName, input.logGroupIdentifier);
      const stream = needStream(group, input.logStreamName ?? '');
      const belongsTo = `get|${group.name}|${stream.name}`;
      const events = visible(context, group).filter(
        (event) =>
          event.stream === stream.name &&
          event.timestampMs >= (input.startTime ?? 0) &&
          event.timestampMs < (input.endTime ?? Infinity),
      );
      const limit = Math.min(pageSize(input.limit, 10_000), context.pageLimit ?? Infinity);
      const cursor = readCursor(context, input, belongsTo);
      const isForward = cursor ? cursor.direction === 'f' : input.startFromHead === true;
      const edge = cursor ? lowerBound(events, cursor) : isForward ? 0 : events.length;
      const [start, end] = window(events, edge, limit, isForward);
      const first: Position = events[start] ?? cursor ?? { timestampMs: 0, id: '' };
      const last = events[end - 1];
      const after: Position = last ? { timestampMs: last.timestampMs, id: `${last.id}~` } : first;
      const atEnd = start === end;
      const token = (direction: 'f' | 'b', position: Position): string =>
        writeToken(
          belongsTo,
          [direction, position.timestampMs, position.id],
          cursor?.issuedAtMs ?? context.nowMs,
        );
      return {
        events: events.slice(start, end).map((event) => ({
          timestamp: event.timestampMs,
          message: event.message,
          ingestionTime: event.ingestedAtMs,
        })),
        nextForwardToken: atEnd && isForward && input.nextToken ? input.nextToken : token('f', after),
        nextBackwardToken: atEnd && !isForward && input.nextToken ? input.nextToken : token('b', first),
      };
    },
  },
);

interface Scan {
  readonly endMs: number;
  readonly limit: number;
  readonly scanEvents: number;
  readonly passes: (event: LogEvent) => boolean;
}

function scan(
  context: LogsContext,
  group: LogGroup,
  from: Position,
  options: Scan,
): { readonly events: readonly LogEvent[]; readonly next: Position | undefined } {
  const all = visible(context, group);
  const events: LogEvent[] = [];
  let bytes = 0;
  const start = lowerBound(all, from);
  for (let index = start; index < all.length; index++) {
    const event = all[index]!;
    if (event.timestampMs > options.endMs) break;
    const here: Position = { timestampMs: event.timestampMs, id: event.id };
    if (events.length >= options.limit || index - start >= options.scanEvents) return { events, next: here };
    if (!options.passes(event)) continue;
    const size = Buffer.byteLength(event.message) + eventOverheadBytes;
    if (bytes + size > mostPageBytes && events.length > 0) return { events, next: here };
    bytes += size;
    events.push(event);
  }
  return { events, next: undefined };
}

function visible(context: LogsContext, group: LogGroup): readonly LogEvent[] {
  const events = sortedEvents(group);
  if (group.retentionDays === undefined) return events;
  const oldestMs = context.nowMs - group.retentionDays * 86_400_000;
  return events.slice(lowerBound(events, { timestampMs: oldestMs, id: '' }));
}

function startOf(context: LogsContext, input: FilterLogEventsRequest, belongsTo: string): Position {
  if (input.startTime !== undefined && input.endTime !== undefined && input.startTime > input.endTime) {
    throw invalid('End time should not be less than start time.');
  }
  if (input.nextToken === undefined) return { timestampMs: input.startTime ?? 0, id: '' };
  return readToken(input.nextToken, belongsTo, context.nowMs) as Position;
}

function presentBehaviour(context: LogsContext): LogsState['behaviour'] {
  return (context.world.stateOf(logsServiceId, context) as LogsState).behaviour;
}

function streamChoice(group: LogGroup, input: FilterLogEventsRequest): (stream: string) => boolean {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names !== undefined && prefix !== undefined) {
    throw invalid('logStreamNames and logStreamNamePrefix are mutually exclusive.');
  }
  if (prefix !== undefined) return (stream) => stream.startsWith(prefix);
  if (names === undefined) return () => true;
  if (names.length === 0 || names.length > 100) throw invalid('logStreamNames has 1 to 100 names.');
  for (const name of names) needStream(group, name);
  const wanted = new Set(names);
  return (stream) => wanted.has(stream);
}

function pageSize(limit: number | undefined, standard: number): number {
  if (limit === undefined) return standard;
  if (!Number.isInteger(limit) || limit < 1 || limit > mostEvents) {
    throw invalid(
      `Value '${limit}' at 'limit' failed to satisfy constraint: Member must be between 1 and 10000`,
    );
  }
  return limit;
}

interface Cursor extends Position {
  readonly direction: 'f' | 'b';
  readonly issuedAtMs: number;
}

function readCursor(context: LogsContext, input: GetLogEventsRequest, belongsTo: string): Cursor | undefined {
  if (input.nextToken === undefined) return undefined;
  const [direction, timestampMs, id] = readToken(input.nextToken, belongsTo, context.nowMs) as [
    'f' | 'b',
    number,
    string,
  ];
  return { direction, timestampMs, id, issuedAtMs: context.nowMs };
}

/** At most `limit` events and 1 MB, forwards from the edge or backwards to it. */
function window(
  events: readonly LogEvent[],
  edge: number,
  limit: number,
  isForward: boolean,
): readonly [number, number] {
  let bytes = 0;
  let count = 0;
  const at = (offset: number): LogEvent | undefined => events[isForward ? edge + offset : edge - 1 - offset];
  for (let event = at(0); event && count < limit; event = at(count)) {
    bytes += Buffer.byteLength(event.message) + eventOverheadBytes;
    if (bytes > mostPageBytes && count > 0) break;
    count++;
  }
  return isForward ? [edge, edge + count] : [edge - count, edge];
}
