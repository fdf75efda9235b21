import { ApiError } from '../errors.js';
import type { OperationContext } from '../service/definition.js';
import { queueByArn } from './queues.js';
import type { Queue, SqsState } from './state.js';

/** The queue that a URL names, in the caller's region. */
export function needQueue(context: OperationContext<SqsState>, url: string | undefined): Queue {
  const [, accountId = '', name = ''] = /\/(\d{12})\/([\w-]+)$/.exec(url ?? '') ?? [];
  const queue =
    accountId === context.accountId && Object.hasOwn(context.state.queues, name)
      ? context.state.queues[name]
      : queueByArn(context.world, `arn:aws:sqs:${context.region}:${accountId}:${name}`);
  if (!queue) throw new ApiError('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}
