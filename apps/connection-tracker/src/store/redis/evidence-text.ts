import type { Evidence } from '../../model/index.js';

/** Counts by rule as scripts add them up: `name=count;name=count`, names percent-encoded. */
export function encodeRules(decidedBy: Readonly<Record<string, number>>): string {
  return Object.entries(decidedBy)
    .map(([rule, count]) => `${encodeURIComponent(rule)}=${count}`)
    .join(';');
}

/** What is kept of a member: the time of the last record, the rules, an example, each on a line. */
export function decodeEvidence(text: string, firstMs: number): Evidence | undefined {
  const [, last, rules, example] = /^([^\n]*)\n([^\n]*)\n([^]*)$/.exec(text) ?? [];
  if (last === undefined || rules === undefined || example === undefined) return undefined;
  const pairs = rules.split(';').flatMap((pair): [string, number][] => {
    const at = pair.lastIndexOf('=');
    return at < 1 ? [] : [[decodeURIComponent(pair.slice(0, at)), Number(pair.slice(at + 1))]];
  });
  return { firstMs, lastMs: Number(last), decidedBy: Object.fromEntries(pairs), example };
}

/** When the last record was made, milliseconds since 1970. */
export function lastMsOf(text: string): number {
  return Number(text.slice(0, text.indexOf('\n')));
}
