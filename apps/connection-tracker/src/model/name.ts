import { createHash } from 'node:crypto';
import { toUSVString } from 'node:util';
import { escapeName, unescapeName } from './member.js';

/** Bytes of UTF-8 that a name keeps as it is written in members: with two of them and a port a key fits every store. */
export const MAX_NAME_BYTES = 600;

/**
 * A name as it may be stored: well-formed Unicode of at most 600 bytes. A longer one is cut and ends in a digest of the
 * whole, so that different names stay different.
 */
export function storableName(name: string): string {
  const wellFormed = toUSVString(name);
  // One UTF-16 unit is at most three bytes, escaped or not.
  if (wellFormed.length * 3 <= MAX_NAME_BYTES) return wellFormed;
  const written = Buffer.from(escapeName(wellFormed));
  if (written.length <= MAX_NAME_BYTES) return wellFormed;
  const digest = createHash('sha256').update(written).digest('hex').slice(0, 24);
  const kept = new TextDecoder().decode(written.subarray(0, MAX_NAME_BYTES - 64)).replace(/\u{fffd}$/u, '');
  return `${unescapeName(kept)}~${digest}`;
}
