import { type AccountGraph, penWidth } from './account-graph.js';

/** The graph in Graphviz's language, as the original wrote it: filled nodes, lines by score. */
export function dotOf({ nodes, edges }: AccountGraph): string {
  const maxScore = edges[0]?.score ?? 1;
  const lines = [
    'digraph {',
    '\tnode [style=filled]',
    ...nodes.map(({ id, label }) => `\t${quoted(id)} [label=${quoted(label)}]`),
    ...edges.map(
      ({ from, to, score }) =>
        `\t${quoted(from)} -> ${quoted(to)} [weight=${score} penwidth=${penWidth(score, maxScore)}]`,
    ),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** A quoted string, in which only quotes and backslashes mean something. */
function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  const plain = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
  return `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
