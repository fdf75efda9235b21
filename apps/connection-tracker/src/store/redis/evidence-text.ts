import type { Evidence } from '../../model/index.js';

/** Counts by rule as scripts add them up: `name=count;name=count`, names percent-encoded. */
export function encodeRules(decidedBy: Readonly<Record<string, number>>): string {
  return Object.entries(decidedBy)
    .map(([rule, count]) => `${encodeURIComponent(rule)}=${count}`)
    .join(';');
}

/**
 * What is kept of a member: the times of the first and of the last record, the rules, an example, each on a line.
 * Undefined for what is no such text.
 */
export function decodeEvidence(text: string): Evidence | undefined {
  const [, first, last, rules, example] = /^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^]*)$/.exec(text) ?? [];
  if (first === undefined || last === undefined || rules === undefined || example === undefined)
    return undefined;
  const pairs = rules.split(';').flatMap((pair): [string, number][] => {
    const at = pair.lastIndexOf('=');
    return at < 1 ? [] : [[decodeURIComponent(pair.slice(0, at)), Number(pair.slice(at + 1))]];
  });
  return { firstMs: Number(first), lastMs: Number(last), decidedBy: Object.fromEntries(pairs), example };
}

/** When the first and the last record were made, milliseconds since 1970. */
export function timesOf(text: string): { readonly firstMs: number; readonly lastMs: number } {
  const [first, last] = text.split('\n', 2);
  return { firstMs: Number(first), lastMs: Number(last) };
}
