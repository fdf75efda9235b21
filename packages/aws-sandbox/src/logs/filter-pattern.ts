import { ApiError } from '../errors.js';
import { invalidPattern, type MessageFilter } from './message-filter.js';
import { spaceDelimitedFilter } from './space-delimited.js';

/**
 * Compiles a filter pattern: terms (`ERROR "exact phrase" -not ?or`), or a space-delimited pattern in brackets
 * ("Filter pattern syntax", Amazon CloudWatch Logs User Guide). JSON and regular-expression patterns are not
 * simulated and are refused by that name.
 */
export function compileFilterPattern(pattern: string | undefined): MessageFilter {
  const text = pattern?.trim() ?? '';
  if (text === '') return () => true;
  if (text.length > 1024) throw invalidPattern('The filter pattern is longer than 1024 characters');
  if (text.startsWith('{') || /(^|\s)%.*%/.test(text)) {
    throw new ApiError(
      'UnsupportedOperationException',
      'This simulation of FilterLogEvents knows term and space-delimited patterns only.',
    );
  }
  return text.startsWith('[') ? spaceDelimitedFilter(text) : termFilter(text);
}

function termFilter(text: string): MessageFilter {
  const all: string[] = [];
  const none: string[] = [];
  const any: string[] = [];
  const term = /([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/gy;
  let position = 0;
  while (position < text.length) {
    term.lastIndex = position;
    const match = term.exec(text);
    if (!match) throw invalidPattern(`Unexpected character at ${position}`);
    const [whole, sign, quoted, bare] = match;
    const words = quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1');
    (sign === '-' ? none : sign === '?' ? any : all).push(words);
    position += whole.length;
    while (/\s/.test(text.charAt(position))) position++;
  }
  return (message) =>
    all.every((words) => message.includes(words)) &&
    !none.some((words) => message.includes(words)) &&
    // Next to required terms the optional ones decide nothing.
    (all.length > 0 || any.length === 0 || any.some((words) => message.includes(words)));
}
