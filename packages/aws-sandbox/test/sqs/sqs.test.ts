import { SQS } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';

import { type VirtualClock, virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';

async function open(): Promise<{
  readonly sqs: SQS;
  readonly url: { QueueUrl: string };
  readonly clock: VirtualClock;
}> {
  const clock = virtualClock();
  const sandbox = await openSandbox({ clock });
  const sqs = new SQS({ ...sandbox.client(), maxAttempts: 1 });
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'work', Attributes: { VisibilityTimeout: '60' } });
  return { sqs, url: { QueueUrl: QueueUrl! }, clock };
}

describe('SQS', () => {
  test('a received message is hidden, comes back, and is gone when deleted', async () => {
    const { sqs, url, clock } = await open();
    await sqs.sendMessage({ ...url, MessageBody: 'one' });
    const first = await sqs.receiveMessage({ ...url, MessageSystemAttributeNames: ['All'] });
    expect(first.Messages).toMatchObject([{ Body: 'one', Attributes: { ApproximateReceiveCount: '1' } }]);
    expect((await sqs.receiveMessage(url)).Messages ?? []).toEqual([]);
    clock.advance(60_000);
    const again = await sqs.receiveMessage({ ...url, MessageSystemAttributeNames: ['All'] });
    expect(again.Messages).toMatchObject([{ Body: 'one', Attributes: { ApproximateReceiveCount: '2' } }]);
    await sqs.deleteMessage({ ...url, ReceiptHandle: first.Messages![0]!.ReceiptHandle! });
    clock.advance(60_000);
    const third = await sqs.receiveMessage(url);
    expect(third.Messages).toHaveLength(1);
    await sqs.deleteMessage({ ...url, ReceiptHandle: third.Messages![0]!.ReceiptHandle! });
    clock.advance(60_000);
    expect((await sqs.receiveMessage(url)).Messages ?? []).toEqual([]);
  });

  test('batches, visibility, delay, purge and attributes', async () => {
    const { sqs, url, clock } = await open();
    await sqs.sendMessageBatch({
      ...url,
      Entries: [
        { Id: 'a', MessageBody: 'a' },
        { Id: 'b', MessageBody: 'b', DelaySeconds: 10 },
      ],
    });
    const counts = async (): Promise<unknown> =>
      (await sqs.getQueueAttributes({ ...url, AttributeNames: ['All'] })).Attributes;
    expect(await counts()).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
    const [message] = (await sqs.receiveMessage({ ...url, MaxNumberOfMessages: 10 })).Messages ?? [];
    await sqs.changeMessageVisibility({
      ...url,
      ReceiptHandle: message!.ReceiptHandle!,
      VisibilityTimeout: 0,
    });
    clock.advance(10_000);
    const both = await sqs.receiveMessage({ ...url, MaxNumberOfMessages: 10 });
    expect(both.Messages?.map((one) => one.Body)).toEqual(['a', 'b']);
    const deleted = await sqs.deleteMessageBatch({
      ...url,
      Entries: both.Messages!.map((one, i) => ({ Id: `${i}`, ReceiptHandle: one.ReceiptHandle! })),
    });
    expect(deleted.Successful).toHaveLength(2);
    await sqs.sendMessage({ ...url, MessageBody: 'c' });
    await sqs.purgeQueue(url);
    expect(await counts()).toMatchObject({ ApproximateNumberOfMessages: '0' });
  });

  test('queues are found by name and missed by name', async () => {
    const { sqs, url } = await open();
    expect((await sqs.getQueueUrl({ QueueName: 'work' })).QueueUrl).toBe(url.QueueUrl);
    expect((await sqs.listQueues({})).QueueUrls).toEqual([url.QueueUrl]);
    await expect(sqs.getQueueUrl({ QueueName: 'none' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(sqs.deleteMessage({ ...url, ReceiptHandle: 'x' })).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
    });
    await sqs.deleteQueue(url);
    await expect(sqs.sendMessage({ ...url, MessageBody: 'x' })).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});
