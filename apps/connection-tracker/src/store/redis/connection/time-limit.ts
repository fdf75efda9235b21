import { CallTimeout } from './failures.js';

/** Settles as the promise does, or rejects when that takes longer. The promise itself goes on. */
export async function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  late: () => Error = () => new CallTimeout(timeoutMs),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  promise.catch(() => undefined);
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => {
            reject(late());
          },
          Math.max(0, timeoutMs),
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
