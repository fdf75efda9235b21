/** Stable codes of everything this package throws. */
export type NativeErrorCode =
  | 'NET_NATIVE_UNAVAILABLE'
  | 'NET_NATIVE_CONFIG'
  | 'NET_NATIVE_PRIVILEGE'
  | 'NET_NATIVE_PORT_IN_USE'
  | 'NET_NATIVE_ADDRESS'
  | 'NET_NATIVE_TUN'
  | 'NET_NATIVE_SOCKET'
  | 'NET_NATIVE_MEMORY'
  | 'NET_NATIVE_KERNEL_PATH'
  | 'NET_NATIVE_STOPPED';

/** Base of the errors of this package; `code` is stable, `errno` the system's name where a system call failed. */
export class NativeError extends Error {
  override readonly name: string = 'NativeError';
  readonly code: NativeErrorCode;
  readonly errno: string | undefined;

  constructor(code: NativeErrorCode, message: string, errno?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.errno = errno;
  }
}

/** No addon could be loaded; `reasons` says for each place that was tried why not. */
export class NativeUnavailableError extends NativeError {
  override readonly name: string = 'NativeUnavailableError';
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[], options?: ErrorOptions) {
    super(
      'NET_NATIVE_UNAVAILABLE',
      `the native data plane could not be loaded:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`,
      undefined,
      options,
    );
    this.reasons = reasons;
  }
}
