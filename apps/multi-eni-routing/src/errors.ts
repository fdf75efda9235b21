/** Stable identifiers of this tool's own errors. */
export type EniRoutingErrorCode =
  | 'NET_ENI_ROUTING_CONFIG'
  | 'NET_ENI_ROUTING_LOCKED'
  | 'NET_ENI_ROUTING_PENDING'
  | 'NET_ENI_ROUTING_PREREQUISITE'
  | 'NET_ENI_ROUTING_SOURCE'
  | 'NET_ENI_ROUTING_STATE';

/** A failure of this tool itself; `exitCode` is what the command ends with, `hint` what to do about it. */
export class EniRoutingError extends Error {
  readonly code: EniRoutingErrorCode;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(
    code: EniRoutingErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(message, options);
    this.name = 'EniRoutingError';
    this.code = code;
    this.exitCode = code === 'NET_ENI_ROUTING_PREREQUISITE' ? 3 : 1;
    this.hint = options.hint;
  }
}
