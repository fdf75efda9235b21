export { type AccountBook, createAccountBook, type TrackedAccount } from './account-book.js';
export { type AwsShardOptions, openAwsShard, roleArnOf } from './open-aws-shard.js';
export { runRetention } from './retention.js';
export { createTracker, type Tracker, type TrackerOptions } from './run-tracker.js';
export { type OpenShard, trackShard } from './track-shard.js';
export { createTrackerMetrics, type TrackerMetrics } from './tracker-metrics.js';
