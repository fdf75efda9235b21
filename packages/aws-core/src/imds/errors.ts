import { AwsError, type AwsErrorCode } from '../errors/aws-error.js';

/** The instance metadata service could not be asked, or said something that cannot be used. Exit code 3. */
export class ImdsError extends AwsError {
  readonly path: string;

  constructor(
    code: Extract<AwsErrorCode, `NET_AWS_IMDS_${string}`>,
    path: string,
    message: string,
    options: { readonly cause?: unknown; readonly hint?: string | undefined } = {},
  ) {
    super(code, `instance metadata ${path}: ${message}`, { exitCode: 3, ...options });
    this.path = path;
  }
}
