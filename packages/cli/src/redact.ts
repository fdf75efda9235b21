const redacted = '[redacted]';

/** Names whose string values are never written: keys, tokens, passwords, cookies. */
const secretName =
  /(?:secret|token|passw|passphrase|authorization|credential|cookie|(?:private|access|session|api)[-_]?key)/i;

/** Takes secrets out of what is written. */
export interface Redactor {
  /** Remembers texts that must never be written. */
  add(secrets: readonly string[]): void;
  /** The text with every remembered secret replaced. */
  text(text: string): string;
  /** A copy of a log field or configuration value, safe to write. */
  value(name: string, value: unknown): unknown;
}

/** A redactor that knows no secret yet but already hides strings under telling names. */
export function createRedactor(): Redactor {
  let known: string[] = [];
  const text = (given: string): string => {
    let result = given;
    for (const secret of known) if (result.includes(secret)) result = result.replaceAll(secret, redacted);
    return result;
  };
  const value = (name: string, given: unknown, depth = 0): unknown => {
    if (typeof given === 'string') return given !== '' && secretName.test(name) ? redacted : text(given);
    if (typeof given === 'bigint') return given.toString();
    if (typeof given !== 'object' || given === null) return given;
    if (depth >= 6) return '[deep]';
    if (given instanceof Error) return text(given.message);
    if (given instanceof Date) return Number.isNaN(given.getTime()) ? 'invalid date' : given.toISOString();
    if (Array.isArray(given)) return given.map((item: unknown) => value(name, item, depth + 1));
    if (given instanceof Map) return value(name, Object.fromEntries(given), depth + 1);
    if (given instanceof Set) return value(name, [...given], depth + 1);
    return Object.fromEntries(
      Object.entries(given).map(([key, item]: [string, unknown]) => [key, value(key, item, depth + 1)]),
    );
  };
  return {
    add: (secrets) => {
      // Shorter texts would blank out innocent words.
      const usable = secrets.filter((secret) => secret.length >= 4);
      known = [...new Set([...known, ...usable])].sort((a, b) => b.length - a.length);
    },
    text,
    value: (name, given) => value(name, given),
  };
}
