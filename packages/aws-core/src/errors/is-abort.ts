/** Whether something thrown is an abort. By its name: aborts of the platform are DOMExceptions of any realm. */
export function isAbort(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
