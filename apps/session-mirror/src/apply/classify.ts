import { type CategorizedError, categorize } from '@net/aws-core';

/** What EC2's refusal of a write on a session means. */
export type Refusal = {
  readonly kind: 'superseded' | 'fatal' | 'failed' | 'refused' | 'target-full' | 'account-full' | 'type';
  readonly detail: string;
};

/** Codes that say a quota is used up ("Error codes for the Amazon EC2 API"). */
const LIMITS = new Set([
  'TrafficMirrorSessionsPerInterfaceLimitExceeded',
  'TrafficMirrorFilterLimitExceeded',
  'TrafficMirrorFilterRuleLimitExceeded',
  'TrafficMirrorTargetLimitExceeded',
]);

const TARGET_LIMITS = new Set([
  'TrafficMirrorSourcesPerTargetLimitExceeded',
  'TrafficMirrorSessionsPerTargetLimitExceeded',
]);

/** Reads an error of a write. Never throws. */
export function classify(error: unknown): Refusal {
  const found: CategorizedError = categorize(error);
  const { code, category, message } = found;
  const detail = message.includes(code) ? message : `${message} (${code})`;
  const is = (kind: Refusal['kind']): Refusal => ({ kind, detail });
  if (TARGET_LIMITS.has(code)) return is('target-full');
  if (code === 'TrafficMirrorSessionLimitExceeded') return is('account-full');
  if (LIMITS.has(code)) return is('refused');
  if (code === 'TrafficMirrorTargetInUseException') return is('refused');
  if (/NotSupported/.test(code) || (code === 'InvalidParameterValue' && /not supported/i.test(message)))
    return is('type');
  // The number is taken: by a run at the same time, or by somebody else since the look.
  if (/session number/i.test(message) && /us(?:e|ing)/i.test(message)) return is('superseded');
  if (category === 'not-found' || code === 'IdempotentParameterMismatch') return is('superseded');
  if (category === 'denied' || category === 'expired-credentials') return is('fatal');
  return is('failed');
}
