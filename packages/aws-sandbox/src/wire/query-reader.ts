import type { AnyShape, ListShape, MapShape, Member, StructShape } from './shape.js';
import { MalformedValue, readScalar } from './scalars.js';

/** A request's members and the keys that no member of the operation claims. */
export interface QueryInput {
  readonly input: Record<string, unknown>;
  readonly unknown: readonly string[];
}

/**
 * Reads the form fields of an AWS query or EC2 query request by the operation's input schema: the inverse
 * of what the SDK's query serializer writes (https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html).
 */
export function readQuery(
  shape: AnyShape,
  fields: Iterable<readonly [string, string]>,
  dialect: 'query' | 'ec2-query',
): QueryInput {
  const root = node();
  for (const [key, value] of fields) plant(root, key, value);
  const reader = new QueryReader(dialect === 'ec2-query');
  const input = shape.kind === 'struct' ? reader.struct(shape, root, '') : {};
  const unknown: string[] = [];
  leftovers(root, '', unknown);
  return { input, unknown };
}

interface Node {
  value: string | undefined;
  used: boolean;
  readonly children: Map<string, Node>;
}

function node(): Node {
  return { value: undefined, used: false, children: new Map() };
}

function plant(root: Node, key: string, value: string): void {
  let current = root;
  for (const segment of key.split('.')) {
    let child = current.children.get(segment);
    if (!child) {
      child = node();
      current.children.set(segment, child);
    }
    current = child;
  }
  current.value = value;
}

function leftovers(parent: Node, path: string, found: string[]): void {
  for (const [name, child] of parent.children) {
    const key = path === '' ? name : `${path}.${name}`;
    if (child.value !== undefined && !child.used) found.push(key);
    leftovers(child, key, found);
  }
}

class QueryReader {
  readonly #ec2: boolean;

  constructor(ec2: boolean) {
    this.#ec2 = ec2;
  }

  struct(shape: StructShape, at: Node, path: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const member of shape.members) {
      const key = this.#keyOf(member);
      const child = at.children.get(key);
      if (!child) continue;
      const value = this.#value(member.shape(), child, path === '' ? key : `${path}.${key}`);
      if (value !== undefined) result[member.name] = value;
    }
    return result;
  }

  #keyOf(member: Member): string {
    return this.#ec2 ? member.ec2QueryName : member.queryName;
  }

  #value(shape: AnyShape, at: Node, path: string): unknown {
    switch (shape.kind) {
      case 'struct':
        if (at.value === '') at.used = true;
        return this.struct(shape, at, path);
      case 'list':
        return this.#list(shape, at, path);
      case 'map':
        return this.#map(shape, at, path);
      default:
        if (at.value === undefined) return undefined;
        at.used = true;
        return readScalar(shape, at.value, path);
    }
  }

  #list(shape: ListShape, at: Node, path: string): unknown[] {
    if (at.value === '') at.used = true;
    const flat = this.#ec2 || shape.flattened;
    const parent = flat ? at : (at.children.get(shape.elementName) ?? at.children.get('member'));
    if (!parent) return [];
    return numbered(parent, path).map(([index, child]) =>
      this.#value(shape.element, child, `${path}.${index}`),
    );
  }

  #map(shape: MapShape, at: Node, path: string): Record<string, unknown> {
    if (at.value === '') at.used = true;
    const parent = shape.flattened ? at : at.children.get('entry');
    const result: Record<string, unknown> = {};
    if (!parent) return result;
    for (const [index, child] of numbered(parent, path)) {
      const key = child.children.get(shape.keyName);
      const value = child.children.get(shape.valueName);
      if (key?.value === undefined || !value)
        throw new MalformedValue(`${path}.${index}`, 'Incomplete map entry');
      key.used = true;
      Object.defineProperty(result, key.value, {
        value: this.#value(shape.value, value, `${path}.${index}`),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return result;
  }
}

function numbered(parent: Node, path: string): [number, Node][] {
  const entries: [number, Node][] = [];
  for (const [name, child] of parent.children) {
    if (!/^\d{1,6}$/.test(name)) throw new MalformedValue(path, `Invalid list index: ${name}`);
    entries.push([Number(name), child]);
  }
  return entries.sort((a, b) => a[0] - b[0]);
}
