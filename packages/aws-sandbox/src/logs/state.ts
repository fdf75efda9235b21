import type { LogGroupClass } from '@aws-sdk/client-cloudwatch-logs';

/** CloudWatch Logs of one account in one region, in plain JSON. */
export interface LogsState {
  readonly groups: Record<string, LogGroup>;
  /** Deliveries that become events when the clock reaches them, in no particular order. */
  pending: PendingDelivery[];
  /** Makes event ids unique. */
  nextEvent: number;
  readonly behaviour: LogsBehaviour;
  /** Tokens left by action, and since when. */
  readonly buckets: Record<string, { tokens: number; atMs: number }>;
}

/** How the service answers where AWS leaves it open; tests change it. */
export interface LogsBehaviour {
  /** The region's documented rates, times this; `undefined` for no limit. */
  quotaScale: number | undefined;
  /** Rates per second of single actions, in place of the documented ones. */
  rates: Record<string, number>;
  /** Events that one FilterLogEvents call looks at; a call that finds nothing in them gives an empty page. */
  scanEvents: number;
  /** Every n-th FilterLogEvents page that would have events is empty, with a token; 0 for none. */
  emptyPageEvery: number;
  /** The last FilterLogEvents page repeats the token it was asked with, instead of giving none. */
  repeatsLastToken: boolean;
  /** FilterLogEvents pages given so far, which `emptyPageEvery` counts. */
  pagesGiven: number;
}

export interface LogGroup {
  readonly name: string;
  readonly createdAtMs: number;
  retentionDays: number | undefined;
  logGroupClass: LogGroupClass;
  readonly streams: Record<string, LogStream>;
  /** Of all streams, by timestamp and then by id once `isSorted`. */
  events: LogEvent[];
  isSorted: boolean;
  storedBytes: number;
}

export interface LogStream {
  readonly name: string;
  readonly createdAtMs: number;
  firstEventMs: number | undefined;
  lastEventMs: number | undefined;
  lastIngestionMs: number | undefined;
}

export interface LogEvent {
  readonly id: string;
  readonly timestampMs: number;
  readonly ingestedAtMs: number;
  readonly stream: string;
  readonly message: string;
}

/** Events on their way into a stream, which is made when it is missing. */
export interface PendingDelivery {
  readonly atMs: number;
  readonly group: string;
  readonly stream: string;
  readonly events: readonly { readonly timestampMs: number; readonly message: string }[];
  /** Taken from `nextEvent` beforehand, so that the events have their ids whenever and in whichever past they are read. */
  readonly firstSequence?: number;
}

/** A region without log groups. */
export function emptyLogsState(): LogsState {
  return {
    groups: {},
    pending: [],
    nextEvent: 0,
    behaviour: {
      quotaScale: undefined,
      rates: {},
      scanEvents: 100_000,
      emptyPageEvery: 0,
      repeatsLastToken: false,
      pagesGiven: 0,
    },
    buckets: {},
  };
}
