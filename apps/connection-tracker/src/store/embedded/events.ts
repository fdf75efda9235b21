import type { Store, StoreEvent } from '../contract.js';
import type { Database } from './open-embedded-store.js';
import { keys } from './tables.js';

/** How often another process's commits are looked for. */
const LOOK_MS = 500;

/** Events as they are committed, by this process at once, by others within half a second. */
export function createEventReader(
  { root }: Database,
  isClosed: () => boolean,
): { readonly read: Store['events']; readonly wake: () => void } {
  const waiting = new Set<() => void>();
  const lastSequence = (): number => {
    const [last] = [
      ...root.getKeys({
        start: keys.event(Number.MAX_SAFE_INTEGER),
        end: keys.event(-1),
        reverse: true,
        limit: 1,
      }),
    ];
    return last === undefined ? 0 : (last[1] as number);
  };
  const wait = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, LOOK_MS);
      waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  return {
    wake: () => {
      for (const done of [...waiting]) done();
    },
    read: async function* ({ after, signal }) {
      let sequence =
        after !== undefined && /^\d{1,15}$/.test(after) ? Number(after) : isClosed() ? 0 : lastSequence();
      while (!signal.aborted && !isClosed()) {
        const found = [
          ...root.getRange({
            start: keys.event(sequence + 1),
            end: keys.event(Number.MAX_SAFE_INTEGER),
            limit: 100,
          }),
        ];
        for (const { key, value } of found) {
          sequence = key[1] as number;
          yield { id: String(sequence), ...(value as Omit<StoreEvent, 'id'>) };
          if (isClosed()) return;
        }
        if (found.length === 0) await wait(signal);
      }
    },
  };
}
