import { MalformedValue, readScalar } from '../wire/scalars.js';
import type { AnyShape, StructShape } from '../wire/shape.js';
import { XMLParser } from 'fast-xml-parser';

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, isArray: () => true });

/** Reads the members of a structure from an XML document whose root element stands for it. */
export function readXml(shape: StructShape, xml: string): Record<string, unknown> {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = parser.parse(xml) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new MalformedValue('', `The XML you provided was not well-formed: ${String(cause)}`);
  }
  const root = Object.entries(document).find(([name]) => !name.startsWith('?'))?.[1];
  return readStruct(shape, Array.isArray(root) ? root[0] : undefined, '');
}

function readStruct(shape: StructShape, node: unknown, path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (typeof node !== 'object' || node === null) return result;
  const children = node as Readonly<Record<string, unknown>>;
  for (const member of shape.members) {
    const found = children[member.xmlName];
    if (!Array.isArray(found)) continue;
    result[member.name] = readValue(
      member.shape(),
      found,
      path === '' ? member.name : `${path}.${member.name}`,
    );
  }
  return result;
}

function readValue(shape: AnyShape, nodes: readonly unknown[], path: string): unknown {
  if (shape.kind === 'list') {
    const items = shape.flattened
      ? nodes
      : nodes.flatMap((node) => (node as Readonly<Record<string, unknown[]>>)[shape.elementName] ?? []);
    return items.map((item) => readValue(shape.element, [item], path));
  }
  if (shape.kind === 'struct') return readStruct(shape, nodes[0], path);
  const [text] = nodes;
  if (typeof text !== 'string') throw new MalformedValue(path, 'Expected text');
  return readScalar(shape, text, path);
}
