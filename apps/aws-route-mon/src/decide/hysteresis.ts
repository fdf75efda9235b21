import type { Evidence } from './evidence.js';
import type { Reading, Signal } from './policy.js';

/** What is remembered of one signal: what it counts as, and how long it has been saying otherwise. */
export interface SignalMemory {
  readonly settled: Reading;
  readonly differs: 'bad' | 'good' | undefined;
  readonly streak: number;
}

export type SignalMemories = Readonly<Partial<Record<Signal, SignalMemory>>>;

/**
 * Takes new readings into account. State, attachment and instance come from the API and count at once; probes and
 * status checks count after `fall` bad or `rise` good readings in a row. The first good reading of a signal counts
 * at once: nothing is known against the owner.
 */
export function settle(
  before: SignalMemories,
  readings: readonly Evidence[],
  thresholds: { readonly fall: number; readonly rise: number },
): SignalMemories {
  return Object.fromEntries(
    readings.map(({ signal, reading }) => {
      const count = SLOW.has(signal) ? thresholds : { fall: 1, rise: 1 };
      return [signal, settleOne(before[signal] ?? FRESH, reading, count)];
    }),
  );
}

/** Whether a signal reads bad without counting as bad yet: one more look is needed. */
export function isUndecided(memory: SignalMemory | undefined): boolean {
  return memory?.differs === 'bad';
}

const SLOW: ReadonlySet<Signal> = new Set(['impaired', 'owner-probe', 'path-probe']);
const FRESH: SignalMemory = { settled: 'unknown', differs: undefined, streak: 0 };

function settleOne(
  before: SignalMemory,
  reading: Reading,
  thresholds: { readonly fall: number; readonly rise: number },
): SignalMemory {
  // Silence is no evidence: what was settled stays, a streak is broken.
  if (reading === 'unknown') return { settled: before.settled, differs: undefined, streak: 0 };
  if (reading === before.settled) return { settled: reading, differs: undefined, streak: 0 };
  const streak = before.differs === reading ? before.streak + 1 : 1;
  const needed = reading === 'bad' ? thresholds.fall : before.settled === 'unknown' ? 1 : thresholds.rise;
  if (streak >= needed) return { settled: reading, differs: undefined, streak: 0 };
  return { settled: before.settled, differs: reading, streak };
}
