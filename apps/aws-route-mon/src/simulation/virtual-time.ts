import type { Clock } from '@net/aws-core';

/** Time that passes only when everybody waits. */
export interface VirtualTime {
  readonly nowMs: number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A clock that is off by so much. */
  clock(skewMs: number): Clock;
  /** Wakes sleepers in the order of their times until `atMs`, or until `isOver` says so. */
  runUntil(atMs: number, isOver?: () => boolean): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
  isGone: boolean;
}

export function createVirtualTime(startMs: number): VirtualTime {
  const heap: Sleeper[] = [];
  let nowMs = startMs;
  let order = 0;

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(reasonOf(signal));
        return;
      }
      const abort = (): void => {
        sleeper.isGone = true;
        reject(reasonOf(signal!));
      };
      const sleeper: Sleeper = {
        atMs: nowMs + Math.max(0, ms),
        order: order++,
        isGone: false,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      push(heap, sleeper);
    });

  return {
    get nowMs() {
      return nowMs;
    },
    sleep,
    clock: (skewMs) => ({ now: () => Math.round(nowMs + skewMs), sleep }),
    runUntil: async (atMs, isOver) => {
      for (;;) {
        // Everything that can go on without time passing goes on first.
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (isOver?.() === true) return;
        const next = heap[0];
        if (!next || next.atMs > atMs) break;
        pop(heap);
        if (next.isGone) continue;
        nowMs = next.atMs;
        next.wake();
      }
      nowMs = Math.max(nowMs, atMs);
    },
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let index = heap.push(sleeper) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(heap[index]!, heap[parent]!)) return;
    [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
    index = parent;
  }
}

function pop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  heap[0] = last;
  for (let index = 0; ; ) {
    const left = index * 2 + 1;
    let least = index;
    for (const child of [left, left + 1]) {
      if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
    }
    if (least === index) return;
    [heap[index], heap[least]] = [heap[least]!, heap[index]!];
    index = least;
  }
}
