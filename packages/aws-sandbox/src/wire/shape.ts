import { NormalizedSchema } from '@smithy/core/schema';

/** What the codecs need to know about a member of an SDK schema, computed once per schema. */
export type Shape = SimpleShape | ListShape | MapShape | StructShape;

export interface SimpleShape {
  readonly kind: 'string' | 'number' | 'boolean' | 'blob' | 'bigint' | 'decimal' | 'document' | 'unit';
}

export interface TimestampShape {
  readonly kind: 'timestamp';
  /** The format trait, if the schema has one; else the protocol's default counts. */
  readonly format: 'date-time' | 'http-date' | 'epoch-seconds' | undefined;
}

export interface ListShape {
  readonly kind: 'list';
  readonly element: AnyShape;
  /** Name of the elements in XML and in non-flattened queries. */
  readonly elementName: string;
  readonly flattened: boolean;
}

export interface MapShape {
  readonly kind: 'map';
  readonly value: AnyShape;
  readonly keyName: string;
  readonly valueName: string;
  readonly flattened: boolean;
}

export interface StructShape {
  readonly kind: 'struct';
  readonly name: string;
  readonly members: readonly Member[];
}

export type AnyShape = Shape | TimestampShape;

export interface Member {
  readonly name: string;
  readonly required: boolean;
  /** The key in an AWS query, in an EC2 query, and the element in XML. */
  readonly queryName: string;
  readonly ec2QueryName: string;
  readonly xmlName: string;
  readonly idempotencyToken: boolean;
  readonly traits: Readonly<Record<string, unknown>>;
  /** Resolved on first use: schemas are recursive. */
  shape(): AnyShape;
}

/** Input and output of one operation, from the schema object that the SDK exports for it. */
export interface OperationShape {
  readonly name: string;
  readonly input: AnyShape;
  readonly output: AnyShape;
}

/** Reads an operation schema of the SDK (`CreateRoute$` and its like); undefined for anything else. */
export function operationShape(schema: unknown): OperationShape | undefined {
  if (!Array.isArray(schema) || schema[0] !== 9) return undefined;
  const [, , name, , input, output] = schema as [number, string, string, unknown, unknown, unknown];
  return { name, input: shapeOf(resolve(input)), output: shapeOf(resolve(output)) };
}

const structs = new WeakMap<object, StructShape>();

/** The shape of any SDK schema. */
export function shapeOf(schema: unknown): AnyShape {
  return compile(NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0]));
}

function resolve(reference: unknown): unknown {
  return typeof reference === 'function' ? (reference as () => unknown)() : reference;
}

function compile(schema: NormalizedSchema): AnyShape {
  if (schema.isUnitSchema()) return { kind: 'unit' };
  if (schema.isListSchema()) return compileList(schema);
  if (schema.isMapSchema()) return compileMap(schema);
  if (schema.isStructSchema()) return compileStruct(schema);
  if (schema.isTimestampSchema()) return { kind: 'timestamp', format: timestampFormat(schema.getSchema()) };
  if (schema.isBlobSchema()) return { kind: 'blob' };
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isNumericSchema()) return { kind: 'number' };
  if (schema.isBigIntegerSchema()) return { kind: 'bigint' };
  if (schema.isBigDecimalSchema()) return { kind: 'decimal' };
  if (schema.isDocumentSchema()) return { kind: 'document' };
  return { kind: 'string' };
}

function timestampFormat(sentinel: unknown): TimestampShape['format'] {
  if (sentinel === 5) return 'date-time';
  if (sentinel === 6) return 'http-date';
  if (sentinel === 7) return 'epoch-seconds';
  return undefined;
}

function compileList(schema: NormalizedSchema): ListShape {
  const element = schema.getValueSchema();
  return {
    kind: 'list',
    element: compile(element),
    elementName: text(element.getMergedTraits().xmlName) ?? 'member',
    flattened: Boolean(schema.getMergedTraits().xmlFlattened),
  };
}

function compileMap(schema: NormalizedSchema): MapShape {
  return {
    kind: 'map',
    value: compile(schema.getValueSchema()),
    keyName: text(schema.getKeySchema().getMergedTraits().xmlName) ?? 'key',
    valueName: text(schema.getValueSchema().getMergedTraits().xmlName) ?? 'value',
    flattened: Boolean(schema.getMergedTraits().xmlFlattened),
  };
}

function compileStruct(schema: NormalizedSchema): StructShape {
  const raw = schema.getSchema() as unknown as object & { readonly 6?: number };
  const known = structs.get(raw);
  if (known) return known;
  // The schema lists required members first and says how many they are.
  const requiredCount = typeof raw[6] === 'number' ? raw[6] : 0;
  const members: Member[] = [];
  const shape: StructShape = { kind: 'struct', name: schema.getName() ?? '', members };
  structs.set(raw, shape);
  for (const [name, member] of schema.structIterator()) {
    members.push(compileMember(name, member, members.length < requiredCount));
  }
  return shape;
}

function compileMember(name: string, member: NormalizedSchema, required: boolean): Member {
  const traits = member.getMergedTraits() as Readonly<Record<string, unknown>>;
  const own = member.getMemberTraits() as Readonly<Record<string, unknown>>;
  const queryName = text(traits['xmlName']) ?? name;
  let shape: AnyShape | undefined;
  return {
    name,
    required,
    queryName,
    ec2QueryName: text(traits['ec2QueryName']) ?? queryName.charAt(0).toUpperCase() + queryName.slice(1),
    xmlName: text(own['xmlName']) ?? name,
    idempotencyToken: Boolean(traits['idempotencyToken']),
    traits,
    shape: () => (shape ??= compile(member)),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
