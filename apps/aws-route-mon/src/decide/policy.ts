import { InputError } from '../errors.js';
import { type Expression, type Truth, evaluate, parseExpression, wordsOf } from '../model/expression.js';

/** One kind of evidence about the present owner of a route. */
export type Signal = (typeof signals)[number];

/** Every kind of evidence. */
export const signals = ['blackhole', 'detached', 'stopped', 'impaired', 'owner-probe', 'path-probe'] as const;

/** What a signal says: that something is broken, that it works, or nothing. */
export type Reading = 'bad' | 'good' | 'unknown';

/** When a route counts as unhealthy; made by {@link parsePolicy}. */
export interface Policy {
  readonly text: string;
  readonly expression: Expression;
  /** Signals that the policy looks at. */
  readonly uses: readonly Signal[];
}

/** The default: the original's (state), plus a detached interface and a stopped instance. */
export const defaultPolicyText = 'blackhole or detached or stopped';

/**
 * Reads an evidence policy such as `blackhole or (owner-probe and impaired)`: an expression over the names of
 * signals that is true when the route is to be taken over.
 *
 * @throws {InputError} with the position
 */
export function parsePolicy(text: string): Policy {
  const expression = parseExpression(text);
  const uses = new Set<Signal>();
  for (const { word, at } of wordsOf(expression)) {
    const signal = signals.find((name) => name === word);
    if (signal === undefined) {
      throw new InputError(
        `${JSON.stringify(word.slice(0, 80))} is no signal: expected one of ${signals.join(', ')} (character ${at})`,
      );
    }
    uses.add(signal);
  }
  return { text, expression, uses: [...uses] };
}

/** Whether the policy takes a route with these settled signals for unhealthy. */
export function isUnhealthy(policy: Policy, settled: (signal: Signal) => Reading): Truth {
  return evaluate(policy.expression, (word) => {
    const reading = settled(word as Signal);
    return reading === 'unknown' ? 'unknown' : reading === 'bad';
  });
}
