import { ApiError } from '../errors.js';
import type { Operation, OperationContext, ServiceDefinition } from '../service/definition.js';
import {
  changeMessageVisibility,
  deleteMessage,
  deleteMessageBatch,
  purgeQueue,
  receiveMessage,
  sendMessage,
  sendMessageBatch,
} from './messages.js';
import { type WithHost, requestHost, sqsProtocol } from './protocol.js';
import { expireMessages, sqsServiceId } from './queues.js';
import { needQueue } from './queue-url.js';
import type { Queue, SqsState } from './state.js';
import type {
  CreateQueueRequest,
  CreateQueueResult,
  DeleteQueueRequest,
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  GetQueueUrlRequest,
  ListQueuesRequest,
  ListQueuesResult,
  QueueAttributeName,
} from '@aws-sdk/client-sqs';

type SqsContext = OperationContext<SqsState>;

const createQueue: Operation<SqsState, CreateQueueRequest & WithHost, CreateQueueResult> = {
  access: 'write',
  accepts: ['QueueName', 'Attributes'],
  ignores: ['tags'],
  resources: ['QueueName'],
  run: (context, input) => {
    const name = input.QueueName ?? '';
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw new ApiError(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    const attributes = input.Attributes ?? {};
    const number = (attribute: QueueAttributeName, standard: number, most: number): number => {
      const value = Number(attributes[attribute] ?? standard);
      if (!Number.isInteger(value) || value < 0 || value > most) {
        throw new ApiError('InvalidAttributeValue', `Invalid value for the parameter ${attribute}.`);
      }
      return value;
    };
    const queue: Queue = {
      name,
      arn: `arn:aws:sqs:${context.region}:${context.accountId}:${name}`,
      createdAtMs: context.nowMs,
      visibilitySeconds: number('VisibilityTimeout', 30, 43_200),
      delaySeconds: number('DelaySeconds', 0, 900),
      retentionSeconds: number('MessageRetentionPeriod', 345_600, 1_209_600),
      messages: [],
    };
    context.willChange();
    const known = Object.hasOwn(context.state.queues, name) ? context.state.queues[name] : undefined;
    if (known && known.visibilitySeconds !== queue.visibilitySeconds) {
      throw new ApiError(
        'QueueNameExists',
        'A queue already exists with the same name and a different value',
      );
    }
    context.state.queues[name] = known ?? queue;
    return { QueueUrl: urlOf(context, input, name) };
  },
};

const getQueueUrl: Operation<SqsState, GetQueueUrlRequest & WithHost, CreateQueueResult> = {
  access: 'read',
  accepts: ['QueueName', 'QueueOwnerAWSAccountId'],
  run: (context, input) => {
    const { QueueOwnerAWSAccountId: owner = context.accountId, QueueName: name = '' } = input;
    needQueue(context, `http://x/${owner}/${name}`);
    return { QueueUrl: urlOf({ accountId: owner }, input, name) };
  },
};

const listQueues: Operation<SqsState, ListQueuesRequest & WithHost, ListQueuesResult> = {
  access: 'read',
  accepts: ['QueueNamePrefix'],
  ignores: ['MaxResults'],
  run: (context, input) => ({
    QueueUrls: Object.keys(context.state.queues)
      .filter((name) => name.startsWith(input.QueueNamePrefix ?? ''))
      .map((name) => urlOf(context, input, name)),
  }),
};

const deleteQueue: Operation<SqsState, DeleteQueueRequest> = {
  access: 'write',
  accepts: ['QueueUrl'],
  resources: ['QueueUrl'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    context.willChange();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of names
    delete context.state.queues[queue.name];
    return {};
  },
};

const getQueueAttributes: Operation<SqsState, GetQueueAttributesRequest, GetQueueAttributesResult> = {
  access: 'read',
  accepts: ['QueueUrl', 'AttributeNames'],
  run: (context, input) => {
    const queue = needQueue(context, input.QueueUrl);
    const visible = queue.messages.filter((message) => message.visibleAtMs <= context.nowMs).length;
    const all: Partial<Record<QueueAttributeName, string>> = {
      QueueArn: queue.arn,
      VisibilityTimeout: String(queue.visibilitySeconds),
      DelaySeconds: String(queue.delaySeconds),
      MessageRetentionPeriod: String(queue.retentionSeconds),
      CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(queue.messages.length - visible),
    };
    const wanted = input.AttributeNames ?? [];
    const isWanted = (name: string): boolean =>
      wanted.includes('All') || wanted.includes(name as QueueAttributeName);
    return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name))) };
  },
};

/** Amazon SQS, API version 2012-11-05: standard queues. Receiving never waits: an empty queue answers at once. */
export const sqsService: ServiceDefinition<SqsState> = {
  id: sqsServiceId,
  signingNames: ['sqs'],
  iamPrefix: 'sqs',
  protocol: sqsProtocol,
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-sqs'),
  operations: {
    ChangeMessageVisibility: changeMessageVisibility,
    CreateQueue: createQueue,
    DeleteMessage: deleteMessage,
    DeleteMessageBatch: deleteMessageBatch,
    DeleteQueue: deleteQueue,
    GetQueueAttributes: getQueueAttributes,
    GetQueueUrl: getQueueUrl,
    ListQueues: listQueues,
    PurgeQueue: purgeQueue,
    ReceiveMessage: receiveMessage,
    SendMessage: sendMessage,
    SendMessageBatch: sendMessageBatch,
  },
  initialState: () => ({ queues: {} }),
  settle: expireMessages,
  resourceArn: (queue, { region, accountId }) =>
    `arn:aws:sqs:${region}:${accountId}:${queue.slice(queue.lastIndexOf('/') + 1)}`,
};

function urlOf(context: Pick<SqsContext, 'accountId'>, input: WithHost, name: string): string {
  return `http://${input[requestHost] ?? 'localhost'}/${context.accountId}/${name}`;
}
