import { fields } from '../format/fields.js';
import type { LogFormat } from '../format/log-format.js';

/**
 * Recognises, byte by byte, a line whose first word is the name of a field: a header. Data may begin with the same
 * letters (`vpc-0a1b` and `vpc-id`), so the whole word counts.
 */
export class FieldNameTrie {
  // 38 entries a node: letters, '-', '_', digits; 0 is no child.
  readonly #next: number[] = [];
  readonly #isWord: boolean[] = [];

  constructor(format?: LogFormat) {
    this.#addNode();
    for (const field of fields) this.#add(field.name);
    const first = format?.fields[0];
    if (first !== undefined) this.#add(first.name);
  }

  matches(bytes: Uint8Array, start: number): boolean {
    let node = 0;
    let at = start;
    for (;;) {
      const byte = bytes[at]!;
      if (byte <= 32) return at > start && this.#isWord[node]!;
      const letter = letterOf(byte);
      if (letter < 0) return false;
      node = this.#next[node * letters + letter]!;
      if (node === 0) return false;
      at++;
    }
  }

  #add(name: string): void {
    let node = 0;
    for (const character of name) {
      const index = node * letters + letterOf(character.charCodeAt(0));
      if (this.#next[index] === 0) this.#next[index] = this.#addNode();
      node = this.#next[index]!;
    }
    this.#isWord[node] = true;
  }

  #addNode(): number {
    for (let i = 0; i < letters; i++) this.#next.push(0);
    return this.#isWord.push(false) - 1;
  }
}

const letters = 38;

function letterOf(byte: number): number {
  if (byte >= 97 && byte <= 122) return byte - 97;
  if (byte >= 48 && byte <= 57) return byte - 48 + 28;
  if (byte === 45) return 26;
  return byte === 95 ? 27 : -1;
}
