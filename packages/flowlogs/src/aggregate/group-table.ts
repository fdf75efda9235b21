/** Groups by keys of a fixed number of 32-bit words, numbered from 0 in order of appearance. */
export class GroupTable {
  readonly words: number;
  #keys: Uint32Array;
  /** Two words a slot: the group, or -1, and the hash of its key, so that most of the others are never looked at. */
  #slots: Int32Array = new Int32Array(2048).fill(-1);
  #hashes: Int32Array = new Int32Array(0);
  #size = 0;

  constructor(words: number) {
    this.words = words;
    this.#keys = new Uint32Array(512 * words);
  }

  get size(): number {
    return this.#size;
  }

  /** Key words of all groups; group `g` begins at `g * words`. */
  get keys(): Uint32Array {
    return this.#keys;
  }

  /** Bytes of memory in use. */
  get bytes(): number {
    return this.#keys.byteLength + this.#slots.byteLength;
  }

  /**
   * Groups of rows: for each row with `mask[row]` (all, without a mask) the number of its group, else -1. New keys
   * become new groups.
   */
  find(keys: Uint32Array, rows: number, groups: Int32Array, mask?: Uint8Array): void {
    this.#reserve(this.#size + rows);
    if (this.#hashes.length < rows) this.#hashes = new Int32Array(rows);
    const { words } = this;
    const hashes = this.#hashes;
    hashKeys(keys, rows, words, hashes);
    const stored = this.#keys;
    const slots = this.#slots;
    const slotMask = (slots.length >> 1) - 1;
    for (let row = 0, at = 0; row < rows; row++, at += words) {
      if (mask !== undefined && mask[row] === 0) {
        groups[row] = -1;
        continue;
      }
      const hash = hashes[row]!;
      let slot = (hash & slotMask) << 1;
      let group = slots[slot]!;
      for (; group >= 0; slot = (slot + 2) & (slotMask << 1), group = slots[slot]!) {
        if (slots[slot + 1] !== hash) continue;
        const from = group * words;
        let i = 0;
        while (i < words && stored[from + i] === keys[at + i]) i++;
        if (i === words) break;
      }
      if (group < 0) {
        group = this.#size++;
        slots[slot] = group;
        slots[slot + 1] = hash;
        const to = group * words;
        for (let i = 0; i < words; i++) stored[to + i] = keys[at + i]!;
      }
      groups[row] = group;
    }
  }

  /** Forgets all groups. */
  clear(): void {
    this.#size = 0;
    this.#slots.fill(-1);
  }

  #reserve(count: number): void {
    if (count * this.words > this.#keys.length) {
      const keys = new Uint32Array(Math.max(count * this.words, this.#keys.length * 2));
      keys.set(this.#keys.subarray(0, this.#size * this.words));
      this.#keys = keys;
    }
    if (count * 4 <= this.#slots.length) return;
    let length = this.#slots.length;
    while (length < count * 4) length *= 2;
    const slots = new Int32Array(length).fill(-1);
    const slotMask = (length >> 1) - 1;
    const old = this.#slots;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from]! < 0) continue;
      const hash = old[from + 1]!;
      let slot = (hash & slotMask) << 1;
      while (slots[slot]! >= 0) slot = (slot + 2) & (slotMask << 1);
      slots[slot] = old[from]!;
      slots[slot + 1] = hash;
    }
    this.#slots = slots;
  }
}

/** Hashes of the keys of all rows. */
function hashKeys(keys: Uint32Array, rows: number, words: number, hashes: Int32Array): void {
  for (let row = 0, at = 0; row < rows; row++) {
    let hash = 0x2545f491;
    for (const end = at + words; at < end; at++) {
      hash = Math.imul(hash ^ keys[at]!, 0x2c1b3c6d);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x297a2d39);
    hashes[row] = hash ^ (hash >>> 16);
  }
}
