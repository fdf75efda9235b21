export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

/** Puts a text in a colour, or leaves it as it is where there are no colours. */
export type Paint = (colour: Colour, text: string) => string;

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

/** A painter that paints when `colours` says so. */
export function createPaint(colours: boolean): Paint {
  return (colour, text) => (colours ? `\u001B[${codes[colour][0]}m${text}\u001B[${codes[colour][1]}m` : text);
}

/**
 * Whether to use colours on a stream: not with `--no-color`, a non-empty `NO_COLOR` or `TERM=dumb`; with
 * `FORCE_COLOR` (other than 0 and false) always; else on a terminal. (no-color.org, force-color.org)
 */
export function wantsColour(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  flag: boolean,
): boolean {
  if (!flag || env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return env['TERM'] !== 'dumb' && stream.isTTY === true;
}

const control = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g;
const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line that cannot drive a terminal: control characters written as escapes. */
export function printable(text: string): string {
  return text.replace(control, (c) => names[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u;

/** How many columns a text without control characters takes on a terminal. */
export function columnsOf(text: string): number {
  if (/^[\u0020-\u007E]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += zeroWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** The text cut to at most `columns`, with an ellipsis where something was cut. */
export function fit(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let result = '';
  let used = 0;
  for (const character of text) {
    const width = columnsOf(character);
    if (used + width > columns - 1) break;
    result += character;
    used += width;
  }
  return `${result}…`;
}

/** Words laid out in lines of at most `columns`; lines after the first begin with `indent` blanks. */
export function wrap(text: string, columns: number, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  let room = columns;
  for (const word of text.split(/\s+/)) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > room) {
      lines.push(line);
      line = word;
      room = columns;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${' '.repeat(indent)}`);
}
