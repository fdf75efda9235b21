import type { Rule, Snapshot } from '@net/iproute';
import { contains, lookupRoute, parseBlock, printable } from '@net/iproute';

import type { Host } from './host.js';
import { familyOf, type ManagedInterface } from './interfaces.js';
import { readHost } from './reconcile.js';

/** Which way a packet goes, and whether it is the right one. */
export interface Explanation {
  readonly source: string;
  readonly destination: string;
  /** What the kernel answers; undefined when there is no way. */
  readonly device: string | undefined;
  readonly gateway: string | undefined;
  /** The interface that owns the source address; undefined when nothing managed does. */
  readonly owner: string | undefined;
  /** `right`: leaves on the owner, or stays off the VPC; `wrong`: leaves on another managed interface. */
  readonly verdict: 'right' | 'wrong' | 'no way' | 'not ours';
  /** The rules in the kernel's order that the packet meets, up to the first with our mark that decides. */
  readonly rules: readonly string[];
  readonly words: string;
}

/** Asks the kernel which way a packet goes and says what that means. Changes nothing. */
export async function explainPath(
  host: Host,
  question: { readonly source: string; readonly destination: string; readonly mark?: number | undefined },
): Promise<Explanation> {
  const reading = await readHost(host, { needed: 1, history: new Map() });
  const answer = await lookupRoute(question, host.run);
  const owner = ownerOf(question.source, reading.interfaces);
  const base = {
    source: question.source,
    destination: question.destination,
    device: answer?.device,
    gateway: answer?.gateway,
    owner: owner?.name,
    rules: rulesMet(reading.snapshot, question),
  };
  if (answer === undefined)
    return { ...base, verdict: 'no way', words: 'the kernel has no route for this packet' };
  const via = answer.gateway === undefined ? '' : ` via ${answer.gateway}`;
  const way = `leaves on ${printable(answer.device ?? '?')}${via}`;
  if (owner === undefined)
    return { ...base, verdict: 'not ours', words: `${way}; no managed interface has ${question.source}` };
  if (answer.device === owner.name)
    return { ...base, verdict: 'right', words: `${way}, which has ${question.source}` };
  const elsewhere = !reading.interfaces.some((item) => item.name === answer.device);
  if (elsewhere)
    return { ...base, verdict: 'right', words: `${way}: a way inside this host that the main table knows` };
  return {
    ...base,
    verdict: 'wrong',
    words: `${way}, but ${question.source} is on ${printable(owner.name)}`,
  };
}

function ownerOf(source: string, interfaces: readonly ManagedInterface[]): ManagedInterface | undefined {
  const block = parseBlock(source);
  if (block === undefined) return undefined;
  return interfaces.find((item) =>
    [...item.addresses, ...item.prefixes].some((text) => {
      const own = parseBlock(text);
      return own !== undefined && contains(own, block);
    }),
  );
}

function rulesMet(
  snapshot: Snapshot,
  question: { readonly source: string; readonly destination: string; readonly mark?: number | undefined },
): string[] {
  const from = parseBlock(question.source);
  const to = parseBlock(question.destination);
  if (from === undefined || to === undefined) return [];
  const within = (outer: string | undefined, inner: typeof from): boolean => {
    const block = outer === undefined ? undefined : parseBlock(outer);
    return outer === undefined || (block !== undefined && contains(block, inner));
  };
  return snapshot.rules
    .filter((rule) => rule.family === familyOf(question.destination))
    .filter((rule) => within(rule.source, from) && within(rule.destination, to))
    .filter(
      (rule) => rule.mark === undefined || ((question.mark ?? 0) & (rule.markMask ?? 0)) >>> 0 === rule.mark,
    )
    .map((rule) => describeRule(rule));
}

function describeRule(rule: Rule): string {
  const to = rule.destination === undefined ? '' : ` to ${rule.destination}`;
  const suppress =
    rule.suppressPrefixLength === undefined ? '' : ` suppress_prefixlength ${rule.suppressPrefixLength}`;
  const what = rule.table === undefined ? rule.action : `lookup ${rule.table}${suppress}`;
  return `${rule.priority}: from ${rule.source ?? 'all'}${to} ${what}`;
}
