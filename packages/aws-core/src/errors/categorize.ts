import { AwsApiError, AwsError, type AwsErrorCategory, type AwsErrorCode } from './aws-error.js';
import { callOf } from './call-of.js';
import { categoryOfCode } from './error-codes.js';
import { isAbort } from './is-abort.js';
import { redactSecrets } from './redact.js';

/** What an error of an AWS call amounts to. */
export interface CategorizedError {
  readonly category: AwsErrorCategory;
  /** AWS's code, or the system's where no answer came; `Unknown` when there is none. */
  readonly code: string;
  /** IAM action: the one the text says is missing, else that of the call. */
  readonly action: string | undefined;
  readonly retryable: boolean;
  /** AWS's words without secrets; an encoded authorization message stays whole, so that it can be decoded. */
  readonly message: string;
  readonly requestId: string | undefined;
}

/**
 * Says what kind of failure an error of an SDK call is. Takes anything that can be thrown and never throws.
 *
 * @param call the IAM action of the call, where the client was not made by `createClient`
 */
export function categorize(error: unknown, call?: { readonly action?: string }): CategorizedError {
  if (error instanceof AwsApiError) {
    const { category, action, retryable, message, requestId } = error;
    return { category, code: error.awsCode, action, retryable, message, requestId };
  }
  const facts = factsOf(error);
  const category = categoryOf(facts);
  const said = redactSecrets(oneLine(facts.message));
  return {
    category,
    code: facts.code,
    action: actionInText(facts.message) ?? call?.action ?? callOf(error)?.action,
    retryable: category === 'throttled' || category === 'transient',
    message: said === '' ? facts.code : said,
    requestId: facts.requestId,
  };
}

/**
 * The error as one of this package's family, with one clear line and what to do. Errors of the family and aborts
 * are handed back as they are.
 */
export function toAwsError(error: unknown, call?: { readonly action?: string }): Error {
  if (error instanceof AwsError) return error;
  if (isAbort(error)) return error;
  const found = categorize(error, call);
  const subject = found.action ?? 'the AWS call';
  const { code, exitCode, hint, what } = WORDS[found.category];
  return new AwsApiError(
    found.code === 'CredentialsProviderError' ? 'NET_AWS_CREDENTIALS' : code,
    `${subject} ${what}: ${found.message}${found.message.includes(found.code) ? '' : ` (${found.code})`}`,
    {
      category: found.category,
      awsCode: found.code,
      action: found.action,
      retryable: found.retryable,
      requestId: found.requestId,
    },
    { cause: error, exitCode, hint: hint(found) },
  );
}

interface Words {
  readonly code: AwsErrorCode;
  readonly what: string;
  readonly exitCode: number;
  readonly hint: (found: CategorizedError) => string | undefined;
}

const WORDS: Readonly<Record<AwsErrorCategory, Words>> = {
  throttled: words('NET_AWS_THROTTLED', 'was throttled', () => 'Try again later, or ask for a higher rate.'),
  denied: {
    code: 'NET_AWS_DENIED',
    what: 'was denied',
    exitCode: 3,
    hint: (found) => {
      if (KEY_PROBLEMS.has(found.code)) return 'Check the access key, its secret and the session token.';
      return found.action === undefined ? undefined : `Allow ${found.action} in the policy of this identity.`;
    },
  },
  'not-found': words('NET_AWS_NOT_FOUND', 'found nothing by that name', () => undefined),
  conflict: words('NET_AWS_CONFLICT', 'was refused in the present state', () => undefined),
  'dry-run': words('NET_AWS_DRY_RUN', 'would have succeeded', () => undefined),
  transient: words('NET_AWS_TRANSIENT', 'got no usable answer', () => 'Try again; check the network path.'),
  invalid: words('NET_AWS_INVALID', 'was not accepted', () => undefined),
  'expired-credentials': {
    code: 'NET_AWS_CREDENTIALS',
    what: 'has no valid credentials',
    exitCode: 3,
    hint: () => 'Log in again (aws sso login), or check profile, role and the clock of this machine.',
  },
  unknown: words('NET_AWS_UNKNOWN', 'failed', () => undefined),
};

const KEY_PROBLEMS = new Set([
  'AuthFailure',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

function words(code: AwsErrorCode, what: string, hint: Words['hint']): Words {
  return { code, what, exitCode: 1, hint };
}

interface Facts {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

function factsOf(error: unknown): Facts {
  if (typeof error !== 'object' || error === null) {
    return { code: 'Unknown', message: textOf(error), status: undefined, requestId: undefined };
  }
  const name = textField(error, 'name');
  const system = textField(error, 'code') ?? textField(error, 'Code');
  const metadata = objectField(error, '$metadata');
  const inner = objectField(error, 'cause');
  const isNamed = name !== undefined && !NAMES_WITHOUT_MEANING.has(name);
  const message = textField(error, 'message') ?? '';
  const code = isNamed
    ? name
    : (system ?? (inner && textField(inner, 'code')) ?? SYSTEM_CODE.exec(message)?.[0]);
  return {
    code: code ?? 'Unknown',
    message,
    status: metadata && numberField(metadata, 'httpStatusCode'),
    requestId: metadata && textField(metadata, 'requestId'),
  };
}

// Where an error was wrapped, its code is left in the text alone.
const SYSTEM_CODE =
  /\b(EAI_AGAIN|ECONNABORTED|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT)\b/;

const NAMES_WITHOUT_MEANING = new Set([
  'Error',
  'TypeError',
  'SyntaxError',
  'UnknownError',
  'AggregateError',
]);

function categoryOf(facts: Facts): AwsErrorCategory {
  const byCode = categoryOfCode(facts.code);
  if (byCode !== undefined) return byCode;
  if (facts.status === 429) return 'throttled';
  if (facts.status !== undefined && facts.status >= 500) return 'transient';
  if (facts.status === 401 || facts.status === 403) return 'denied';
  // What a proxy or a half answer makes of the SDK's reader.
  if (
    /char .* is not expected|Deserialization error|Unexpected (token|end)|socket hang up|aborted/i.test(
      facts.message,
    )
  ) {
    return 'transient';
  }
  return 'unknown';
}

// "... is not authorized to perform: ec2:ReplaceRoute on resource ..."
function actionInText(message: string): string | undefined {
  const found = /not authorized to perform:?\s+([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message);
  return found?.[1];
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 8192);
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value that has no text';
  }
}

function field(value: object, name: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

function textField(value: object, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function numberField(value: object, name: string): number | undefined {
  const found = field(value, name);
  return typeof found === 'number' ? found : undefined;
}

function objectField(value: object, name: string): object | undefined {
  const found = field(value, name);
  return typeof found === 'object' && found !== null ? found : undefined;
}
