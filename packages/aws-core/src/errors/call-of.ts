/** Which API call an error came out of. */
export interface FailedCall {
  /** IAM action, `ec2:ReplaceRoute`. */
  readonly action: string;
  readonly region: string | undefined;
}

const calls = new WeakMap<object, FailedCall>();

/** Remembers the call with the error, without touching the error. Values that are no objects are left alone. */
export function rememberCall(error: unknown, call: FailedCall): void {
  if (typeof error === 'object' && error !== null && !calls.has(error)) calls.set(error, call);
}

/** The call that `rememberCall` noted, if any. */
export function callOf(error: unknown): FailedCall | undefined {
  return typeof error === 'object' && error !== null ? calls.get(error) : undefined;
}

const signals = new WeakMap<object, AbortSignal>();

/** Remembers the signal of the call with the error of an attempt. */
export function rememberSignal(error: unknown, signal: AbortSignal | undefined): void {
  if (signal && typeof error === 'object' && error !== null) signals.set(error, signal);
}

/** The signal that `rememberSignal` noted, if any. */
export function signalOf(error: unknown): AbortSignal | undefined {
  return typeof error === 'object' && error !== null ? signals.get(error) : undefined;
}
