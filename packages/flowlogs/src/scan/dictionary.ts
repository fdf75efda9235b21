import { formatIpv4, formatIpv6 } from '../record/address.js';
import { Interner } from './interner.js';

/** Ids that every dictionary gives the same texts. 0 is what is absent. */
export const symbols = {
  absent: 0,
  accept: 1,
  reject: 2,
  ok: 3,
  noData: 4,
  skipData: 5,
  ingress: 6,
  egress: 7,
} as const;

const texts = ['-', 'ACCEPT', 'REJECT', 'OK', 'NODATA', 'SKIPDATA', 'ingress', 'egress'];

/**
 * What the ids of symbol and IPv6 columns stand for. A scanner begins a new dictionary when one has grown past its
 * bound: ids of different dictionaries have nothing to do with each other.
 */
export class Dictionary {
  readonly symbols: Interner = new Interner();
  readonly addresses: AddressTable = new AddressTable();

  constructor() {
    for (const text of texts) this.symbols.intern(text);
  }

  /** Text of a symbol; undefined for the absent one. */
  text(id: number): string | undefined {
    return id === symbols.absent ? undefined : this.symbols.text(id);
  }

  /** Text of an address cell; undefined when absent. */
  address(value: number, family: number): string | undefined {
    if (family === 4) return formatIpv4(value);
    return family === 6 ? this.addresses.text(value) : undefined;
  }

  /** Bytes of memory that grow with the number of different texts and IPv6 addresses. */
  get bytes(): number {
    return this.symbols.bytes + this.addresses.bytes;
  }
}

/** IPv6 addresses as small integers. */
export class AddressTable {
  #words: Uint32Array = new Uint32Array(1024);
  #slots: Int32Array = new Int32Array(1024).fill(-1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#slots.byteLength;
  }

  /** Id of an address given as four 32-bit words. */
  intern(a: number, b: number, c: number, d: number): number {
    const mask = this.#slots.length - 1;
    const words = this.#words;
    for (let slot = hashAddress(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!;
      if (id < 0) return this.#add(a, b, c, d, slot);
      const at = id * 4;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return id;
    }
  }

  /** The four words of an address. */
  words(id: number): [number, number, number, number] {
    const at = id * 4;
    return [this.#words[at]!, this.#words[at + 1]!, this.#words[at + 2]!, this.#words[at + 3]!];
  }

  text(id: number): string {
    return formatIpv6(...this.words(id));
  }

  #add(a: number, b: number, c: number, d: number, slot: number): number {
    const id = this.#size++;
    if (id * 4 + 4 > this.#words.length) {
      const words = new Uint32Array(this.#words.length * 2);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words.set([a, b, c, d], id * 4);
    this.#slots[slot] = id;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    return id;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = hashAddress(...this.words(id)) & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

function hashAddress(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a ^ 0x2545f491, 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x297a2d39);
  hash = Math.imul(hash ^ (hash >>> 15) ^ c, 0x1b873593);
  hash = Math.imul(hash ^ (hash >>> 15) ^ d, 0x2c1b3c6d);
  return hash ^ (hash >>> 16);
}
