import type { Inventory, PublicInterface } from './inventory.js';

/** Public interfaces of one account and region over time: who owned an interface when a record was made. */
export interface InventoryHistory {
  /** The interface as it was at this time, else as it was known nearest to it; undefined: never seen public. */
  at(interfaceId: string, timeMs: number): PublicInterface | undefined;
  /** The newest inventory. */
  readonly latest: Inventory | undefined;
  /** Takes a newer inventory in and forgets what was replaced more than `keepMs` before it. */
  add(inventory: Inventory): void;
  /** Remembered states of interfaces, for a bound on memory. */
  readonly size: number;
}

interface Span {
  readonly fromMs: number;
  untilMs: number;
  readonly endpoint: PublicInterface;
}

/** Records arrive up to hours late; a day covers what flow logs promise and a long outage. */
const KEEP_MS = 86_400_000;

/** Makes an empty history. */
export function createInventoryHistory(keepMs: number = KEEP_MS): InventoryHistory {
  const spans = new Map<string, Span[]>();
  let latest: Inventory | undefined;
  return {
    get latest() {
      return latest;
    },
    get size() {
      return [...spans.values()].reduce((sum, { length }) => sum + length, 0);
    },
    at(interfaceId, timeMs) {
      const known = spans.get(interfaceId);
      if (known === undefined) return undefined;
      // Before the first sight it was most likely the same; after the last one it may have lived a little on.
      const span = known.findLast(({ fromMs }) => fromMs <= timeMs) ?? known[0];
      return span?.endpoint;
    },
    add(inventory) {
      if (latest && inventory.observedAtMs <= latest.observedAtMs) return;
      const nowMs = inventory.observedAtMs;
      for (const [id, endpoint] of Object.entries(inventory.interfaces)) {
        const known = spans.get(id) ?? [];
        const last = known.at(-1);
        if (last && isSame(last.endpoint, endpoint)) last.untilMs = nowMs;
        else known.push({ fromMs: nowMs, untilMs: nowMs, endpoint });
        spans.set(id, known);
      }
      for (const [id, known] of spans) {
        const kept = known.filter(({ untilMs }) => nowMs - untilMs <= keepMs);
        if (kept.length === 0) spans.delete(id);
        else if (kept.length < known.length) spans.set(id, kept);
      }
      latest = inventory;
    },
  };
}

function isSame(a: PublicInterface, b: PublicInterface): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
