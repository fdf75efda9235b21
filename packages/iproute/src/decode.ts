import { IprouteError } from './errors.js';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Text of a program's output. Bytes that are not UTF-8 (an interface name may hold any byte except NUL, `/`,
 * `:` and blanks) become lone surrogates U+DC80..U+DCFF, one per byte, so that two different names stay
 * different and none of them is ever mistaken for printable text.
 */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

/**
 * Parses the JSON documents in `bytes`, one per line, as `ip -j` and `nft -j` print them.
 *
 * @throws {IprouteError} NET_IPROUTE_PARSE with the document's number when one is not JSON.
 */
export function parseDocuments(bytes: Uint8Array, command: string): unknown[] {
  const lines = decodeBytes(bytes)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw new IprouteError('NET_IPROUTE_PARSE', `${command}: document ${index + 1} is not JSON`, {
        cause: error,
      });
    }
  });
}

/** `text` for people: control characters, quotes of terminals and broken bytes are shown as escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g,
    (character) => {
      const unit = character.charCodeAt(0);
      if (unit >= 0xdc80 && unit <= 0xdcff) return `\\x${(unit - 0xdc00).toString(16)}`;
      return `\\u${unit.toString(16).padStart(4, '0')}`;
    },
  );
}

function decodeBroken(bytes: Uint8Array): string {
  const parts: string[] = [];
  let index = 0;
  while (index < bytes.length) {
    const lead = bytes[index]!;
    const length =
      lead < 0x80 ? 1 : lead > 0xf4 ? 0 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    const piece = length === 0 ? undefined : tryDecode(bytes.subarray(index, index + length), length);
    if (piece === undefined) {
      parts.push(String.fromCharCode(0xdc00 + lead));
      index += 1;
    } else {
      parts.push(piece);
      index += length;
    }
  }
  return parts.join('');
}

function tryDecode(bytes: Uint8Array, length: number): string | undefined {
  if (bytes.length < length) return undefined;
  if (length === 1) return String.fromCharCode(bytes[0]!);
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
