/** A seeded generator: the same seed and the same calls give the same ids, addresses and faults. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  /** The position in the sequence, to be dumped and given to {@link seededRandom} again. */
  readonly position: number;
}

/** Mulberry32: 32 bits of state, which is plenty for identifiers in a test. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    hex: (digits) => {
      let text = '';
      while (text.length < digits)
        text += Math.floor(next() * 0x10000)
          .toString(16)
          .padStart(4, '0');
      return text.slice(0, digits);
    },
    get position() {
      return state;
    },
  };
}
