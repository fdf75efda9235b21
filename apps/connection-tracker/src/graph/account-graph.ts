/** Who connects to whom, summed up. */
export interface AccountGraph {
  readonly nodes: readonly GraphNode[];
  /** Strongest first. */
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  /** `network`: a name from outside the accounts. */
  readonly kind: 'account' | 'network';
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** Records. */
  readonly score: number;
}

/** Connections to an account, by source: `<id>/<region>` of another account, or another name. */
export interface AccountLinks {
  readonly account: string;
  readonly sources: readonly { readonly source: string; readonly score: number }[];
}

/**
 * A graph of accounts, whatever their regions, and the other sources. Accounts without connections are left out, and
 * so is what an account sends itself.
 */
export function accountGraph(
  links: readonly AccountLinks[],
  names: ReadonlyMap<string, string>,
): AccountGraph {
  const scores = new Map<string, Map<string, number>>();
  const ids = new Set([...names.keys(), ...links.map(({ account }) => account)]);
  for (const { account, sources } of links) {
    for (const { source, score } of sources) {
      const [id = ''] = source.split('/', 1);
      const from = ids.has(id) || /^\d{12}\/[a-z0-9-]+$/.test(source) ? id : source;
      if (from === account) continue;
      const to = scores.get(from) ?? new Map<string, number>();
      to.set(account, (to.get(account) ?? 0) + score);
      scores.set(from, to);
    }
  }
  const edges = [...scores]
    .flatMap(([from, targets]) => [...targets].map(([to, score]) => ({ from, to, score })))
    .sort((a, b) => b.score - a.score || compare(a.from, b.from) || compare(a.to, b.to));
  const present = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].sort(compare);
  const nodes = present.map(
    (id): GraphNode => ({
      id,
      label: names.get(id) ?? id,
      kind: ids.has(id) || /^\d{12}$/.test(id) ? 'account' : 'network',
    }),
  );
  return { nodes, edges };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Graphviz's weight of a line in points: half of one to five, by score. */
export function penWidth(score: number, maxScore: number): number {
  return Math.max(0.5, (5 * score) / maxScore);
}
