/**
 * Byte strings as small integers. Ids count from 0 in order of appearance; equal bytes have equal ids. Memory grows
 * with the number of different strings only, so whoever feeds it untrusted data looks at `bytes` and starts anew.
 */
export class Interner {
  #words: Int32Array = new Int32Array(4096);
  #wordsUsed = 0;
  #firstWord: Uint32Array = new Uint32Array(256);
  #byteLength: Uint32Array = new Uint32Array(256);
  #hashes: Int32Array = new Int32Array(256);
  #slots: Int32Array = new Int32Array(1024).fill(-1);
  #size = 0;
  readonly #texts: (string | undefined)[] = [];
  #scratch: DataView = new DataView(new ArrayBuffer(4096));

  /** Number of different strings. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that grow with the content. */
  get bytes(): number {
    return this.#words.byteLength + this.#firstWord.byteLength * 3 + this.#slots.byteLength;
  }

  /**
   * Id of the bytes from `start` to `end` of a view, whose hash by `hashWords` is known. The view must have four more
   * bytes after `end`.
   */
  internHashed(view: DataView, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - start;
    const full = length >> 2;
    const tailBits = (length & 3) << 3;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]!;
      if (id < 0) return this.#add(view, start, length, hash, slot);
      if (this.#hashes[id] !== hash || this.#byteLength[id] !== length) continue;
      const words = this.#words;
      let at = this.#firstWord[id]!;
      const last = at + full;
      let from = start;
      while (at < last && words[at] === view.getInt32(from, true)) {
        at++;
        from += 4;
      }
      if (at < last) continue;
      if (tailBits === 0 || words[at] === (view.getInt32(from, true) & ((1 << tailBits) - 1))) return id;
    }
  }

  /** Id of a text, as UTF-8. */
  intern(text: string): number {
    return this.internBytes(Buffer.from(text));
  }

  internBytes(bytes: Uint8Array): number {
    if (bytes.length + 4 > this.#scratch.byteLength) {
      this.#scratch = new DataView(new ArrayBuffer(bytes.length * 2 + 4));
    }
    const view = this.#scratch;
    new Uint8Array(view.buffer).set(bytes);
    return this.internHashed(view, 0, bytes.length, hashWords(view, 0, bytes.length));
  }

  /** Bytes of an id; valid until the next string comes. */
  raw(id: number): Uint8Array {
    return new Uint8Array(this.#words.buffer, this.#firstWord[id]! * 4, this.#byteLength[id]);
  }

  /** Hash of an id's bytes: the same in every interner. */
  hash(id: number): number {
    return this.#hashes[id]!;
  }

  /** Text of an id. */
  text(id: number): string {
    const known = this.#texts[id];
    if (known !== undefined) return known;
    const text = Buffer.from(this.raw(id)).toString('utf8');
    this.#texts[id] = text;
    return text;
  }

  #add(view: DataView, start: number, length: number, hash: number, slot: number): number {
    const id = this.#size++;
    if (id >= this.#hashes.length) this.#growEntries();
    const needed = (length + 3) >> 2;
    if (this.#wordsUsed + needed > this.#words.length) this.#growWords(needed);
    const first = this.#wordsUsed;
    for (let i = 0; i < length >> 2; i++) this.#words[first + i] = view.getInt32(start + i * 4, true);
    const tailBits = (length & 3) << 3;
    if (tailBits !== 0) {
      this.#words[first + needed - 1] = view.getInt32(start + (length & ~3), true) & ((1 << tailBits) - 1);
    }
    this.#wordsUsed += needed;
    this.#firstWord[id] = first;
    this.#byteLength[id] = length;
    this.#hashes[id] = hash;
    this.#slots[slot] = id;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #growEntries(): void {
    const size = this.#hashes.length * 2;
    this.#firstWord = copyOf(this.#firstWord, new Uint32Array(size));
    this.#byteLength = copyOf(this.#byteLength, new Uint32Array(size));
    this.#hashes = copyOf(this.#hashes, new Int32Array(size));
  }

  #growWords(needed: number): void {
    this.#words = copyOf(
      this.#words,
      new Int32Array(Math.max(this.#words.length * 2, this.#wordsUsed + needed)),
    );
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = this.#hashes[id]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

/**
 * Hash of bytes, four at a time. The scanner computes the same while it looks for the end of a field; both must agree.
 */
export function hashWords(view: DataView, start: number, length: number): number {
  let hash = hashSeed;
  const full = start + (length & ~3);
  let at = start;
  for (; at < full; at += 4) hash = mixWord(hash, view.getInt32(at, true));
  const tailBits = (length & 3) << 3;
  const tail = tailBits === 0 ? 0 : view.getInt32(at, true) & ((1 << tailBits) - 1);
  return finishHash(mixWord(hash, tail));
}

export const hashSeed = 0x2545f491;

function mixWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

function finishHash(hash: number): number {
  const mixed = Math.imul(hash, 0x297a2d39);
  return mixed ^ (mixed >>> 15);
}

function copyOf<A extends Int32Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
