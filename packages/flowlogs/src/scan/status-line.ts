import type { LogFormat } from '../format/log-format.js';

/**
 * Whether the bytes from `start` to `end` are a line of the format whose log-status is NODATA or SKIPDATA: the right
 * number of fields, none empty, no control characters. What the other fields hold does not matter.
 */
export function statusAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  format: LogFormat,
): 'NODATA' | 'SKIPDATA' | undefined {
  const position = format.positionOf('log-status');
  if (position === undefined) return undefined;
  let field = 0;
  let fieldStart = start;
  let status: 'NODATA' | 'SKIPDATA' | undefined;
  for (let at = start; at <= end; at++) {
    const byte = at === end ? 32 : bytes[at]!;
    if (byte > 32) continue;
    if (byte !== 32 || at === fieldStart) return undefined;
    if (field === position) {
      if (isText(bytes, fieldStart, at, 'NODATA')) status = 'NODATA';
      else if (isText(bytes, fieldStart, at, 'SKIPDATA')) status = 'SKIPDATA';
      else return undefined;
    }
    field++;
    fieldStart = at + 1;
  }
  return field === format.fields.length ? status : undefined;
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
