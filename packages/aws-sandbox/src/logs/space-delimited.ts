import { invalidPattern, type MessageFilter } from './message-filter.js';

/**
 * Compiles `[name, name = value, name != value && name < 10, ..., name]`. Fields of a message are its words;
 * what stands in brackets or double quotes is one word. `*` in a value stands for any text; `...` for any number
 * of fields; without it the message must have exactly as many fields.
 */
export function spaceDelimitedFilter(text: string): MessageFilter {
  if (!text.endsWith(']')) throw invalidPattern('A space-delimited pattern ends with ]');
  const parts = splitOutsideQuotes(text.slice(1, -1));
  const fields = parts.map((part) => compileField(part.trim()));
  const gap = fields.indexOf('gap');
  if (gap !== fields.lastIndexOf('gap')) throw invalidPattern('Only one ellipsis is allowed');
  const conditions = fields.filter((field): field is Condition => field !== 'gap');
  const before = gap < 0 ? conditions.length : gap;
  return (message) => {
    const words = splitWords(message);
    if (gap < 0 ? words.length !== conditions.length : words.length < conditions.length) return false;
    const skipped = words.length - conditions.length;
    return conditions.every((condition, index) =>
      condition(words[index < before ? index : index + skipped] ?? ''),
    );
  };
}

type Condition = (word: string) => boolean;

function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === ',' && !isQuoted) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  if (isQuoted) throw invalidPattern('A quotation mark is not closed');
  return [...parts, part];
}

function compileField(text: string): Condition | 'gap' {
  if (text === '...') return 'gap';
  if (/^[\w-]+$/.test(text)) return () => true;
  const alternatives = text.split('||').map((side) => side.split('&&').map(compileComparison));
  return (word) => alternatives.some((conditions) => conditions.every((condition) => condition(word)));
}

function compileComparison(text: string): Condition {
  const match = /^\s*[(]?\s*[\w-]+\s*(!=|<=|>=|=|<|>)\s*(?:"([^"]*)"|([^\s"()]+))\s*[)]?\s*$/.exec(text);
  if (!match) throw invalidPattern(`"${text.trim()}" is not a condition`);
  const [, operator = '', quoted, bare = ''] = match;
  const value = quoted ?? bare;
  const number = Number(value);
  switch (operator) {
    case '=':
      return equals(value);
    case '!=': {
      const same = equals(value);
      return (word) => !same(word);
    }
    default:
      if (Number.isNaN(number)) throw invalidPattern(`${operator} needs a number, not "${value}"`);
      return (word) => word !== '' && compareNumbers(operator, Number(word), number);
  }
}

function equals(value: string): Condition {
  if (!value.includes('*')) {
    const number = Number(value);
    return (word) => word === value || (word !== '' && !Number.isNaN(number) && Number(word) === number);
  }
  const [head = '', ...rest] = value.split('*');
  const tail = rest.at(-1) ?? '';
  return (word) => {
    if (!word.startsWith(head)) return false;
    let from = head.length;
    for (const middle of rest.slice(0, -1)) {
      const at = word.indexOf(middle, from);
      if (at < 0) return false;
      from = at + middle.length;
    }
    return word.length - tail.length >= from && word.endsWith(tail);
  };
}

function compareNumbers(operator: string, left: number, right: number): boolean {
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  return operator === '<=' ? left <= right : left >= right;
}

function splitWords(message: string): string[] {
  return (message.match(/\[[^\]]*\]|"[^"]*"|[^\s]+/g) ?? []).map((word) =>
    /^(\[.*\]|".*")$/s.test(word) ? word.slice(1, -1) : word,
  );
}
