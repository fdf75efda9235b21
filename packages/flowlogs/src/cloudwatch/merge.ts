/**
 * Works through sources side by side, at most `concurrency` at a time, and gives their items as they come. Each source
 * is asked for its next item only when the one before was taken, so that memory stays bounded. A failure ends all.
 */
export async function* merge<T>(
  sources: Iterable<() => AsyncGenerator<T, unknown>>,
  concurrency: number,
): AsyncGenerator<T, undefined> {
  const waiting = sources[Symbol.iterator]();
  const open = new Map<AsyncGenerator<T, unknown>, Promise<Step<T>>>();
  const start = (): void => {
    const next = waiting.next();
    if (next.done === true) return;
    const source = next.value();
    open.set(source, step(source));
  };
  try {
    for (let count = 0; count < Math.max(1, concurrency); count++) start();
    while (open.size > 0) {
      const { source, result } = await Promise.race(open.values());
      if (result.done === true) {
        open.delete(source);
        start();
      } else {
        open.set(source, step(source));
        yield result.value;
      }
    }
  } finally {
    for (const [source, running] of open) {
      // Its failure after the end is nobody's any more.
      running.catch(() => undefined);
      source.return(undefined).catch(() => undefined);
    }
  }
}

/** A signal of one's own, by which calls in progress end when nobody takes their answers any more. */
export function linkAbort(signal?: AbortSignal): {
  readonly signal: AbortSignal;
  readonly abort: () => void;
} {
  const own = new AbortController();
  return {
    signal: signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]),
    abort: () => own.abort(),
  };
}

interface Step<T> {
  readonly source: AsyncGenerator<T, unknown>;
  readonly result: IteratorResult<T, unknown>;
}

async function step<T>(source: AsyncGenerator<T, unknown>): Promise<Step<T>> {
  return { source, result: await source.next() };
}
