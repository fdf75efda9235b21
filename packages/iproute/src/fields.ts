/** Reads the fields of one object of `ip -j` output without trusting any of them. */
export class Fields {
  private readonly source: Readonly<Record<string, unknown>>;
  private readonly seen: string[] = [];

  constructor(source: Readonly<Record<string, unknown>>) {
    this.source = source;
  }

  text(key: string): string | undefined {
    const value = this.take(key);
    return typeof value === 'string' ? value : undefined;
  }

  /** A non-negative integer, printed as a number or, with `-N`, as decimal or hexadecimal text. */
  integer(key: string): number | undefined {
    return toInteger(this.take(key));
  }

  /** True when the key is there: `ip` prints flags such as `not` with a null value. */
  flag(key: string): boolean {
    const value = this.take(key);
    return Object.hasOwn(this.source, key) && value !== false;
  }

  texts(key: string): readonly string[] {
    const value = this.take(key);
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  }

  objects(key: string): readonly Readonly<Record<string, unknown>>[] {
    const value = this.take(key);
    return Array.isArray(value) ? value.filter(isObject) : [];
  }

  object(key: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.take(key);
    return isObject(value) ? value : undefined;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.source, key);
  }

  ignore(...keys: readonly string[]): void {
    this.seen.push(...keys);
  }

  /** Names of the fields that nobody asked for. */
  unknown(): readonly string[] {
    return Object.keys(this.source).filter((key) => !this.seen.includes(key));
  }

  private take(key: string): unknown {
    this.seen.push(key);
    return Object.hasOwn(this.source, key) ? this.source[key] : undefined;
  }
}

/** True for a plain JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A non-negative safe integer from a number, decimal text or `0x` text; anything else is undefined. */
export function toInteger(value: unknown): number | undefined {
  if (typeof value === 'string' && /^(0x[0-9a-f]{1,12}|\d{1,15})$/i.test(value)) return Number(value);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Text as it is; anything else is undefined. */
export function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const none: readonly string[] = [];

/** Names of the fields that are not in `known`. */
export function strangers(
  source: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): readonly string[] {
  let found: string[] | undefined;
  for (const key of Object.keys(source)) if (!known.has(key)) (found ??= []).push(key);
  return found ?? none;
}

/** The objects of a list; nothing for anything else. */
export function toObjects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.length > 0 ? value.filter(isObject) : [];
}
