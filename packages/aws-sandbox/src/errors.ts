/** Codes of {@link SandboxError}. */
export type SandboxErrorCode =
  | 'NET_SANDBOX_OPTION'
  | 'NET_SANDBOX_SEED'
  | 'NET_SANDBOX_POLICY'
  | 'NET_SANDBOX_DUMP'
  | 'NET_SANDBOX_STATE'
  | 'NET_SANDBOX_OPERATION';

/** A misuse of the sandbox itself, as opposed to an error that the simulated AWS answers with. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error that the simulated service answers with: an AWS error code, its text and the HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** Further members of a modelled error shape, written next to the message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}
