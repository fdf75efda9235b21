import type { AnyShape } from '../wire/shape.js';

/** Paths of required members that are missing, in the words of the wire. */
export function missingMembers(shape: AnyShape, input: unknown, path = ''): string[] {
  if (shape.kind === 'list' && Array.isArray(input)) {
    return input.flatMap((item) => missingMembers(shape.element, item, path));
  }
  if (shape.kind !== 'struct' || typeof input !== 'object' || input === null) return [];
  const members = input as Readonly<Record<string, unknown>>;
  return shape.members.flatMap((member) => {
    const at = path === '' ? member.name : `${path}.${member.name}`;
    const value = members[member.name];
    if (value === undefined || value === null) return member.required ? [at] : [];
    return missingMembers(member.shape(), value, at);
  });
}

/** Members that were given although the operation neither simulates nor knowingly ignores them. */
export function unsupportedMembers(input: object, known: ReadonlySet<string>): string[] {
  return Object.entries(input).flatMap(([name, value]) => unsupported(name, value, known));
}

function unsupported(path: string, value: unknown, known: ReadonlySet<string>): string[] {
  if (value === undefined || value === null || known.has(path)) return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    return [...new Set(value.flatMap((item) => unsupported(path, item, known)))];
  }
  const isNested = typeof value === 'object' && [...known].some((name) => name.startsWith(`${path}.`));
  if (!isNested) return [path];
  return Object.entries(value).flatMap(([name, item]) => unsupported(`${path}.${name}`, item, known));
}
