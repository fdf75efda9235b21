import type { Clock } from '../src/index.js';

/** A clock that jumps to the next sleeper as soon as nobody has anything to do. */
export function discreteClock(): Clock {
  let nowMs = 0;
  let isScheduled = false;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  const advance = (): void => {
    isScheduled = false;
    if (sleepers.length === 0) return;
    sleepers.sort((a, b) => a.atMs - b.atMs);
    const next = sleepers.shift()!;
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    schedule();
  };
  // A turn of the event loop lets everything run that was woken.
  const schedule = (): void => {
    if (isScheduled || sleepers.length === 0) return;
    isScheduled = true;
    setImmediate(advance);
  };
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { atMs: nowMs + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          reject(signal.reason as Error);
        });
        schedule();
      }),
  };
}
