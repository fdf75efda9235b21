/** A number of places; who comes first gets the next free one. */
export interface Slots {
  /** Resolves to the function that gives the place back. Rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<() => void>;
}

/** Makes `count` places. */
export function createSlots(count: number): Slots {
  let free = Math.max(1, Math.floor(count));
  const waiting: (() => void)[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const once = (): (() => void) => {
    let isGiven = false;
    return () => {
      if (!isGiven) giveBack();
      isGiven = true;
    };
  };
  return {
    take: (signal) => {
      if (signal?.aborted) return Promise.reject(reasonOf(signal));
      if (free > 0) {
        free -= 1;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve(once());
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(reasonOf(signal!));
        };
        waiting.push(enter);
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError');
}
