import type { Address } from '../record/address.js';
import type { Prefix } from './prefix.js';

/**
 * Longest-prefix match for IPv4 and IPv6 together: one radix tree of eight bits a step (Srinivasan and Varghese,
 * "Fast address lookups using controlled prefix expansion"), so that IPv4 takes at most four steps and IPv6 sixteen.
 */
export class PrefixTable<T> {
  readonly #values: T[] = [];
  /** Node `n` has 256 entries from `n * 256`: the next node, or 0. */
  #next: Int32Array = new Int32Array(2 * 256);
  /** Longest match that ends within the step: index of the value plus one, and how many bits of the step it has. */
  #best: Int32Array = new Int32Array(2 * 256);
  #bestBits: Uint8Array = new Uint8Array(2 * 256);
  #nodes = 2;
  #everything4 = -1;
  #everything6 = -1;

  get size(): number {
    return this.#values.length;
  }

  /** Adds a prefix; the same prefix again replaces its value. */
  add(prefix: Prefix, value: T): void {
    const index = this.#values.push(value) - 1;
    const { address, length } = prefix;
    if (length === 0) {
      if (address.family === 4) this.#everything4 = index;
      else this.#everything6 = index;
      return;
    }
    const words = address.family === 4 ? [address.value] : address.words;
    let node = address.family === 4 ? 0 : 1;
    let depth = 0;
    for (; length - depth > 8; depth += 8) node = this.#child(node * 256 + byteAt(words, depth));
    const bits = length - depth;
    const first = node * 256 + (byteAt(words, depth) & (0xff << (8 - bits)));
    for (let entry = first; entry < first + (1 << (8 - bits)); entry++) {
      if (this.#best[entry] !== 0 && this.#bestBits[entry]! > bits) continue;
      this.#best[entry] = index + 1;
      this.#bestBits[entry] = bits;
    }
  }

  match(address: Address): T | undefined {
    return address.family === 4 ? this.match4(address.value) : this.match6(...address.words);
  }

  match4(value: number): T | undefined {
    let best = this.#everything4;
    let node = 0;
    for (let shift = 24; shift >= 0; shift -= 8) {
      const entry = node * 256 + ((value >>> shift) & 255);
      if (this.#best[entry] !== 0) best = this.#best[entry]! - 1;
      node = this.#next[entry]!;
      if (node === 0) break;
    }
    return best < 0 ? undefined : this.#values[best];
  }

  match6(a: number, b: number, c: number, d: number): T | undefined {
    let best = this.#everything6;
    let node = 1;
    for (let depth = 0; depth < 16; depth++) {
      const word = depth < 4 ? a : depth < 8 ? b : depth < 12 ? c : d;
      const entry = node * 256 + ((word >>> (24 - (depth & 3) * 8)) & 255);
      if (this.#best[entry] !== 0) best = this.#best[entry]! - 1;
      node = this.#next[entry]!;
      if (node === 0) break;
    }
    return best < 0 ? undefined : this.#values[best];
  }

  #child(entry: number): number {
    const known = this.#next[entry]!;
    if (known !== 0) return known;
    const node = this.#nodes++;
    if (this.#nodes * 256 > this.#next.length) {
      this.#next = grown(this.#next, new Int32Array(this.#next.length * 2));
      this.#best = grown(this.#best, new Int32Array(this.#best.length * 2));
      this.#bestBits = grown(this.#bestBits, new Uint8Array(this.#bestBits.length * 2));
    }
    this.#next[entry] = node;
    return node;
  }
}

function byteAt(words: readonly number[], depth: number): number {
  return (words[depth >> 5]! >>> (24 - (depth & 31))) & 255;
}

function grown<A extends Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
