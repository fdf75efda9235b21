import type { World } from '../world/world.js';
import type { Message, Queue, SqsState } from './state.js';

export const sqsServiceId = 'sqs';

/** The queue of that ARN, in whichever account and region it is. */
export function queueByArn(world: World, arn: string): Queue | undefined {
  const match = /^arn:aws[\w-]*:sqs:([a-z0-9-]+):(\d{12}):(.+)$/.exec(arn);
  const [, region = '', accountId = '', name = ''] = match ?? [];
  if (!match) return undefined;
  const { queues } = world.stateOf(sqsServiceId, { accountId, region }) as SqsState;
  return Object.hasOwn(queues, name) ? queues[name] : undefined;
}

/** Puts a message into a queue. */
export function sendToQueue(world: World, queue: Queue, body: string, delaySeconds?: number): Message {
  const nowMs = world.clock.now();
  const message: Message = {
    id: uuid(world),
    body,
    sentAtMs: nowMs,
    visibleAtMs: nowMs + (delaySeconds ?? queue.delaySeconds) * 1000,
    receiveCount: 0,
    firstReceivedAtMs: undefined,
    receiptHandle: undefined,
  };
  queue.messages.push(message);
  return message;
}

/** Forgets messages that have outlived the queue's retention. */
export function expireMessages(state: SqsState, nowMs: number): void {
  for (const queue of Object.values(state.queues)) {
    const oldestMs = nowMs - queue.retentionSeconds * 1000;
    if ((queue.messages[0]?.sentAtMs ?? nowMs) > oldestMs) continue;
    queue.messages = queue.messages.filter((message) => message.sentAtMs > oldestMs);
  }
}

function uuid(world: World): string {
  const hex = world.random.hex(32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
