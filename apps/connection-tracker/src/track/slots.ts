/** Places for work that runs side by side. */
export interface Slots {
  /** Runs the work when a place is free; rejects with the signal's reason while waiting. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** Makes so many places; who waits longest comes next. */
export function createSlots(places: number): Slots {
  let free = places;
  const waiting: { readonly go: () => void }[] = [];
  const place = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(signal.reason as Error);
      };
      const one = {
        go: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      waiting.push(one);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  };
  return {
    run: async (work, signal) => {
      await place(signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next.go();
        else free += 1;
      }
    },
  };
}
