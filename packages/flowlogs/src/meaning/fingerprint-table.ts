/**
 * A table of bounded size from 64-bit fingerprints to small numbers. Sets of eight entries; when a set is full, the
 * entry that was longest not seen goes. Two things with equal fingerprints are taken for one: with a million entries
 * that happens once in 10^13 look-ups.
 */
export class FingerprintTable {
  /** Number kept for an entry. */
  readonly values: Uint32Array;
  /** When an entry was last claimed, in seconds. */
  readonly seenSeconds: Uint32Array;
  readonly #a: Uint32Array;
  readonly #b: Uint32Array;
  readonly #setMask: number;

  /** `entries` is rounded up to a power of two of at least eight. */
  constructor(entries: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, entries)));
    this.#a = new Uint32Array(size);
    this.#b = new Uint32Array(size);
    this.values = new Uint32Array(size);
    this.seenSeconds = new Uint32Array(size);
    this.#setMask = size / 8 - 1;
  }

  /** Where the fingerprint is, or -1. */
  find(a: number, b: number): number {
    const keyA = a >>> 0;
    const keyB = (b | 1) >>> 0;
    const first = (keyA & this.#setMask) * 8;
    for (let entry = first; entry < first + 8; entry++) {
      if (this.#a[entry] === keyA && this.#b[entry] === keyB) return entry;
    }
    return -1;
  }

  /** Where the fingerprint is from now on; a new entry has value 0. */
  claim(a: number, b: number, nowSeconds: number): number {
    const keyA = a >>> 0;
    const keyB = (b | 1) >>> 0;
    const first = (keyA & this.#setMask) * 8;
    let oldest = first;
    for (let entry = first; entry < first + 8; entry++) {
      if (this.#a[entry] === keyA && this.#b[entry] === keyB) {
        if (nowSeconds > this.seenSeconds[entry]!) this.seenSeconds[entry] = nowSeconds;
        return entry;
      }
      // An empty entry has second word 0, which no fingerprint has, and was seen at time 0.
      if (this.#b[entry] === 0) {
        if (this.#b[oldest] !== 0) oldest = entry;
      } else if (this.#b[oldest] !== 0 && this.seenSeconds[entry]! < this.seenSeconds[oldest]!)
        oldest = entry;
    }
    this.#a[oldest] = keyA;
    this.#b[oldest] = keyB;
    this.values[oldest] = 0;
    this.seenSeconds[oldest] = nowSeconds;
    return oldest;
  }
}
