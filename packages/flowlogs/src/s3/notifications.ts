import type { SQSClient } from '@aws-sdk/client-sqs';
import { toAwsError } from '@net/aws-core';
import type { LogObject } from './log-object.js';

/** A message that says that objects were made. */
export interface ObjectNotice {
  readonly objects: readonly LogObject[];
  /** True for a message that cannot be read; acknowledge it, or let the queue's dead-letter policy take it. */
  readonly isUnreadable: boolean;
  /** Deletes the message: call it when its objects were read and kept. Until then SQS gives it again. */
  acknowledge(): Promise<void>;
}

export interface ReceiveOptions {
  readonly queueUrl: string;
  /** Up to 20,000: how long SQS waits for a message. Default 20,000. */
  readonly waitMs?: number | undefined;
  /** How long a message that is not acknowledged stays hidden. Default: the queue's. */
  readonly visibilityMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Receives up to ten messages of S3 events, from S3 itself, by SNS, or by EventBridge ("Amazon S3 Event Notifications").
 *
 * @throws {AwsError} when the queue cannot be read
 */
export async function receiveNotices(
  client: SQSClient,
  options: ReceiveOptions,
): Promise<readonly ObjectNotice[]> {
  const { queueUrl, waitMs = 20_000, visibilityMs, signal } = options;
  const { DeleteMessageCommand, ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const call = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toAwsError(error, { action });
    }
  };
  const { Messages = [] } = await call('sqs:ReceiveMessage', () =>
    client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: Math.min(20, Math.round(waitMs / 1_000)),
        ...(visibilityMs === undefined ? {} : { VisibilityTimeout: Math.ceil(visibilityMs / 1_000) }),
      }),
      signal ? { abortSignal: signal } : {},
    ),
  );
  return Messages.map(({ Body, ReceiptHandle }) => {
    const objects = readNotice(Body ?? '');
    return {
      objects: objects ?? [],
      isUnreadable: objects === undefined,
      acknowledge: () =>
        call('sqs:DeleteMessage', async () => {
          await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
        }),
    };
  });
}

/** The objects that a message's body names; empty for S3's test event, undefined for what is no S3 event. */
export function readNotice(body: string): readonly LogObject[] | undefined {
  const message = parse(body);
  if (message === undefined) return undefined;
  // SNS wraps the event as text.
  if (typeof message['Message'] === 'string') return readNotice(message['Message']);
  if (message['Event'] === 's3:TestEvent') return [];
  const records = message['Records'];
  if (Array.isArray(records)) {
    return records.flatMap((record: unknown) => {
      const { eventName, s3 } = asRecord(record);
      if (typeof eventName === 'string' && !eventName.startsWith('ObjectCreated')) return [];
      const { bucket, object } = asRecord(s3);
      return toObject(asRecord(bucket)['name'], asRecord(object)['key'], asRecord(object)['size'], true);
    });
  }
  const detail = asRecord(message['detail']);
  if (message['detail-type'] === 'Object Created') {
    const { bucket, object } = detail;
    return toObject(asRecord(bucket)['name'], asRecord(object)['key'], asRecord(object)['size'], false);
  }
  return undefined;
}

function toObject(bucket: unknown, key: unknown, size: unknown, isEncoded: boolean): readonly LogObject[] {
  if (typeof bucket !== 'string' || typeof key !== 'string') return [];
  return [
    { bucket, key: isEncoded ? decodeKey(key) : key, size: typeof size === 'number' ? size : undefined },
  ];
}

/** Keys in S3's own events are encoded as in forms. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
