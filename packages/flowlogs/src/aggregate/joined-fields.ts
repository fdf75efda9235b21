import { type FieldKind, fieldOf, knownField } from '../format/fields.js';

/**
 * Fields that exist when both halves of connections are joined: the end that opened the connection and the one that
 * was called (real addresses, where the records have them), how that was found out, and what went which way.
 */
export const joinedFields: Readonly<Record<string, FieldKind>> = {
  client: 'address',
  clientport: 'port',
  server: 'address',
  serverport: 'port',
  'decided-by': 'text',
  'packets-to-server': 'count',
  'bytes-to-server': 'count',
  'packets-to-client': 'count',
  'bytes-to-client': 'count',
};

/** Kind of a field, or of a joined field. */
export function kindOf(name: string): FieldKind {
  return joinedFields[name] ?? fieldOf(name).kind;
}

/** The documented or joined field of this name, in this package's spelling. */
export function spelledField(name: string): string | undefined {
  return Object.hasOwn(joinedFields, name) ? name : knownField(name)?.name;
}
