import type { Field } from '../format/fields.js';
import { numberLimits, millisecondsFrom } from '../record/field-value.js';
import type { Column } from './columns.js';
import { hashSeed } from './interner.js';
import type { Scan, ScanTarget } from './scan-target.js';

/**
 * A scan of one format into one set of columns as machine-made JavaScript: a straight run through the line without
 * dispatch per field, which is several times faster than a loop over field descriptions. The text is made of numbers and
 * of this module's own words only; nothing of the data or of field names gets into it. Equal texts share one function,
 * so that many small files need not warm it up again. Undefined where the process forbids making code from text
 * (`--disallow-code-generation-from-strings`).
 */
export function compileScan(target: ScanTarget): Scan | undefined {
  const source = sourceOf(target.format.fields, target.columns);
  const known = made.get(source);
  if (known !== undefined) return known;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- made of constants, see above
    const scan = new Function('target', 'start', 'end', source) as Scan;
    const oldest = made.size < maxMade ? undefined : made.keys().next().value;
    if (oldest !== undefined) made.delete(oldest);
    made.set(source, scan);
    return scan;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

const made = new Map<string, Scan>();
const maxMade = 64;

/** Arrays of a target's columns in the order in which the made code numbers them. */
export function columnArrays(columns: Iterable<Column>): ScanTarget['arrays'] {
  const arrays: ScanTarget['arrays'][number][] = [];
  for (const column of columns) {
    arrays.push(column.values);
    if (column.type === 'address') arrays.push(column.families);
  }
  return arrays;
}

function sourceOf(fields: readonly Field[], columns: ReadonlyMap<string, Column>): string {
  const arrayOf = new Map<string, number>();
  let arrays = 0;
  for (const [name, column] of columns) {
    arrayOf.set(name, arrays);
    arrays += column.type === 'address' ? 2 : 1;
  }
  const body: string[] = [];
  let skipped = 0;
  const last = fields.length - 1;
  fields.forEach((field, index) => {
    const array = arrayOf.get(field.name);
    if (array === undefined && field.kind !== 'status') {
      skipped++;
      if (index === last) body.push(skipFields(skipped, true));
      return;
    }
    if (skipped > 0) body.push(skipFields(skipped, false));
    skipped = 0;
    body.push(readField(field, array), delimiter(index === last));
  });
  const constants = Array.from({ length: arrays }, (_unused, i) => `a${i} = target.arrays[${i}]`);
  return `'use strict';
  const ${['bytes = target.bytes', 'view = target.view', 'capacity = target.capacity', ...constants].join(', ')};
  const symbolTable = target.dictionary.symbols;
  let pos = start, row = target.row, line = target.line, c = 0, n = 0, w = 0, m = 0, h = 0, v = 0, at = 0, k = 0, u = 0, q = 0;
  while (pos < end && row < capacity) {
    const lineStart = pos;
    line++;
    record: {
      if (bytes[pos] > 96 && target.beginsWithFieldName(pos)) break record;
${body.join('\n')}
      row++;
      continue;
    }
    target.row = row;
    pos = target.odd(lineStart, line);
    if (pos < 0) { target.line = line; return pos; }
  }
  target.row = row;
  target.line = line;
  return pos;`;
}

/** Bytes that end a field, four bytes at a time: the high bit of every byte below 33. Exact for the first of them. */
const loadMask = 'w = view.getInt32(pos, true); m = (w - 0x21212121) & ~w & 0x80808080;';

function skipFields(count: number, toLineEnd: boolean): string {
  const blanks = toLineEnd ? count - 1 : count;
  const loop = blanks < 2 ? skipOneByOne(blanks) : skipByWords(blanks);
  if (!toLineEnd) return loop;
  return `${blanks > 0 ? `${loop} at = pos;` : 'at = pos;'}
      for (;;) {
        ${loadMask}
        if (m !== 0) break;
        pos += 4;
      }
      pos += (31 - Math.clz32(m & -m)) >> 3;
      if (pos === at) break record;
      ${delimiter(true)}`;
}

function skipOneByOne(blanks: number): string {
  return `
      at = pos;
      for (k = ${blanks}; k > 0; ) {
        ${loadMask}
        if (m === 0) { pos += 4; continue; }
        pos += (31 - Math.clz32(m & -m)) >> 3;
        if (bytes[pos] !== 32 || pos === at) break record;
        at = ++pos;
        k--;
      }`;
}

/**
 * Counts the delimiters of eight bytes at once, without a branch for each, up to the word with the last one. `m` and `q`
 * have the high bit of every byte below 33, exact for all four of their bytes; `v` collects bytes below 32 and
 * delimiters that follow one another, so that nothing is read far behind the line’s end; `c` is the high bit of the byte before `m` when that was a delimiter.
 */
function skipByWords(blanks: number): string {
  return `
      k = ${blanks}; v = 0; c = 128;
      for (;;) {
        w = view.getInt32(pos, true);
        u = view.getInt32(pos + 4, true);
        n = w & 0x7f7f7f7f;
        h = u & 0x7f7f7f7f;
        m = ~((n + 0x5f5f5f5f) | w) & 0x80808080;
        q = ~((h + 0x5f5f5f5f) | u) & 0x80808080;
        at = Math.imul((m >>> 7) + (q >>> 7), 0x01010101) >>> 24;
        if (at >= k) break;
        v |= ((~((n + 0x60606060) | w) | ~((h + 0x60606060) | u)) & 0x80808080)
          | (m & ((m << 8) | c)) | (q & ((q << 8) | (m >>> 24)));
        if (v !== 0) break record;
        c = q >>> 24;
        k -= at;
        pos += 8;
      }
      at = Math.imul(m >>> 7, 0x01010101) >>> 24;
      if (at < k) {
        v |= (~((n + 0x60606060) | w) & 0x80808080) | (m & ((m << 8) | c));
        c = m >>> 24;
        k -= at;
        pos += 4;
        w = u;
        m = q;
      }
      if (v !== 0) break record;
      v = m & ((m << 8) | c);
      for (;;) {
        at = m & -m;
        n = (31 - Math.clz32(at)) >> 3;
        if (((w >>> (n << 3)) & 255) !== 32 || (v & at) !== 0) break record;
        if (--k === 0) break;
        m ^= at;
      }
      pos += n + 1;`;
}

function delimiter(isLast: boolean): string {
  if (!isLast) return 'if (bytes[pos] !== 32) break record; pos++;';
  return `c = bytes[pos];
      if (c === 10) pos++;
      else if (c === 13 && bytes[pos + 1] === 10) pos += 2;
      else break record;`;
}

function readField(field: Field, array: number | undefined): string {
  switch (field.kind) {
    case 'address':
      return readAddress(array!);
    case 'port':
    case 'byte':
    case 'integer':
      return readInteger(array!, numberLimits[field.kind].digits, numberLimits[field.kind].most);
    case 'count':
    case 'time':
      return readDouble(array!, field.kind);
    case 'status':
      return `if ((view.getInt32(pos, true) & 0xffff) !== 0x4b4f || bytes[pos + 2] > 32) break record;
      pos += 2;${array === undefined ? '' : ` a${array}[row] = 3;`}`;
    case 'action':
      return `w = view.getInt32(pos, true);
      if (w === 0x45434341 && (view.getInt32(pos + 4, true) & 0xffff) === 0x5450) { a${array!}[row] = 1; pos += 6; }
      else if (w === 0x454a4552 && (view.getInt32(pos + 4, true) & 0xffff) === 0x5443) { a${array!}[row] = 2; pos += 6; }
      else if ((w & 0xff) === 45) { a${array!}[row] = 0; pos++; }
      else break record;`;
    case 'text':
      return readText(array!);
  }
}

/** Four decimal numbers; whatever else is left to the reader of IPv6 addresses. */
function readAddress(array: number): string {
  const octet = (index: number): string => `
        n = bytes[pos] - 48;
        if (n >>> 0 > 9) break v4;
        c = bytes[++pos] - 48;
        if (c >>> 0 <= 9) {
          if (n === 0) break v4;
          n = n * 10 + c;
          c = bytes[++pos] - 48;
          if (c >>> 0 <= 9) { n = n * 10 + c; if (n > 255) break v4; c = bytes[++pos] - 48; }
        }
        v = ${index === 0 ? 'n' : '(v << 8) | n'};
        ${index === 3 ? 'if (c > -16) break v4;' : 'if (c !== -2) break v4; pos++;'}`;
  return `at = pos;
      address: {
        if (bytes[pos] === 45 && bytes[pos + 1] < 33) { a${array}[row] = 0; a${array + 1}[row] = 0; pos++; break address; }
        v4: {${[0, 1, 2, 3].map(octet).join('')}
          a${array}[row] = v; a${array + 1}[row] = 4;
          break address;
        }
        pos = target.readAddress6(at);
        if (pos < 0) break record;
        a${array}[row] = target.addressValue; a${array + 1}[row] = target.addressFamily;
      }`;
}

function readInteger(array: number, digits: number, most: number): string {
  // Five digits cannot pass 2^31; ten can, as a double, and are then compared.
  return `n = bytes[pos] - 48;
      if (n >>> 0 <= 9) {
        v = n; at = pos;
        while ((n = bytes[++pos] - 48) >>> 0 <= 9) { v = v * 10 + n; if (pos - at >= ${digits}) break record; }
        if (v > ${most}) break record;
        a${array}[row] = v;
      } else if (n === -3 && bytes[pos + 1] < 33) { a${array}[row] = -1; pos++; }
      else break record;`;
}

function readDouble(array: number, kind: 'count' | 'time'): string {
  const { digits, most } = numberLimits[kind];
  const store = kind === 'time' ? `v >= ${millisecondsFrom} ? v : v * 1000` : 'v';
  // The first nine digits in integer arithmetic, the rest in doubles.
  return `n = bytes[pos] - 48;
      if (n >>> 0 <= 9) {
        v = n; at = pos;
        while ((n = bytes[++pos] - 48) >>> 0 <= 9 && pos - at < 9) v = (v * 10 + n) | 0;
        if (n >>> 0 <= 9) {
          let big = v;
          do { big = big * 10 + n; if (pos - at >= ${digits}) break record; } while ((n = bytes[++pos] - 48) >>> 0 <= 9);
          if (big > ${most}) break record;
          a${array}[row] = ${store.replaceAll('v', 'big')};
        } else a${array}[row] = ${store};
      } else if (n === -3 && bytes[pos + 1] < 33) { a${array}[row] = NaN; pos++; }
      else break record;`;
}

/** Hash and end of a text in one pass; `hashWords` is the same computation. */
function readText(array: number): string {
  const mix = 'h = Math.imul(h ^ w, 0x2c1b3c6d); h ^= h >>> 13;';
  return `at = pos; h = ${hashSeed};
      for (;;) {
        ${loadMask}
        if (m !== 0) break;
        ${mix}
        pos += 4;
      }
      n = (31 - Math.clz32(m & -m)) >> 3;
      w &= (1 << (n << 3)) - 1;
      ${mix}
      h = Math.imul(h, 0x297a2d39); h ^= h >>> 15;
      pos += n;
      if (pos === at) break record;
      a${array}[row] = symbolTable.internHashed(view, at, pos, h);`;
}
