/** What kind of failure it was; the caller decides by this, never by the text. */
export type AwsErrorCategory =
  | 'throttled'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'dry-run'
  | 'transient'
  | 'invalid'
  | 'expired-credentials'
  | 'unknown';

/** Stable identifiers of everything this package throws. */
export type AwsErrorCode =
  | 'NET_AWS_ARN'
  | 'NET_AWS_CONFLICT'
  | 'NET_AWS_CREDENTIALS'
  | 'NET_AWS_DENIED'
  | 'NET_AWS_DRY_RUN'
  | 'NET_AWS_ID'
  | 'NET_AWS_IMDS_DISABLED'
  | 'NET_AWS_IMDS_INVALID'
  | 'NET_AWS_IMDS_REFUSED'
  | 'NET_AWS_IMDS_SILENT'
  | 'NET_AWS_INVALID'
  | 'NET_AWS_NOT_FOUND'
  | 'NET_AWS_PAGES'
  | 'NET_AWS_REGION'
  | 'NET_AWS_SESSION'
  | 'NET_AWS_TAG'
  | 'NET_AWS_THROTTLED'
  | 'NET_AWS_TRANSIENT'
  | 'NET_AWS_UNCERTAIN_WRITE'
  | 'NET_AWS_UNKNOWN';

/** Extra facts of an {@link AwsError}. */
export interface AwsErrorOptions extends ErrorOptions {
  /** What the reader can do about it, one sentence. */
  readonly hint?: string | undefined;
  /** What a command line ends with: 1 failure, 2 wrong input, 3 missing privilege or prerequisite. */
  readonly exitCode?: number | undefined;
}

/** Base of every error of this package: `code` is stable, `cause` is kept, the message holds no secret. */
export class AwsError extends Error {
  readonly code: AwsErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(code: AwsErrorCode, message: string, options: AwsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** An id, an ARN, a tag or a setting that no AWS call could be made with. Exit code 2; nothing was called. */
export class AwsInputError extends AwsError {
  constructor(code: AwsErrorCode, message: string, options: AwsErrorOptions = {}) {
    super(code, message, { exitCode: 2, ...options });
  }
}

/** An AWS API call that failed. */
export class AwsApiError extends AwsError {
  readonly category: AwsErrorCategory;
  /** AWS's own code, `UnauthorizedOperation` for one; the system's (`ECONNRESET`) where no answer came. */
  readonly awsCode: string;
  /** IAM action of the call or, when access was denied, the one that is missing: `ec2:ReplaceRoute`. */
  readonly action: string | undefined;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly requestId: string | undefined;

  constructor(
    code: AwsErrorCode,
    message: string,
    facts: {
      readonly category: AwsErrorCategory;
      readonly awsCode: string;
      readonly action: string | undefined;
      readonly retryable: boolean;
      readonly requestId: string | undefined;
    },
    options: AwsErrorOptions = {},
  ) {
    super(code, message, options);
    this.category = facts.category;
    this.awsCode = facts.awsCode;
    this.action = facts.action;
    this.retryable = facts.retryable;
    this.requestId = facts.requestId;
  }
}

/**
 * A write was sent and its answer never came: it may or may not have been done. It was not sent again. Read the
 * state back before deciding.
 */
export class AwsUncertainWriteError extends AwsApiError {
  constructor(action: string | undefined, awsCode: string, why: string, options: AwsErrorOptions = {}) {
    super(
      'NET_AWS_UNCERTAIN_WRITE',
      `${action ?? 'a write'} was sent but its outcome is unknown (${why})`,
      { category: 'transient', awsCode, action, retryable: false, requestId: undefined },
      { hint: 'Read the state back before repeating it.', ...options },
    );
  }
}
