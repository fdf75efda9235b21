/** Stable codes of everything this package throws. */
export type HandlerErrorCode =
  | 'NET_GWLBTUN_OPTION'
  | 'NET_GWLBTUN_HOOK'
  | 'NET_GWLBTUN_HEALTH_PORT'
  | 'NET_GWLBTUN_CAPTURE'
  | 'NET_GWLBTUN_PREREQUISITE';

/** A failure that the operator can do something about; `exitCode` is what the command line ends with. */
export class HandlerError extends Error {
  override readonly name: string = 'HandlerError';
  readonly code: HandlerErrorCode;
  /** 2: the options say something unusable. 3: the machine lacks something. */
  readonly exitCode: 2 | 3;
  /** What to do about it, in one sentence. */
  readonly hint: string | undefined;

  constructor(
    code: HandlerErrorCode,
    exitCode: 2 | 3,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
    this.hint = options.hint;
  }
}
