import { gunzipSync } from 'node:zlib';
import { FlowLogsError } from '../errors.js';

/** What a subscription filter of CloudWatch Logs delivers ("Real-time processing of log data with subscriptions"). */
export interface SubscriptionData {
  /** `CONTROL_MESSAGE` only tells that the destination can be reached. */
  readonly messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE';
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly events: readonly { readonly id: string; readonly timestampMs: number; readonly message: string }[];
}

/** A record that is longer when it is unpacked is refused: subscriptions carry at most 1 MB packed. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads one record of a subscription: gzip, or its base64, of JSON.
 *
 * @throws {FlowLogsError} NET_FLOWLOGS_DAMAGED for what is none
 */
export function readSubscription(data: Uint8Array | string): SubscriptionData {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
  let value: unknown;
  try {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const text = isPacked ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : Buffer.from(bytes);
    value = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new FlowLogsError(
      'NET_FLOWLOGS_DAMAGED',
      `no record of a subscription: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  const { messageType, owner, logGroup, logStream, logEvents } = asRecord(value);
  if (messageType !== 'DATA_MESSAGE' && messageType !== 'CONTROL_MESSAGE')
    throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', 'no record of a subscription: it has no messageType');
  return {
    messageType,
    owner: textOf(owner),
    logGroup: textOf(logGroup),
    logStream: textOf(logStream),
    events: (Array.isArray(logEvents) && messageType === 'DATA_MESSAGE' ? logEvents : []).flatMap(
      (event: unknown) => {
        const { id, timestamp, message } = asRecord(event);
        return typeof message === 'string'
          ? [{ id: textOf(id), timestampMs: Number(timestamp ?? 0), message }]
          : [];
      },
    ),
  };
}

/** The records of a Lambda event: from CloudWatch Logs itself, or by Kinesis Data Streams. */
export interface LambdaRecords {
  readonly records: readonly SubscriptionData[];
  /** Records that are none, with why. */
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

/** Reads the event that a Lambda function is called with. Never throws. */
export function readLambdaEvent(event: unknown): LambdaRecords {
  const { awslogs, Records } = asRecord(event);
  const packed: unknown[] =
    awslogs === undefined
      ? (Array.isArray(Records) ? Records : []).map(
          (record: unknown) => asRecord(asRecord(record)['kinesis'])['data'],
        )
      : [asRecord(awslogs)['data']];
  const records: SubscriptionData[] = [];
  const rejected: { index: number; reason: string }[] = [];
  packed.forEach((data, index) => {
    try {
      records.push(readSubscription(typeof data === 'string' ? data : ''));
    } catch (error) {
      rejected.push({ index, reason: (error as Error).message });
    }
  });
  return { records, rejected };
}

/** The lines of data messages, each with its end: what a scanner or `parseChunks` takes. */
export function subscriptionLines(records: readonly SubscriptionData[]): Uint8Array {
  return Buffer.from(records.flatMap(({ events }) => events.map(({ message }) => `${message}\n`)).join(''));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
