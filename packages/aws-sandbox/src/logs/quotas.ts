import { ApiError } from '../errors.js';
import type { LogsState } from './state.js';

const smallRegions = new Set([
  'ap-northeast-3',
  'ap-southeast-3',
  'ca-west-1',
  'eu-central-1',
  'il-central-1',
]);
const slowGetRegions = new Set(['us-west-2', 'eu-west-1', ...smallRegions]);

/**
 * Calls per second that the service takes from an account in a region ("CloudWatch Logs quotas", Amazon
 * CloudWatch Logs User Guide, as read in 2026); `undefined` where no quota is simulated.
 */
export function documentedRate(action: string, region: string): number | undefined {
  switch (action) {
    case 'FilterLogEvents':
      return region === 'us-east-1' ? 25 : smallRegions.has(region) ? 5 : 10;
    case 'GetLogEvents':
      return region === 'eu-west-3' ? 30 : slowGetRegions.has(region) ? 10 : 25;
    case 'DescribeLogStreams':
    case 'DescribeLogGroups':
    case 'CreateLogGroup':
      return 5;
    case 'CreateLogStream':
      return 50;
    case 'PutLogEvents':
      return 800;
    default:
      return undefined;
  }
}

/** Takes a token of the action's bucket, which holds one second's worth; ThrottlingException when there is none. */
export function takeToken(state: LogsState, action: string, region: string, nowMs: number): void {
  const { quotaScale, rates } = state.behaviour;
  if (quotaScale === undefined) return;
  const rate = rates[action] ?? documentedRate(action, region);
  if (rate === undefined) return;
  const perSecond = rate * quotaScale;
  const capacity = Math.max(1, perSecond);
  const bucket = (state.buckets[action] ??= { tokens: capacity, atMs: nowMs });
  const elapsedSeconds = Math.max(0, nowMs - bucket.atMs) / 1000;
  bucket.tokens = Math.min(capacity, bucket.tokens + elapsedSeconds * perSecond);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1 - 1e-9) throw new ApiError('ThrottlingException', 'Rate exceeded');
  bucket.tokens = Math.max(0, bucket.tokens - 1);
}
