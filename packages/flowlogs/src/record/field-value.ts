import type { FieldKind } from '../format/fields.js';
import { parseAddress } from './address.js';

/** What a field's text is worth, or why it is worth nothing. `-` is absent and never comes here. */
export type FieldValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bad'; readonly reason: string };

/** Most digits that a number of this kind may have, and the largest value. */
export const numberLimits: Readonly<
  Record<'port' | 'byte' | 'integer' | 'count' | 'time', { readonly digits: number; readonly most: number }>
> = {
  port: { digits: 5, most: 65_535 },
  byte: { digits: 3, most: 255 },
  integer: { digits: 10, most: 0x7fffffff },
  count: { digits: 16, most: Number.MAX_SAFE_INTEGER },
  time: { digits: 14, most: 99_999_999_999_999 },
};

/** From this value on a time is in milliseconds: as seconds it would be in the year 5138. */
export const millisecondsFrom = 100_000_000_000;

/** Milliseconds since 1970 of a time in seconds or milliseconds. */
export function toEpochMs(time: number): number {
  return time >= millisecondsFrom ? time : time * 1000;
}

/** Reads the text of one field. The obvious way; the byte scanner must agree with it. */
export function readFieldValue(kind: FieldKind, text: string): FieldValue {
  switch (kind) {
    case 'text':
      return { kind: 'text', value: text };
    case 'address':
      return parseAddress(text) === undefined ? bad('not an IP address') : { kind: 'text', value: text };
    case 'action':
      return text === 'ACCEPT' || text === 'REJECT'
        ? { kind: 'text', value: text }
        : bad('neither ACCEPT nor REJECT');
    case 'status':
      return text === 'OK' || text === 'NODATA' || text === 'SKIPDATA'
        ? { kind: 'text', value: text }
        : bad('none of OK, NODATA and SKIPDATA');
    case 'port':
    case 'byte':
    case 'integer':
    case 'count':
    case 'time':
      return readNumber(kind, text);
  }
}

function readNumber(kind: keyof typeof numberLimits, text: string): FieldValue {
  if (!/^\d+$/.test(text)) return bad('not a number');
  const { digits, most } = numberLimits[kind];
  const value = Number(text);
  if (text.length > digits || value > most) return bad(`a number above ${most}`);
  return { kind: 'number', value: kind === 'time' ? toEpochMs(value) : value };
}

function bad(reason: string): FieldValue {
  return { kind: 'bad', reason };
}
