import type { ConnectionKey, Endpoint } from './connection.js';

/**
 * Members of the original's sorted sets: `<source>-><dest>:<port>`, read back by splitting at the first `->` and the
 * last `:`. A source's own `->` would be a wrong split, and control characters would break scripts that read lines: both
 * are escaped with `%` and two digits. What the original can have written without harm stays as it is, byte by byte.
 */
export function encodeMember({ source, ...endpoint }: ConnectionKey): string {
  return `${escapeName(source).replaceAll('->', '-%3E')}->${encodeEndpoint(endpoint)}`;
}

/** Undefined for what is no member. */
export function decodeMember(member: string): ConnectionKey | undefined {
  const arrow = member.indexOf('->');
  if (arrow < 0) return undefined;
  const endpoint = decodeEndpoint(member.slice(arrow + 2));
  return endpoint && { source: unescapeName(member.slice(0, arrow)), ...endpoint };
}

/** `<dest>:<port>`, escaped as in members. */
export function encodeEndpoint({ dest, destPort }: Endpoint): string {
  return `${escapeName(dest)}:${destPort}`;
}

/** Undefined for what has no port from 0 to 65535 behind its last colon. */
export function decodeEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  const digits = text.slice(colon + 1);
  if (colon < 0 || !/^\d{1,5}$/.test(digits)) return undefined;
  const destPort = Number(digits);
  return destPort > 65_535 ? undefined : { dest: unescapeName(text.slice(0, colon)), destPort };
}

// Only what the encoder writes is read as an escape, so that other percent signs stay what they are.
const ESCAPE = '%(?:25|3E|[01][0-9A-F]|7F)';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
const ESCAPED = new RegExp(`[\\x00-\\x1f\\x7f]|${ESCAPE}`, 'g');

/** A name as it is written in members, without the arrow of a source. */
export function escapeName(name: string): string {
  return name.replace(ESCAPED, (found) =>
    found.length > 1
      ? `%25${found.slice(1)}`
      : `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

const WRITTEN = new RegExp(ESCAPE, 'g');

/** The name that was written so. */
export function unescapeName(text: string): string {
  return text.includes('%')
    ? text.replace(WRITTEN, (found) => String.fromCharCode(Number.parseInt(found.slice(1), 16)))
    : text;
}
