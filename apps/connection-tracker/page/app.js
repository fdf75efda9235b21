import { getJson, setToken } from './api.js';
import { connectionsView } from './connections-view.js';
import { endpointView, newView, sourceView, whyView } from './detail-views.js';
import { count, element } from './element.js';
import { graphView } from './graph-view.js';
import { overviewView } from './overview-view.js';

const byId = (id) => document.getElementById(id);
const content = byId('content');
const titles = { overview: 'Overview', connections: 'Connections', new: 'First seen', graph: 'Graph' };
const views = {
  overview: overviewView,
  connections: connectionsView,
  new: newView,
  graph: graphView,
  endpoint: endpointView,
  source: sourceView,
  why: whyView,
};
let showing = new AbortController();
let records = 0;
let isLive = false;

/** The view and its values, which are all in the address. */
function place() {
  const [, name = 'overview', query = ''] = /^#\/([a-z]+)(?:\?(.*))?$/.exec(location.hash) ?? [];
  return { name: name in views ? name : 'overview', query: Object.fromEntries(new URLSearchParams(query)) };
}

function linkTo(name, query) {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString();
  return `#/${name}${text === '' ? '' : `?${text}`}`;
}

async function show() {
  showing.abort();
  showing = new AbortController();
  const { signal } = showing;
  const { name, query } = place();
  byId('problem').textContent = '';
  isLive = false;
  showLive();
  try {
    const { now } = await getJson('/v1/overview', {}, signal);
    const today = now.slice(0, 10);
    const range = {
      from: query.from ?? query.to ?? today,
      to: query.to ?? (query.from > today ? query.from : today),
    };
    byId('from').value = range.from;
    byId('to').value = range.to;
    byId('from').max = byId('to').max = today;
    const kept = { from: query.from, to: query.to };
    const link = (view, more) => linkTo(view, { ...kept, ...more });
    showViews(name, link);
    const overview = await getJson('/v1/overview', range, signal);
    const accounts = new Map(
      overview.shards.map(({ account_id: id, account_name: label }) => [id, label ?? id]),
    );
    const nodes = await views[name]({
      range,
      today,
      query,
      link,
      overview,
      signal,
      shards: overview.shards,
      accounts: [...accounts].sort(([, a], [, b]) => (a < b ? -1 : 1)),
      go: (action, row) => {
        const { account_id: account, region, source, dest, dest_port: port } = row;
        const wanted = { dest: 'endpoint', source: 'source', why: 'why' }[action];
        const values = { endpoint: { dest, port }, source: { source }, why: { source, dest, port } }[wanted];
        location.hash = link(wanted, { account, region, ...values });
      },
      setQuery: (more) => history.replaceState(null, '', linkTo(name, { ...kept, ...more })),
      onProblem: problem,
      onLive: (state) => {
        if (state.isLive !== undefined) isLive = state.isLive;
        records += state.records ?? 0;
        showLive();
      },
    });
    if (signal.aborted) return;
    content.replaceChildren(...nodes.filter((node) => node !== undefined));
    document.title = `${content.querySelector('h1').textContent} – Connections`;
  } catch (error) {
    if (!signal.aborted) problem(error.status, error.message);
  }
}

function showViews(current, link) {
  byId('views').replaceChildren(
    ...Object.entries(titles).map(([name, title]) =>
      element(
        'li',
        {},
        element('a', { href: link(name, {}), 'aria-current': name === current && 'page' }, title),
      ),
    ),
  );
}

function showLive() {
  byId('live').textContent = isLive ? `Live, ${count(records)} records since this page opened` : '';
}

function problem(status, detail) {
  if (status !== 401 && status !== 403) {
    byId('problem').textContent = detail;
    return;
  }
  byId('sign-in-words').textContent = detail;
  if (!byId('sign-in').open) byId('sign-in').showModal();
}

byId('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setToken(byId('token').value.trim());
  byId('token').value = '';
  byId('sign-in').close();
  void show();
});

function choose(from, to) {
  const { name, query } = place();
  const next = linkTo(name, { ...query, from, to });
  if (next === location.hash) void show();
  else location.hash = next;
}

for (const id of ['from', 'to']) {
  byId(id).addEventListener('change', () => {
    const [from, to] = [byId('from').value, byId('to').value];
    if (from === '' || to === '') return;
    if (from <= to) choose(from, to);
    else choose(id === 'from' ? from : to, id === 'from' ? from : to);
  });
}
byId('range').addEventListener('submit', (event) => event.preventDefault());
byId('today').addEventListener('click', () => choose('', ''));
byId('week').addEventListener('click', () => {
  const to = byId('to').max;
  choose(new Date(Date.parse(to) - 6 * 86_400_000).toISOString().slice(0, 10), to);
});
byId('skip').addEventListener('click', (event) => {
  event.preventDefault();
  content.focus();
});
addEventListener('hashchange', () => {
  void show().then(() => content.focus());
});
void show();
