export { openS3 } from './open-s3.js';
export { type DoneDays, DoneObjects } from './done-objects.js';
export {
  type BucketSelection,
  type ListOptions,
  type ListedObject,
  listObjects,
  listPrefix,
} from './list-objects.js';
export { type KeyFacts, type LogObject, readKey } from './log-object.js';
export { type ObjectNotice, type ReceiveOptions, readNotice, receiveNotices } from './notifications.js';
export {
  type ObjectBatchesOptions,
  type ReadObjectOptions,
  objectBatches,
  readObject,
} from './read-object.js';
export { type ReadObjectsOptions, readObjects } from './read-objects.js';
