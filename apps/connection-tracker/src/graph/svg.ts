import { toUSVString } from 'node:util';
import { type AccountGraph, penWidth } from './account-graph.js';
import { layoutCircle, type PlacedNode } from './layout-circle.js';

const NODE_RADIUS = 22;

/** The graph as an SVG document of its own, with nothing from outside. */
export function svgOf(graph: AccountGraph): string {
  const { width, height, nodes } = layoutCircle(graph);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const maxScore = graph.edges[0]?.score ?? 1;
  const lines = graph.edges.map(({ from, to, score }) => {
    const d = edgePath(byId.get(from)!, byId.get(to)!);
    const title = `${byId.get(from)!.label} → ${byId.get(to)!.label}: ${score}`;
    return `<path d="${d}" stroke-width="${penWidth(score, maxScore).toFixed(2)}"><title>${escaped(title)}</title></path>`;
  });
  const circles = nodes.map(
    ({ label, x, y, kind }) =>
      `<g><circle cx="${x}" cy="${y}" r="${NODE_RADIUS}" fill="${kind === 'account' ? '#d3d3d3' : '#f0e0b0'}"/>` +
      `<text x="${x}" y="${y + 4}">${escaped(label)}</text></g>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>Connections between accounts</title>',
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<g fill="none" stroke="#555" marker-end="url(#arrow)">${lines.map((line) => line.replace('<path', '<path marker-end="url(#arrow)"')).join('')}</g>`,
    `<g stroke="#333" font-family="sans-serif" font-size="12" text-anchor="middle">${circles.join('').replaceAll('<text', '<text stroke="none"')}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

/** A line from rim to rim, bent a little so that both directions show. */
export function edgePath(from: PlacedNode, to: PlacedNode): string {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const bend = Math.min(40, length / 6);
  const control = [(from.x + to.x) / 2 - uy * bend, (from.y + to.y) / 2 + ux * bend];
  const start = [from.x + ux * NODE_RADIUS, from.y + uy * NODE_RADIUS];
  const end = [to.x - ux * (NODE_RADIUS + 2), to.y - uy * (NODE_RADIUS + 2)];
  const point = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(' ');
  return `M${point(start)}Q${point(control)} ${point(end)}`;
}

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them
  const legal = toUSVString(text).replaceAll(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
    '\ufffd',
  );
  return legal
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
