import type { AnyShape, StructShape } from './shape.js';
import { MalformedValue, readTimestamp } from './scalars.js';

/** A JSON document's members by schema, and the paths that no member claims. */
export interface JsonInput {
  readonly input: Record<string, unknown>;
  readonly unknown: readonly string[];
}

/** Reads a parsed JSON document (AWS JSON 1.0 and 1.1); throws MalformedValue on a wrong type. */
export function readJson(shape: AnyShape, document: unknown): JsonInput {
  const unknown: string[] = [];
  if (!isRecord(document)) throw new MalformedValue('', 'Expected a JSON object');
  const input = shape.kind === 'struct' ? readStruct(shape, document, '', unknown) : {};
  return { input, unknown };
}

/** Turns an answer into plain JSON by schema: epoch seconds, base64, no undefined members. */
export function toJson(shape: AnyShape, value: unknown): unknown {
  switch (shape.kind) {
    case 'struct': {
      const result: Record<string, unknown> = {};
      for (const member of shape.members) {
        const content = (value as Readonly<Record<string, unknown>>)[member.name];
        if (content !== undefined && content !== null) result[member.name] = toJson(member.shape(), content);
      }
      return result;
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => toJson(shape.element, item));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, toJson(shape.value, item)]),
      );
    case 'timestamp': {
      const date = value instanceof Date ? value : new Date(Number(value));
      if (shape.format === 'date-time') return date.toISOString();
      if (shape.format === 'http-date') return date.toUTCString();
      return date.getTime() / 1000;
    }
    case 'blob':
      return Buffer.from(typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array)).toString(
        'base64',
      );
    case 'bigint':
      return Number(value);
    default:
      return value;
  }
}

function readStruct(
  shape: StructShape,
  document: Readonly<Record<string, unknown>>,
  path: string,
  unknown: string[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const names = new Set<string>();
  for (const member of shape.members) {
    names.add(member.name);
    const value = document[member.name];
    if (value === undefined || value === null) continue;
    result[member.name] = readValue(member.shape(), value, join(path, member.name), unknown);
  }
  for (const name of Object.keys(document)) {
    if (!names.has(name) && name !== '__type') unknown.push(join(path, name));
  }
  return result;
}

function readValue(shape: AnyShape, value: unknown, path: string, unknown: string[]): unknown {
  switch (shape.kind) {
    case 'struct':
      if (!isRecord(value)) throw new MalformedValue(path, 'Expected an object');
      return readStruct(shape, value, path, unknown);
    case 'list':
      if (!Array.isArray(value)) throw new MalformedValue(path, 'Expected a list');
      return value.map((item, index) => readValue(shape.element, item, `${path}[${index}]`, unknown));
    case 'map':
      if (!isRecord(value)) throw new MalformedValue(path, 'Expected a map');
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          readValue(shape.value, item, join(path, key), unknown),
        ]),
      );
    case 'timestamp':
      if (typeof value !== 'number' && typeof value !== 'string')
        throw new MalformedValue(path, 'Expected a date');
      return readTimestamp(value, path);
    case 'blob':
      if (typeof value !== 'string') throw new MalformedValue(path, 'Expected base64 text');
      return new Uint8Array(Buffer.from(value, 'base64'));
    case 'string':
      if (typeof value !== 'string') throw new MalformedValue(path, 'Expected a string');
      return value;
    case 'number':
      if (typeof value !== 'number') throw new MalformedValue(path, 'Expected a number');
      return value;
    case 'bigint':
      if (typeof value !== 'number' || !Number.isInteger(value))
        throw new MalformedValue(path, 'Expected an integer');
      return BigInt(value);
    case 'boolean':
      if (typeof value !== 'boolean') throw new MalformedValue(path, 'Expected a boolean');
      return value;
    default:
      return value;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
