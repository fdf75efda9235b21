/** Groups by keys of a fixed number of 32-bit words, numbered from 0 in order of appearance. */
export class GroupTable {
  readonly words: number;
  #keys: Uint32Array;
  #slots: Int32Array = new Int32Array(1024).fill(-1);
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
    const { words } = this;
    const stored = this.#keys;
    const slots = this.#slots;
    const slotMask = slots.length - 1;
    for (let row = 0, at = 0; row < rows; row++, at += words) {
      if (mask !== undefined && mask[row] === 0) {
        groups[row] = -1;
        continue;
      }
      let slot = hashKey(keys, at, words) & slotMask;
      let group = slots[slot]!;
      for (; group >= 0; slot = (slot + 1) & slotMask, group = slots[slot]!) {
        const from = group * words;
        let i = 0;
        while (i < words && stored[from + i] === keys[at + i]) i++;
        if (i === words) break;
      }
      if (group < 0) {
        group = this.#size++;
        slots[slot] = group;
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
    if (count * 2 <= this.#slots.length) return;
    let length = this.#slots.length;
    while (length < count * 2) length *= 2;
    const slots = new Int32Array(length).fill(-1);
    for (let group = 0; group < this.#size; group++) {
      let slot = hashKey(this.#keys, group * this.words, this.words) & (length - 1);
      while (slots[slot]! >= 0) slot = (slot + 1) & (length - 1);
      slots[slot] = group;
    }
    this.#slots = slots;
  }
}

export function hashKey(keys: Uint32Array, at: number, words: number): number {
  let hash = 0x2545f491;
  for (let i = 0; i < words; i++) {
    hash = Math.imul(hash ^ keys[at + i]!, 0x2c1b3c6d);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x297a2d39);
  return hash ^ (hash >>> 16);
}
