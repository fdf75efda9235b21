import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { accountGraph, dotOf, layoutCircle, svgOf } from '../../src/graph/index.js';

const names = new Map([
  ['111111111111', 'shop'],
  ['222222222222', 'pay "ments" <b>'],
]);

const graph = accountGraph(
  [
    {
      account: '111111111111',
      sources: [
        { source: '222222222222/eu-west-1', score: 100 },
        { source: '222222222222/eu-central-1', score: 100 },
        { source: '111111111111/eu-west-1', score: 9 },
        { source: 'office', score: 20 },
      ],
    },
    { account: '222222222222', sources: [] },
  ],
  names,
);

describe('the graph of accounts', () => {
  test('regions of an account are one node, and nobody connects to themselves', () => {
    expect(graph).toEqual({
      nodes: [
        { id: '111111111111', label: 'shop', kind: 'account' },
        { id: '222222222222', label: 'pay "ments" <b>', kind: 'account' },
        { id: 'office', label: 'office', kind: 'network' },
      ],
      edges: [
        { from: '222222222222', to: '111111111111', score: 200 },
        { from: 'office', to: '111111111111', score: 20 },
      ],
    });
  });

  test('DOT: filled nodes, weight, and pen width from 0.5 to 5', () => {
    expect(dotOf(graph)).toBe(
      [
        'digraph {',
        '\tnode [style=filled]',
        '\t"111111111111" [label="shop"]',
        '\t"222222222222" [label="pay \\"ments\\" <b>"]',
        '\t"office" [label="office"]',
        '\t"222222222222" -> "111111111111" [weight=200 penwidth=5]',
        '\t"office" -> "111111111111" [weight=20 penwidth=0.5]',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('SVG shows names as text', () => {
    const svg = svgOf(graph);
    expect(svg).toContain('pay &quot;ments&quot; &lt;b&gt;');
    expect(svg).not.toContain('<b>');
    expect(svg.match(/<circle /g)).toHaveLength(3);
  });

  test('an empty graph has a picture too', () => {
    expect(svgOf({ nodes: [], edges: [] })).toContain('</svg>');
    expect(dotOf({ nodes: [], edges: [] })).toContain('digraph');
  });

  test('every node gets a place of its own inside the picture', () => {
    const links = fc.array(
      fc.record({
        account: fc.integer({ min: 1, max: 40 }).map(String),
        sources: fc.array(
          fc.record({ source: fc.integer({ min: 1, max: 80 }).map(String), score: fc.integer({ min: 1 }) }),
        ),
      }),
    );
    fc.assert(
      fc.property(links, (given) => {
        const made = accountGraph(given, new Map());
        const { nodes, width, height } = layoutCircle(made);
        expect(new Set(nodes.map(({ id }) => id))).toEqual(new Set(made.nodes.map(({ id }) => id)));
        expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(nodes.length);
        for (const { x, y } of nodes) {
          expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
        }
      }),
      propertyOptions(100),
    );
  });
});
