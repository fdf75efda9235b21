import { getJson } from './api.js';
import { count, dataTable, element, svgElement } from './element.js';

/** Accounts and networks that connect to each other. */
export async function graphView({ range, link, signal }) {
  const graph = await getJson('/v1/graph', range, signal);
  const heading = element('h1', {}, 'Accounts and networks');
  if (graph.nodes.length === 0)
    return [heading, element('p', {}, 'No connections between any in the range.')];
  const labels = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  const most = Math.max(...graph.edges.map(({ score }) => score));
  const edges = graph.edges.map((edge) => ({
    ...edge,
    path: svgElement(
      'path',
      {
        class: 'edge',
        d: edge.path,
        'stroke-width': Math.max(0.7, (5 * edge.score) / most),
        'marker-end': 'url(#arrow)',
      },
      svgElement('title', {}, `${labels.get(edge.from)} to ${labels.get(edge.to)}: ${count(edge.score)}`),
    ),
  }));
  const words = element('p', { class: 'quiet', role: 'status' }, 'Choose a node to see its lines.');
  const choose = (node) => {
    let lines = 0;
    for (const { from, to, path } of edges) {
      const isOwn = from === node.id || to === node.id;
      path.classList.toggle('strong', isOwn);
      if (isOwn) lines++;
    }
    words.textContent = `${node.label}: ${count(lines)} lines`;
  };
  const nodes = graph.nodes.map((node) =>
    svgElement(
      'g',
      {
        class: node.kind,
        tabindex: 0,
        role: 'button',
        'aria-label': node.label,
        click: () => choose(node),
        focus: () => choose(node),
        keydown: (event) => {
          if (event.key === 'Enter' && node.kind === 'account')
            location.hash = link('connections', { account: node.id });
        },
      },
      svgElement('circle', { cx: node.x, cy: node.y, r: 22 }),
      svgElement('text', { x: node.x, y: node.y + 38 }, short(node.label)),
      svgElement('title', {}, node.label),
    ),
  );
  const arrow = svgElement(
    'marker',
    {
      id: 'arrow',
      viewBox: '0 0 8 8',
      refX: 8,
      refY: 4,
      markerWidth: 9,
      markerHeight: 9,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    svgElement('path', { class: 'arrow', d: 'M0 0L8 4L0 8z' }),
  );
  const picture = svgElement(
    'svg',
    {
      width: graph.width,
      height: graph.height,
      viewBox: `0 0 ${graph.width} ${graph.height}`,
      role: 'group',
      'aria-label': 'Graph',
    },
    svgElement('defs', {}, arrow),
    ...edges.map(({ path }) => path),
    ...nodes,
  );
  let scale = 1;
  const zoom = (factor) => {
    scale = Math.min(4, Math.max(0.2, scale * factor));
    picture.setAttribute('width', String(graph.width * scale));
    picture.setAttribute('height', String(graph.height * scale));
  };
  const button = (text, factor) => element('button', { type: 'button', click: () => zoom(factor) }, text);
  return [
    heading,
    element('div', { class: 'filters' }, button('Larger', 1.25), button('Smaller', 0.8), words),
    element(
      'div',
      { class: 'graph', tabindex: 0, role: 'region', 'aria-label': 'Graph of accounts and networks' },
      picture,
    ),
    graph.omitted > 0
      ? element('p', { class: 'quiet' }, `${count(graph.omitted)} weaker lines are left out.`)
      : undefined,
    element(
      'details',
      {},
      element('summary', {}, 'The same as a table'),
      dataTable(
        'Lines',
        ['From', 'To', 'Records'],
        graph.edges.map(({ from, to, score }) => [labels.get(from), labels.get(to), score]),
      ),
    ),
  ];
}

function short(label) {
  return label.length > 24 ? `${label.slice(0, 23)}…` : label;
}
