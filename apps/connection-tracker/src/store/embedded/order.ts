/** The order of texts in lmdb: by the bytes of their UTF-8, which is by code points; `<` compares UTF-16 units. */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for what comes after all other characters. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Bytes that a text in a key may have: the longest connection, so that with shard, day and score lmdb takes it. */
const MAX_TEXT_BYTES = 1_810;

/** False for what can be no part of a key, and so is not in the store. */
export function fitsKey(text: string): boolean {
  return text.length <= MAX_TEXT_BYTES && Buffer.byteLength(text) <= MAX_TEXT_BYTES;
}
