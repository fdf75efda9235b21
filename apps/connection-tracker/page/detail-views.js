import { getJson } from './api.js';
import { count, dataTable, element, svgElement } from './element.js';

const BARS_HEIGHT = 18;

/** Who was seen at an endpoint over the days of the range. */
export async function endpointView({ range, query, link, signal }) {
  const { account, region, dest, port } = query;
  const answer = await getJson('/v1/endpoint', { account, region, dest, port, ...range }, signal);
  const { items, distinct_sources: distinct, next } = answer;
  const rows = items.map((item) => [
    element('a', { href: link('source', { account, region, source: item.source }) }, item.source),
    bars(item.days, range),
    sum(item.days),
    seen(item),
    element('a', { href: link('why', { account, region, source: item.source, dest, port }) }, 'why'),
  ]);
  return [
    element('h1', {}, `${dest}, port ${port}`),
    element('p', {}, `In account ${account}, ${region}. `, back(link)),
    element(
      'p',
      {},
      `${distinct.is_exact ? '' : 'About '}${count(distinct.count)} distinct sources in the range.`,
    ),
    dataTable('Sources', ['Source', 'By day', 'Records', 'Seen', 'Evidence'], rows),
    next
      ? element('p', { class: 'quiet' }, `The first ${count(items.length)}; the API has the rest.`)
      : undefined,
  ];
}

/** Where a source was seen over the days of the range. */
export async function sourceView({ range, query, link, signal }) {
  const { account, region, source } = query;
  const { items, next } = await getJson('/v1/source', { account, region, source, ...range }, signal);
  const rows = items.map((item) => [
    element(
      'a',
      { href: link('endpoint', { account, region, dest: item.dest, port: item.dest_port }) },
      `${item.dest}, port ${item.dest_port}`,
    ),
    bars(item.days, range),
    sum(item.days),
    seen(item),
    element(
      'a',
      { href: link('why', { account, region, source, dest: item.dest, port: item.dest_port }) },
      'why',
    ),
  ]);
  return [
    element('h1', {}, source),
    element('p', {}, `Seen in account ${account}, ${region}. `, back(link)),
    dataTable('Endpoints', ['Endpoint', 'By day', 'Records', 'Seen', 'Evidence'], rows),
    next
      ? element('p', { class: 'quiet' }, `The first ${count(items.length)}; the API has the rest.`)
      : undefined,
  ];
}

/** Why a connection is there. */
export async function whyView({ query, link, signal }) {
  const { account, region, source, dest, port } = query;
  const heading = element('h1', {}, `${source} to ${dest}, port ${port}`);
  let evidence;
  try {
    evidence = await getJson('/v1/explain', { account, region, source, dest, port }, signal);
  } catch (error) {
    if (error.status !== 404) throw error;
    return [
      heading,
      element('p', {}, 'Nothing more is known: it was counted by another program. ', back(link)),
    ];
  }
  return [
    heading,
    element(
      'p',
      {},
      `First seen ${time(evidence.first_seen)}, last seen ${time(evidence.last_seen)}. `,
      back(link),
    ),
    dataTable(
      'Rules that decided who connects to whom',
      ['Rule', 'Records'],
      Object.entries(evidence.decided_by),
    ),
    element('h2', {}, 'One of the records'),
    element('pre', { tabindex: 0 }, evidence.example),
  ];
}

/** What was seen for the first time in the range, of each account and region. */
export async function newView({ range, shards, link, signal }) {
  const parts = [];
  let found = 0;
  for (const { account_id: account, account_name: name, region } of shards) {
    const { items, next } = await getJson('/v1/new', { account, region, ...range, limit: 500 }, signal);
    if (items.length === 0) continue;
    found += items.length;
    const rows = items.map(({ source, dest, dest_port: port, first_seen }) => [
      time(first_seen),
      element('a', { href: link('source', { account, region, source }) }, source),
      element('a', { href: link('endpoint', { account, region, dest, port }) }, `${dest}, port ${port}`),
    ]);
    const caption = `${name ?? account}, ${region}${next ? ': the first 500' : ''}`;
    parts.push(dataTable(caption, ['First seen', 'Source', 'Endpoint'], rows));
  }
  const words = found === 0 ? 'Nothing was seen for the first time in the range.' : undefined;
  return [element('h1', {}, 'First seen in the range'), words && element('p', {}, words), ...parts];
}

function back(link) {
  return element('a', { href: link('connections', {}) }, 'All connections');
}

function seen({ first_seen: first, last_seen: last, is_new: isNew }) {
  const words = first === null ? 'not known' : `${time(first)} to ${time(last)}`;
  return element(
    'span',
    {},
    words,
    isNew ? element('span', { class: 'badge' }, ' new on the last day') : undefined,
  );
}

function time(iso) {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

function sum(days) {
  return Object.values(days).reduce((total, records) => total + records, 0);
}

/** One bar for each day. */
export function bars(days, { from, to }) {
  const all = [];
  for (let at = Date.parse(from); at <= Date.parse(to) && all.length < 400; at += 86_400_000) {
    all.push(days[new Date(at).toISOString().slice(0, 10)] ?? 0);
  }
  const most = Math.max(1, ...all);
  const active = all.filter((records) => records > 0).length;
  const width = Math.max(2, Math.min(10, 200 / all.length));
  return svgElement(
    'svg',
    {
      class: 'bars',
      width: width * all.length,
      height: BARS_HEIGHT,
      role: 'img',
      'aria-label': `seen on ${active} of ${all.length} days`,
    },
    ...all.map((records, i) => {
      const height = records === 0 ? 0 : Math.max(2, (records / most) * BARS_HEIGHT);
      return svgElement('rect', { x: i * width, y: BARS_HEIGHT - height, width: width * 0.8, height });
    }),
  );
}
