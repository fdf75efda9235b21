import { FlowLogsError } from '../errors.js';
import { type Column, type ColumnBatch, columnTypeOf } from '../scan/columns.js';
import { Dictionary } from '../scan/dictionary.js';
import { kindOf, spelledField } from './joined-fields.js';

/**
 * A key of an aggregation: a field's name, the UTC minute, hour or day in which a record begins (of field `start`), or
 * with `joinHalves` one of `joinedFields`.
 */
export type Key = string;

/** How keys lie in 32-bit words. */
export interface KeyLayout {
  readonly parts: readonly KeyPart[];
  /** Words a group. */
  readonly words: number;
  /** Fields that a batch must have. */
  readonly columns: readonly string[];
}

interface KeyPart {
  readonly key: Key;
  readonly column: string;
  readonly type: Column['type'] | 'period';
  /** Where the value is. */
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
  /** Where the family of an address is. */
  readonly familyWord: number;
  readonly familyShift: number;
  readonly periodMs: number;
}

const periods: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @throws FlowLogsError NET_FLOWLOGS_COLUMN when a key is no field and no period */
export function layOutKeys(keys: readonly Key[]): KeyLayout {
  const used: number[] = [];
  const place = (bits: number): { word: number; shift: number } => {
    let word = used.findIndex((taken) => taken + bits <= 32);
    if (word < 0) word = used.push(0) - 1;
    const shift = used[word]!;
    used[word] = shift + bits;
    return { word, shift };
  };
  const parts = keys.map((key): KeyPart => {
    const periodMs = periods[key] ?? 0;
    const column = periodMs > 0 ? 'start' : (spelledField(key) ?? key);
    const kind = kindOf(column);
    const type = periodMs > 0 ? 'period' : columnTypeOf(kind);
    if (type === 'double') {
      throw new FlowLogsError(
        'NET_FLOWLOGS_COLUMN',
        `${key} is a measure, not a key; use minute, hour or day for times`,
      );
    }
    const bits = kind === 'port' ? 17 : kind === 'byte' ? 9 : 32;
    const value = place(bits);
    const family = type === 'address' ? place(2) : { word: 0, shift: 0 };
    return {
      key,
      column,
      type,
      ...value,
      bits,
      familyWord: family.word,
      familyShift: family.shift,
      periodMs,
    };
  });
  return { parts, words: Math.max(1, used.length), columns: [...new Set(parts.map((part) => part.column))] };
}

/** Turns rows of batches into key words that mean the same for every batch. */
export class KeyEncoder {
  readonly layout: KeyLayout;
  readonly dictionary: Dictionary;
  #from: Dictionary | undefined;
  #symbolIds: Int32Array = new Int32Array(0);
  #addressIds: Int32Array = new Int32Array(0);

  constructor(layout: KeyLayout, dictionary: Dictionary) {
    this.layout = layout;
    this.dictionary = dictionary;
  }

  /** Writes `layout.words` words a row into `words`, which is all zero for these rows. */
  encode(batch: ColumnBatch, words: Uint32Array): void {
    if (batch.dictionary !== this.#from) {
      this.#from = batch.dictionary;
      this.#symbolIds.fill(-1);
      this.#addressIds.fill(-1);
    }
    for (const part of this.layout.parts) {
      const column = batch.columns.get(part.column);
      if (column === undefined) {
        throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `the batch lacks column ${part.column}`);
      }
      this.#encodePart(part, column, batch.rows, words);
    }
  }

  #encodePart(part: KeyPart, column: Column, rows: number, words: Uint32Array): void {
    const stride = this.layout.words;
    const { word, shift } = part;
    switch (column.type) {
      case 'address':
        this.#encodeAddresses(part, column.values, column.families, rows, words);
        return;
      case 'integer': {
        const { values } = column;
        for (let row = 0, at = word; row < rows; row++, at += stride)
          words[at]! |= (values[row]! + 1) << shift;
        return;
      }
      case 'symbol': {
        const { values } = column;
        for (let row = 0, at = word; row < rows; row++, at += stride)
          words[at] = this.#symbolId(values[row]!);
        return;
      }
      case 'double': {
        const { values } = column;
        for (let row = 0, at = word; row < rows; row++, at += stride) {
          const time = values[row]!;
          words[at] = time === time ? Math.floor(time / part.periodMs) + 1 : 0;
        }
      }
    }
  }

  #encodeAddresses(
    part: KeyPart,
    values: Uint32Array,
    families: Uint8Array,
    rows: number,
    words: Uint32Array,
  ): void {
    const stride = this.layout.words;
    const { word, familyWord, familyShift } = part;
    for (let row = 0, at = 0; row < rows; row++, at += stride) {
      const family = families[row]!;
      const value = values[row]!;
      words[at + word] = family === 6 ? this.#addressId(value) : value;
      words[at + familyWord]! |= (family >> 1) << familyShift;
    }
  }

  #symbolId(id: number): number {
    if (id >= this.#symbolIds.length) this.#symbolIds = grownIds(this.#symbolIds, id);
    const known = this.#symbolIds[id]!;
    if (known >= 0) return known;
    return (this.#symbolIds[id] = this.dictionary.symbols.internBytes(this.#from!.symbols.raw(id)));
  }

  #addressId(id: number): number {
    if (id >= this.#addressIds.length) this.#addressIds = grownIds(this.#addressIds, id);
    const known = this.#addressIds[id]!;
    if (known >= 0) return known;
    return (this.#addressIds[id] = this.dictionary.addresses.intern(...this.#from!.addresses.words(id)));
  }
}

/** What a key's words stand for: text or number, undefined when absent. Periods are given by their first moment. */
export function decodeKey(
  layout: KeyLayout,
  dictionary: Dictionary,
  words: Uint32Array,
  at: number,
): Record<Key, string | number | undefined> {
  const key: Record<Key, string | number | undefined> = {};
  for (const part of layout.parts) key[part.key] = decodePart(part, dictionary, words, at);
  return key;
}

function decodePart(
  part: KeyPart,
  dictionary: Dictionary,
  words: Uint32Array,
  at: number,
): string | number | undefined {
  const word = words[at + part.word]!;
  const value = part.bits === 32 ? word : (word >>> part.shift) & ((1 << part.bits) - 1);
  switch (part.type) {
    case 'address':
      return dictionary.address(value, ((words[at + part.familyWord]! >>> part.familyShift) & 3) * 2);
    case 'integer':
      return value === 0 ? undefined : value - 1;
    case 'symbol':
      return dictionary.text(value);
    case 'period':
      return value === 0 ? undefined : new Date((value - 1) * part.periodMs).toISOString();
    case 'double':
      return undefined;
  }
}

/** Rewrites key words of another encoder's dictionary in place. */
export function translateKeys(
  layout: KeyLayout,
  words: Uint32Array,
  groups: number,
  symbolId: (id: number) => number,
  addressId: (id: number) => number,
): void {
  for (const part of layout.parts) {
    for (let group = 0, at = 0; group < groups; group++, at += layout.words) {
      if (part.type === 'symbol') words[at + part.word] = symbolId(words[at + part.word]!);
      else if (part.type === 'address' && ((words[at + part.familyWord]! >>> part.familyShift) & 3) === 3) {
        words[at + part.word] = addressId(words[at + part.word]!);
      }
    }
  }
}

function grownIds(from: Int32Array, id: number): Int32Array {
  const to = new Int32Array(Math.max(1024, from.length * 2, id + 1)).fill(-1);
  to.set(from);
  return to;
}
