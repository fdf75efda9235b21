import { ApiError } from '../errors.js';
import type { Operation, OperationContext } from '../service/definition.js';
import { needQueue } from './queue-url.js';
import { sendToQueue } from './queues.js';
import type { Message, Queue, SqsState } from './state.js';
import { createHash } from 'node:crypto';
import type {
  BatchResultErrorEntry,
  ChangeMessageVisibilityRequest,
  DeleteMessageBatchRequest,
  DeleteMessageBatchResult,
  DeleteMessageRequest,
  MessageSystemAttributeName,
  PurgeQueueRequest,
  ReceiveMessageRequest,
  ReceiveMessageResult,
  SendMessageBatchRequest,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs';

const mostBytes = 1_048_576;

export const sendMessage: Operation<SqsState, SendMessageRequest, SendMessageResult> = {
  access: 'write',
  accepts: ['QueueUrl', 'MessageBody', 'DelaySeconds'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    const body = input.MessageBody ?? '';
    checkBodies([body]);
    context.willChange();
    const message = sendToQueue(context.world, queue, body, input.DelaySeconds);
    return { MessageId: message.id, MD5OfMessageBody: md5(body) };
  },
};

export const sendMessageBatch: Operation<SqsState, SendMessageBatchRequest, SendMessageBatchResult> = {
  access: 'write',
  accepts: ['QueueUrl', 'Entries.Id', 'Entries.MessageBody', 'Entries.DelaySeconds'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    const entries = checkEntries(input.Entries);
    checkBodies(entries.map((entry) => entry.MessageBody ?? ''));
    context.willChange();
    const sent = entries.map(({ Id, MessageBody: body = '', DelaySeconds }) => ({
      Id,
      MessageId: sendToQueue(context.world, queue, body, DelaySeconds).id,
      MD5OfMessageBody: md5(body),
    }));
    return { Successful: sent, Failed: [] };
  },
};

export const receiveMessage: Operation<SqsState, ReceiveMessageRequest, ReceiveMessageResult> = {
  access: 'write',
  accepts: [
    'QueueUrl',
    'MaxNumberOfMessages',
    'VisibilityTimeout',
    'AttributeNames',
    'MessageSystemAttributeNames',
  ],
  ignores: ['WaitTimeSeconds', 'MessageAttributeNames', 'ReceiveRequestAttemptId'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    const most = input.MaxNumberOfMessages ?? 1;
    if (!Number.isInteger(most) || most < 1 || most > 10) {
      throw new ApiError(
        'InvalidParameterValue',
        `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      );
    }
    context.willChange();
    const hiddenMs = (input.VisibilityTimeout ?? queue.visibilitySeconds) * 1000;
    const wanted = wantedAttributes(input);
    const messages = queue.messages
      .filter((message) => message.visibleAtMs <= context.nowMs)
      .slice(0, Math.min(most, context.pageLimit ?? most));
    for (const message of messages) {
      message.visibleAtMs = context.nowMs + hiddenMs;
      message.receiveCount++;
      message.firstReceivedAtMs ??= context.nowMs;
      message.receiptHandle = `${message.id}.${message.receiveCount}.${context.world.random.hex(16)}`;
    }
    return { Messages: messages.map((message) => viewMessage(context, message, wanted)) };
  },
};

export const deleteMessage: Operation<SqsState, DeleteMessageRequest> = {
  access: 'write',
  accepts: ['QueueUrl', 'ReceiptHandle'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    checkHandle(input.ReceiptHandle);
    context.willChange();
    remove(queue, input.ReceiptHandle);
    return {};
  },
};

export const deleteMessageBatch: Operation<SqsState, DeleteMessageBatchRequest, DeleteMessageBatchResult> = {
  access: 'write',
  accepts: ['QueueUrl', 'Entries.Id', 'Entries.ReceiptHandle'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    const entries = checkEntries(input.Entries);
    context.willChange();
    const failed: BatchResultErrorEntry[] = [];
    const successful: { Id: string | undefined }[] = [];
    for (const { Id, ReceiptHandle } of entries) {
      if (isHandle(ReceiptHandle)) {
        remove(queue, ReceiptHandle);
        successful.push({ Id });
      } else failed.push({ Id, Code: 'ReceiptHandleIsInvalid', SenderFault: true });
    }
    return { Successful: successful, Failed: failed };
  },
};

export const changeMessageVisibility: Operation<SqsState, ChangeMessageVisibilityRequest> = {
  access: 'write',
  accepts: ['QueueUrl', 'ReceiptHandle', 'VisibilityTimeout'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    checkHandle(input.ReceiptHandle);
    const message = queue.messages.find((one) => one.receiptHandle === input.ReceiptHandle);
    if (!message || message.visibleAtMs <= context.nowMs) {
      throw new ApiError('MessageNotInflight', 'The specified message is not in flight.');
    }
    context.willChange();
    message.visibleAtMs = context.nowMs + (input.VisibilityTimeout ?? 0) * 1000;
    return {};
  },
};

export const purgeQueue: Operation<SqsState, PurgeQueueRequest> = {
  access: 'write',
  accepts: ['QueueUrl'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    context.willChange();
    queue.messages = [];
    return {};
  },
};

function viewMessage(
  context: OperationContext<SqsState>,
  message: Message,
  wanted: readonly string[],
): NonNullable<ReceiveMessageResult['Messages']>[number] {
  const all: Partial<Record<MessageSystemAttributeName, string>> = {
    SenderId: context.accountId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? 0),
  };
  const attributes = Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: attributes.length === 0 ? undefined : Object.fromEntries(attributes),
  };
}

/** Only the handle of the latest receipt removes; an older one is accepted and does nothing, as on AWS. */
function remove(queue: Queue, handle: string | undefined): void {
  queue.messages = queue.messages.filter((message) => message.receiptHandle !== handle);
}

function isHandle(handle: string | undefined): boolean {
  return /^[0-9a-f-]{36}\.\d+\.[0-9a-f]{16}$/.test(handle ?? '');
}

function checkHandle(handle: string | undefined): void {
  if (isHandle(handle)) return;
  throw new ApiError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle ?? ''}" is not valid.`,
    404,
  );
}

function checkBodies(bodies: readonly string[]): void {
  if (bodies.some((body) => body === '')) {
    throw new ApiError('MissingParameter', 'The request must contain the parameter MessageBody.');
  }
  const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);
  if (bytes > mostBytes) {
    throw new ApiError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${mostBytes} bytes.`,
    );
  }
}

function checkEntries<Entry extends { readonly Id?: string | undefined }>(
  entries: readonly Entry[] | undefined,
): readonly Entry[] {
  if (!entries || entries.length === 0)
    throw new ApiError('EmptyBatchRequest', 'The batch request has no entries.');
  if (entries.length > 10)
    throw new ApiError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  if (new Set(entries.map((entry) => entry.Id)).size !== entries.length) {
    throw new ApiError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
  return entries;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function wantedAttributes(input: ReceiveMessageRequest): readonly string[] {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- older clients still send it
  const older = input.AttributeNames;
  return [...(input.MessageSystemAttributeNames ?? []), ...(older ?? [])];
}
