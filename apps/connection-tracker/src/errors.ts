/** Stable identifiers of this tool's own errors. */
export type TrackerErrorCode =
  | 'NET_TRACKER_ACCOUNTS'
  | 'NET_TRACKER_CONFIG'
  | 'NET_TRACKER_INVENTORY'
  | 'NET_TRACKER_LEASE_LOST'
  | 'NET_TRACKER_PREREQUISITE'
  | 'NET_TRACKER_SOURCE'
  | 'NET_TRACKER_STORE';

/** A failure of this tool itself; `exitCode` is what the command ends with, `hint` what to do about it. */
export class TrackerError extends Error {
  readonly code: TrackerErrorCode;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(
    code: TrackerErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string | undefined } = {},
  ) {
    super(message, options);
    this.name = 'TrackerError';
    this.code = code;
    this.exitCode = code === 'NET_TRACKER_CONFIG' ? 2 : code === 'NET_TRACKER_PREREQUISITE' ? 3 : 1;
    this.hint = options.hint;
  }
}
