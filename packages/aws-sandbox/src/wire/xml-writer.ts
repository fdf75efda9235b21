import type { AnyShape } from './shape.js';
import { writeScalar } from './scalars.js';

/** Writes the members of a structure as XML elements by its schema; undefined and null members are left out. */
export function writeMembers(shape: AnyShape, value: object): string {
  if (shape.kind !== 'struct') return '';
  let xml = '';
  const members = value as Readonly<Record<string, unknown>>;
  for (const member of shape.members) {
    const content = members[member.name];
    if (content !== undefined && content !== null) xml += element(member.xmlName, member.shape(), content);
  }
  return xml;
}

/** Text made safe inside an element; characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(UNSAFE, (character) => REPLACEMENTS[character] ?? '\uFFFD');
}

// exactly the characters outside XML 1.0's Char production, and the markup
const UNSAFE = /[&<>"'\r\n\t\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;
const REPLACEMENTS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

function element(name: string, shape: AnyShape, value: unknown): string {
  switch (shape.kind) {
    case 'list': {
      const items = (value as readonly unknown[]).filter((item) => item !== undefined && item !== null);
      if (shape.flattened) return items.map((item) => element(name, shape.element, item)).join('');
      return wrap(name, items.map((item) => element(shape.elementName, shape.element, item)).join(''));
    }
    case 'map': {
      const entries = Object.entries(value as object).map(
        ([key, item]) => wrap(shape.keyName, escapeXml(key)) + element(shape.valueName, shape.value, item),
      );
      if (shape.flattened) return entries.map((entry) => wrap(name, entry)).join('');
      return wrap(name, entries.map((entry) => wrap('entry', entry)).join(''));
    }
    case 'struct':
      return wrap(name, writeMembers(shape, value as object));
    case 'unit':
      return wrap(name, '');
    default:
      return wrap(name, escapeXml(writeScalar(shape, value)));
  }
}

function wrap(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}
