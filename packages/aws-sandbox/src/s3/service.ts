import type { ServiceDefinition } from '../service/definition.js';
import {
  getBucketNotificationConfiguration,
  putBucketNotificationConfiguration,
} from './notification-operations.js';
import { deliverDueObjects } from './objects.js';
import {
  createBucket,
  deleteBucket,
  deleteObject,
  getBucketLocation,
  getObject,
  headBucket,
  headObject,
  listBuckets,
  listObjectsV2,
  putObject,
} from './operations.js';
import { s3Protocol } from './rest-protocol.js';
import { type S3State, emptyS3State } from './state.js';

/** Amazon S3, API version 2006-03-01: buckets, objects, listings, notifications to queues. */
export const s3Service: ServiceDefinition<S3State> = {
  id: 's3',
  signingNames: ['s3'],
  iamPrefix: 's3',
  protocol: s3Protocol,
  scope: 'global',
  loadSchemas: () => import('@aws-sdk/client-s3'),
  operations: {
    CreateBucket: createBucket,
    DeleteBucket: deleteBucket,
    DeleteObject: deleteObject,
    GetBucketLocation: getBucketLocation,
    GetBucketNotificationConfiguration: getBucketNotificationConfiguration,
    GetObject: getObject,
    HeadBucket: headBucket,
    HeadObject: headObject,
    ListBuckets: listBuckets,
    ListObjectsV2: listObjectsV2,
    PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
    PutObject: putObject,
  },
  initialState: emptyS3State,
  settle: deliverDueObjects,
  resourceArn: (bucket) => `arn:aws:s3:::${bucket}`,
};
