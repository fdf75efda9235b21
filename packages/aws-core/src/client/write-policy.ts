import { isAbort } from '../errors/is-abort.js';
import { categorize } from '../errors/categorize.js';

/**
 * Whether a failed attempt of a call may be sent again without looking: reads, dry runs, writes that carry a
 * client token, and writes that come to the same however often they are done.
 */
export function isRepeatable(
  operation: string,
  request: unknown,
  alsoRepeatable: ReadonlySet<string>,
): boolean {
  if (READ.test(operation) || SAME_EVERY_TIME.has(operation) || alsoRepeatable.has(operation)) return true;
  const body = bodyText(request);
  return CLIENT_TOKEN.test(body) || DRY_RUN.test(body);
}

/**
 * Whether an attempt that failed like this may have been carried out all the same. No connection, a throttled
 * request and a refusal in AWS's words (4xx) are certain; everything after the request was sent is not.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  if (isAbort(error)) return false;
  const { category, code, message } = categorize(error);
  if (NEVER_SENT.has(code) || NEVER_SENT.has(systemCode(error))) return false;
  if (/did not establish a connection|connection timeout/i.test(message)) return false;
  if (category === 'transient') return true;
  const status = statusOf(error);
  return category === 'unknown' && status !== undefined && (status < 300 || status >= 500);
}

const READ =
  /^(Describe|Get|List|Head|Filter|Lookup|Search|Select|Batch(Get|Describe)|Query|Simulate|Decode|AssumeRole)/;

const SAME_EVERY_TIME = new Set([
  'AddTags',
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'CreateTags',
  'DeleteMessage',
  'DeleteMessageBatch',
  'DeleteTags',
  'ReceiveMessage',
  'RemoveTags',
]);

// Form-encoded and JSON bodies; the SDK fills the members that a service marks as idempotency tokens.
const CLIENT_TOKEN = /(^|&)Client(Request)?Token=[^&]|"client(Request)?Token"\s*:\s*"[^"]/i;
const DRY_RUN = /(^|&)DryRun=true(&|$)|"dryRun"\s*:\s*true/i;

const NEVER_SENT = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'CredentialsProviderError',
]);

function bodyText(request: unknown): string {
  if (typeof request !== 'object' || request === null || !('body' in request)) return '';
  const { body } = request;
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array && body.length < 1_048_576 ? Buffer.from(body).toString('utf8') : '';
}

function systemCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode;
}
