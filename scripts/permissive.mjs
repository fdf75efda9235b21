// SPDX identifiers of licences that ask for no more than notices (https://spdx.org/licenses/).
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/**
 * Whether an SPDX licence expression leaves a choice that is permissive: any side of OR, every side of AND. What is
 * no expression of known identifiers (a missing licence, `SEE LICENSE IN ...`, WITH) is not.
 */
export function isPermissive(expression) {
  if (typeof expression !== 'string') return false;
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const answer = either();
  return answer && at === tokens.length;

  function either() {
    let permissive = both();
    while (tokens[at] === 'OR') {
      at++;
      permissive = both() || permissive;
    }
    return permissive;
  }

  function both() {
    let permissive = one();
    while (tokens[at] === 'AND') {
      at++;
      permissive = one() && permissive;
    }
    return permissive;
  }

  function one() {
    const token = tokens[at++];
    if (token !== '(') return PERMISSIVE.has(token);
    const permissive = either();
    return tokens[at++] === ')' && permissive;
  }
}
