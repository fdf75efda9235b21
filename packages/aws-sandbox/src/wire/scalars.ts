import type { AnyShape } from './shape.js';

/** A value on the wire that its schema does not allow. */
export class MalformedValue extends Error {
  override readonly name = 'MalformedValue';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Reads the text of a scalar as its schema says; throws {@link MalformedValue}. */
export function readScalar(shape: AnyShape, text: string, path: string): unknown {
  switch (shape.kind) {
    case 'string':
    case 'document':
      return text;
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value))
        throw new MalformedValue(path, `Invalid number: ${text}`);
      return value;
    }
    case 'boolean': {
      const lower = text.toLowerCase();
      if (lower === 'true' || lower === '1') return true;
      if (lower === 'false' || lower === '0') return false;
      throw new MalformedValue(path, `Invalid boolean: ${text}`);
    }
    case 'bigint':
      if (!/^[+-]?\d+$/.test(text)) throw new MalformedValue(path, `Invalid integer: ${text}`);
      return BigInt(text);
    case 'decimal':
      return text;
    case 'timestamp':
      return readTimestamp(text, path);
    case 'blob':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      throw new MalformedValue(path, `Expected a ${shape.kind}`);
  }
}

/** Any of the three timestamp forms of Smithy; a date as Date. */
export function readTimestamp(value: string | number, path: string): Date {
  const seconds =
    typeof value === 'number' ? value : /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  const date = seconds === undefined ? new Date(value) : new Date(Math.round(seconds * 1000));
  if (Number.isNaN(date.getTime())) throw new MalformedValue(path, `Invalid date: ${value}`);
  return date;
}

/** Scalars as text, the way AWS writes them in XML: ISO dates with milliseconds, base64, true and false. */
export function writeScalar(shape: AnyShape, value: unknown): string {
  if (shape.kind === 'timestamp') {
    const date = value instanceof Date ? value : new Date(Number(value));
    if (shape.format === 'epoch-seconds') return String(date.getTime() / 1000);
    if (shape.format === 'http-date') return date.toUTCString();
    return date.toISOString();
  }
  if (shape.kind === 'blob') {
    return Buffer.from(typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array)).toString(
      'base64',
    );
  }
  return String(value);
}
