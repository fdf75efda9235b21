import type { World } from '../world/world.js';
import { queueByArn, sendToQueue } from '../sqs/queues.js';
import type { Bucket, StoredObject } from './state.js';

/** Sends an `ObjectCreated:Put` message to each queue that asked for it. A queue that is gone is passed over. */
export function notifyQueues(world: World, bucket: Bucket, key: string, object: StoredObject): void {
  for (const { id, queueArn, events, prefix, suffix } of bucket.notifications) {
    const isWanted = events.some((event) => ['s3:ObjectCreated:*', 's3:ObjectCreated:Put'].includes(event));
    if (!isWanted || !key.startsWith(prefix) || !key.endsWith(suffix)) continue;
    const queue = queueByArn(world, queueArn);
    if (queue) sendToQueue(world, queue, JSON.stringify(createdMessage(world, bucket, key, object, id)));
  }
}

/** The message that a queue gets when a notification is set up. */
export function testMessage(bucket: Bucket, nowMs: number): string {
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(nowMs).toISOString(),
    Bucket: bucket.name,
  });
}

/** "Event message structure", Amazon S3 User Guide. */
function createdMessage(
  world: World,
  bucket: Bucket,
  key: string,
  object: StoredObject,
  configurationId: string,
): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: bucket.region,
        eventTime: new Date(object.lastModifiedMs).toISOString(),
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: bucket.ownerId },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': world.random.hex(16).toUpperCase() },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: {
            name: bucket.name,
            ownerIdentity: { principalId: bucket.ownerId },
            arn: `arn:aws:s3:::${bucket.name}`,
          },
          object: {
            // Keys are form-encoded here, as nowhere else.
            key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
            size: object.sizeBytes,
            eTag: object.eTag.replaceAll('"', ''),
            sequencer: world.random.hex(16).toUpperCase(),
          },
        },
      },
    ],
  };
}
