import type { AccountGraph, GraphNode } from './account-graph.js';

export interface PlacedNode extends GraphNode {
  readonly x: number;
  readonly y: number;
}

export interface CircleLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
}

const PER_NODE = 90;
const MARGIN = 130;

/**
 * Puts the nodes on a circle, each next to those it has most to do with, so that strong lines are short: a walk that
 * goes on from each node to its strongest neighbour not yet placed. The same graph always gives the same picture.
 */
export function layoutCircle(graph: AccountGraph): CircleLayout {
  const order = circleOrder(graph);
  const radius = Math.max(120, (order.length * PER_NODE) / (2 * Math.PI));
  const size = 2 * (radius + MARGIN);
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const nodes = order.map((id, i): PlacedNode => {
    const angle = (2 * Math.PI * i) / order.length - Math.PI / 2;
    const isAlone = order.length === 1;
    return {
      ...byId.get(id)!,
      x: round(size / 2 + (isAlone ? 0 : radius * Math.cos(angle))),
      y: round(size / 2 + (isAlone ? 0 : radius * Math.sin(angle))),
    };
  });
  return { width: round(size), height: round(size), nodes };
}

function circleOrder({ nodes, edges }: AccountGraph): string[] {
  const neighbours = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  // Edges come strongest first, so neighbours do too.
  for (const { from, to } of edges) {
    neighbours.get(from)?.push(to);
    neighbours.get(to)?.push(from);
  }
  const order: string[] = [];
  const placed = new Set<string>();
  const starts = [...edges.map(({ to }) => to), ...nodes.map(({ id }) => id)];
  for (const start of starts) {
    let at: string | undefined = start;
    while (at !== undefined && !placed.has(at)) {
      placed.add(at);
      order.push(at);
      at = neighbours.get(at)?.find((id) => !placed.has(id));
    }
  }
  return order;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
