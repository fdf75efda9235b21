/**
 * Waits for a turn of the event loop. However many requests wait, one goes on in each: a long answer then holds others up
 * for the time of one page, not of one page for each request.
 */
export function fairTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });
}

const waiting: (() => void)[] = [];

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}
