import { InputError } from '../errors.js';

/** A boolean expression over words. */
export type Expression =
  | { readonly kind: 'word'; readonly word: string; readonly at: number }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] };

/** Truth of what may be unknown (Kleene's three values). */
export type Truth = boolean | 'unknown';

/**
 * Reads `a and (b or not c)`. `not` binds closest, then `and`, then `or`. A word goes on to the next blank or
 * parenthesis; in double quotes it may hold those, too.
 *
 * @throws {InputError} with the position, counted from 1
 */
export function parseExpression(text: string): Expression {
  const tokens = tokensOf(text);
  let next = 0;
  const peek = (): Token | undefined => tokens[next];
  const isKeyword = (token: Token | undefined, word: string): boolean =>
    token?.kind === 'word' && !token.quoted && token.text.toLowerCase() === word;

  const sequence = (keyword: 'and' | 'or', part: () => Expression): Expression => {
    const operands = [part()];
    while (isKeyword(peek(), keyword)) {
      next += 1;
      operands.push(part());
    }
    return operands.length === 1 ? operands[0]! : { kind: keyword, operands };
  };
  const unit = (): Expression => {
    const token = peek();
    if (isKeyword(token, 'not')) {
      next += 1;
      return { kind: 'not', operand: unit() };
    }
    next += 1;
    if (token?.kind === '(') {
      const inner = sequence('or', conjunction);
      const end = peek();
      if (end?.kind !== ')') throw unexpected(text, end, '")"');
      next += 1;
      return inner;
    }
    if (token?.kind !== 'word' || isKeyword(token, 'and') || isKeyword(token, 'or')) {
      throw unexpected(text, token, 'a word');
    }
    return { kind: 'word', word: token.text, at: token.at };
  };
  const conjunction = (): Expression => sequence('and', unit);

  const result = sequence('or', conjunction);
  if (next < tokens.length) throw unexpected(text, peek(), '"and", "or" or the end');
  return result;
}

/** The truth of an expression, given that of its words. */
export function evaluate(expression: Expression, truthOf: (word: string) => Truth): Truth {
  switch (expression.kind) {
    case 'word':
      return truthOf(expression.word);
    case 'not': {
      const truth = evaluate(expression.operand, truthOf);
      return truth === 'unknown' ? truth : !truth;
    }
    case 'and':
    case 'or': {
      const decisive = expression.kind === 'or';
      const truths = expression.operands.map((operand) => evaluate(operand, truthOf));
      if (truths.includes(decisive)) return decisive;
      return truths.includes('unknown') ? 'unknown' : !decisive;
    }
  }
}

/** Every word of an expression, in order. */
export function wordsOf(expression: Expression): readonly { readonly word: string; readonly at: number }[] {
  if (expression.kind === 'word') return [expression];
  return (expression.kind === 'not' ? [expression.operand] : expression.operands).flatMap(wordsOf);
}

type Token =
  | { readonly kind: 'word'; readonly text: string; readonly quoted: boolean; readonly at: number }
  | { readonly kind: '(' | ')'; readonly at: number };

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const character = text.charAt(index);
    const at = index + 1;
    if (/\s/.test(character)) index += 1;
    else if (character === '(' || character === ')') {
      tokens.push({ kind: character, at });
      index += 1;
    } else {
      let word = '';
      let quoted = false;
      while (index < text.length && !/[\s()]/.test(text.charAt(index))) {
        if (text.charAt(index) !== '"') {
          word += text.charAt(index++);
          continue;
        }
        const end = text.indexOf('"', index + 1);
        if (end < 0) throw new InputError(`${shown(text)}: a quote is not closed (character ${index + 1})`);
        word += text.slice(index + 1, end);
        quoted = true;
        index = end + 1;
      }
      tokens.push({ kind: 'word', text: word, quoted, at });
    }
  }
  return tokens;
}

function unexpected(text: string, token: Token | undefined, wanted: string): InputError {
  const found =
    token === undefined ? 'the end' : token.kind === 'word' ? JSON.stringify(token.text) : `"${token.kind}"`;
  return new InputError(
    `${shown(text)}: expected ${wanted}, found ${found} (character ${token?.at ?? text.length + 1})`,
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
