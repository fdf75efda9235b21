/** Stable identifiers of everything this package throws. */
export type SessionMirrorErrorCode =
  | 'NET_SESSION_MIRROR_INPUT'
  | 'NET_SESSION_MIRROR_FILTER'
  | 'NET_SESSION_MIRROR_GUARD'
  | 'NET_SESSION_MIRROR_APPLY'
  | 'NET_SESSION_MIRROR_TARGET'
  | 'NET_SESSION_MIRROR_POLICY'
  | 'NET_SESSION_MIRROR_TERMINAL';

const exitCodes: Readonly<Record<SessionMirrorErrorCode, number>> = {
  NET_SESSION_MIRROR_INPUT: 2,
  NET_SESSION_MIRROR_FILTER: 2,
  NET_SESSION_MIRROR_GUARD: 4,
  NET_SESSION_MIRROR_APPLY: 5,
  NET_SESSION_MIRROR_TARGET: 5,
  NET_SESSION_MIRROR_POLICY: 2,
  NET_SESSION_MIRROR_TERMINAL: 2,
};

/** Base of every error of this package: `code` is stable, `cause` is kept, `exitCode` is the command line's. */
export class SessionMirrorError extends Error {
  readonly code: SessionMirrorErrorCode;
  readonly exitCode: number;
  /** What the reader can do about it: one sentence. */
  readonly hint: string | undefined;

  constructor(
    code: SessionMirrorErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.exitCode = exitCodes[code];
    this.hint = options.hint;
  }
}
