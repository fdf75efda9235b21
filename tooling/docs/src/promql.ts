import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks for, by Prometheus's own grammar. */
export interface PromqlReading {
  readonly metrics: readonly string[];
  /** Positions at which the grammar is broken. */
  readonly errors: readonly number[];
}

/** Reads an expression in PromQL. */
export function readPromql(expression: string): PromqlReading {
  const metrics = new Set<string>();
  const errors: number[] = [];
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) errors.push(node.from);
      if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector')
        metrics.add(expression.slice(node.from, node.to));
    },
  });
  return { metrics: [...metrics], errors };
}
