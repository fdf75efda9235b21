import { ApiError } from '../errors.js';
import type { Operation } from '../service/definition.js';
import { queueByArn, sendToQueue } from '../sqs/queues.js';
import { testMessage } from './notifications.js';
import { needBucket } from './operations.js';
import type { QueueNotification, S3State } from './state.js';
import type {
  GetBucketNotificationConfigurationRequest,
  NotificationConfiguration,
  PutBucketNotificationConfigurationRequest,
  QueueConfiguration,
} from '@aws-sdk/client-s3';

export const putBucketNotificationConfiguration: Operation<
  S3State,
  PutBucketNotificationConfigurationRequest
> = {
  access: 'write',
  accepts: ['Bucket', 'NotificationConfiguration.QueueConfigurations'],
  ignores: ['SkipDestinationValidation'],
  resources: ['Bucket'],
  run: (context, input) => {
    const bucket = needBucket(context, input.Bucket);
    const given = input.NotificationConfiguration?.QueueConfigurations ?? [];
    const notifications = given.map((one, index) => read(one, index));
    const queues = notifications.map(({ queueArn }) => {
      const queue = queueByArn(context.world, queueArn);
      if (!queue) {
        throw new ApiError('InvalidArgument', 'Unable to validate the following destination configurations');
      }
      return queue;
    });
    context.willChange();
    bucket.notifications = notifications;
    for (const queue of queues) sendToQueue(context.world, queue, testMessage(bucket, context.nowMs));
    return {};
  },
};

export const getBucketNotificationConfiguration: Operation<
  S3State,
  GetBucketNotificationConfigurationRequest,
  NotificationConfiguration
> = {
  access: 'read',
  accepts: ['Bucket'],
  run: (context, input) => ({
    QueueConfigurations: needBucket(context, input.Bucket).notifications.map((one) => ({
      Id: one.id,
      QueueArn: one.queueArn,
      Events: one.events as QueueConfiguration['Events'],
      Filter: {
        Key: {
          FilterRules: [
            { Name: 'prefix', Value: one.prefix } as const,
            { Name: 'suffix', Value: one.suffix } as const,
          ].filter((rule) => rule.Value !== ''),
        },
      },
    })),
  }),
};

function read(given: QueueConfiguration, index: number): QueueNotification {
  const rules = given.Filter?.Key?.FilterRules ?? [];
  const rule = (name: string): string => rules.find((one) => one.Name?.toLowerCase() === name)?.Value ?? '';
  return {
    id: given.Id ?? `queue-${index + 1}`,
    queueArn: given.QueueArn ?? '',
    events: given.Events ?? [],
    prefix: rule('prefix'),
    suffix: rule('suffix'),
  };
}
