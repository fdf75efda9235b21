import type { LogEvent, LogGroup, LogsState, PendingDelivery } from './state.js';

/** Bytes that the service adds to each event when it counts (PutLogEvents, "batch size"). */
export const eventOverheadBytes = 26;

/** Adds events to a stream, which must exist, as ingested at `nowMs`. */
export function addEvents(
  state: LogsState,
  group: LogGroup,
  streamName: string,
  events: PendingDelivery['events'],
  nowMs: number,
  firstSequence?: number,
): void {
  const stream = group.streams[streamName];
  if (!stream) return;
  for (const [index, { timestampMs, message }] of events.entries()) {
    const sequence = firstSequence === undefined ? state.nextEvent++ : firstSequence + index;
    group.events.push({
      id: eventId(timestampMs, sequence),
      timestampMs,
      ingestedAtMs: nowMs,
      stream: streamName,
      message,
    });
    group.storedBytes += Buffer.byteLength(message) + eventOverheadBytes;
    stream.firstEventMs = Math.min(stream.firstEventMs ?? timestampMs, timestampMs);
    stream.lastEventMs = Math.max(stream.lastEventMs ?? timestampMs, timestampMs);
  }
  stream.lastIngestionMs = nowMs;
  group.isSorted = false;
}

/** Delivers what is due, in the order of its times. A delivery to a group that is gone is lost, as on AWS. */
export function deliverDue(state: LogsState, nowMs: number): void {
  const due = state.pending.filter((delivery) => delivery.atMs <= nowMs);
  if (due.length === 0) return;
  state.pending = state.pending.filter((delivery) => delivery.atMs > nowMs);
  for (const { group: groupName, stream, events, atMs, firstSequence } of due.sort(
    (a, b) => a.atMs - b.atMs,
  )) {
    const group = state.groups[groupName];
    if (!group) continue;
    group.streams[stream] ??= {
      name: stream,
      createdAtMs: atMs,
      firstEventMs: undefined,
      lastEventMs: undefined,
      lastIngestionMs: undefined,
    };
    addEvents(state, group, stream, events, atMs, firstSequence);
  }
}

/** The group's events in the order of reading: timestamp, then id. */
export function sortedEvents(group: LogGroup): readonly LogEvent[] {
  if (!group.isSorted) {
    group.events.sort(compareEvents);
    group.isSorted = true;
  }
  return group.events;
}

/** Where in the order of reading an event stands. */
export interface Position {
  readonly timestampMs: number;
  readonly id: string;
}

export function compareEvents(a: Position, b: Position): number {
  return a.timestampMs - b.timestampMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Index of the first event at or after a position. */
export function lowerBound(events: readonly LogEvent[], position: Position): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareEvents(events[middle]!, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** 56 digits that sort by time, as the service's ids are. */
function eventId(timestampMs: number, sequence: number): string {
  return `3${String(timestampMs).padStart(15, '0')}${String(sequence).padStart(40, '0')}`;
}
