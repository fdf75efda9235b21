/**
 * Waits until `probe` gives something other than `undefined` or `false`, asking every few milliseconds, for
 * conditions that send no event (a kernel's routing table, another process's file). Rejects after `timeoutMs`
 * with the last answer or error.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 1.5, 50)) {
    try {
      const answer = await probe();
      last = answer;
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`gave up waiting for ${what} after ${timeoutMs} ms; last: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
