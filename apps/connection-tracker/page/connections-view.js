import { getToken } from './api.js';
import { count, element } from './element.js';
import { createGrid } from './grid.js';

const columns = [
  ['account_id', 'Account'],
  ['source', 'Source'],
  ['dest', 'Destination'],
  ['dest_port', 'Port'],
  ['score', 'Records'],
];

/** The live table of all connections of the range. */
export function connectionsView({ range, today, query, accounts, go, setQuery, onProblem, onLive, signal }) {
  const worker = new Worker(new URL('rows-worker.js', import.meta.url), { type: 'module' });
  signal.addEventListener('abort', () => {
    worker.terminate();
    grid.close();
  });
  let sort = { key: 'score', descending: true };
  let viewId = 0;
  let waiting = false;
  let isViewStale = false;
  let missed = 0;

  const q = input('search', 'Search names', query.q ?? '');
  const port = input('number', 'Port', query.port ?? '', { min: 0, max: 65535 });
  const suspicious = element('input', {
    type: 'checkbox',
    checked: query.suspicious === '1',
    input: changed,
  });
  const account = element(
    'select',
    { input: changed },
    element('option', { value: '' }, 'all'),
    ...accounts.map(([id, name]) => element('option', { value: id, selected: id === query.account }, name)),
  );
  const status = element('p', { class: 'quiet', role: 'status' }, 'Loading…');
  const heads = new Map(
    columns.map(([key, title]) => {
      const button = element('button', { type: 'button', click: () => sortBy(key) }, title);
      return [key, element('div', { role: 'columnheader', 'data-title': title }, button)];
    }),
  );
  const grid = createGrid({
    label: 'Connections',
    head: element('div', { class: 'grid-head', role: 'row', 'aria-rowindex': 1 }, ...heads.values()),
    ask: (from, to) => worker.postMessage({ type: 'slice', id: viewId, from, to }),
    fill: (row) => [
      cell(`${row.account_name} ${row.region}`),
      cell(row.source, 'source'),
      cell(row.dest, 'dest'),
      cell(String(row.dest_port)),
      cell(count(row.score)),
    ],
    open: (row, action) => go(action, row),
  });

  const filter = () => ({
    q: q.field.value,
    port: port.field.value === '' ? undefined : Number(port.field.value),
    account: account.value,
    suspicious: suspicious.checked,
  });
  function view() {
    if (waiting) {
      isViewStale = true;
      return;
    }
    waiting = true;
    isViewStale = false;
    worker.postMessage({ type: 'view', id: ++viewId, filter: filter(), sort });
  }
  function changed() {
    setQuery({
      q: q.field.value,
      port: port.field.value,
      account: account.value,
      suspicious: suspicious.checked ? '1' : '',
    });
    keepPlace = false;
    view();
  }
  let keepPlace = false;
  let isLoaded = false;
  function sortBy(key) {
    sort = { key, descending: sort.key === key ? !sort.descending : key === 'score' };
    showSort();
    keepPlace = false;
    view();
  }
  function showSort() {
    for (const [key, head] of heads) {
      if (key === sort.key) head.setAttribute('aria-sort', sort.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
      const arrow = key === sort.key ? (sort.descending ? ' ↓' : ' ↑') : '';
      head.firstChild.textContent = head.dataset.title + arrow;
    }
  }
  let quietTimer = 0;
  const viewSoon = () => {
    keepPlace = true;
    quietTimer ||= setTimeout(() => {
      quietTimer = 0;
      view();
    }, 500);
  };
  signal.addEventListener('abort', () => clearTimeout(quietTimer));

  const handlers = {
    progress: ({ size }) => {
      status.textContent = `Loading… ${count(size)}`;
      viewSoon();
    },
    loaded: () => {
      isLoaded = true;
      keepPlace = true;
      view();
    },
    viewed: ({ total, of }) => {
      waiting = false;
      grid.reset(total, keepPlace);
      const more =
        missed > 0 ? `, ${count(missed)} changes not shown: choose the range again to load them` : '';
      if (isLoaded) status.textContent = `${count(total)} of ${count(of)} connections${more}`;
      if (isViewStale) view();
    },
    slice: ({ id, from, rows }) => {
      if (id === viewId) grid.show(from, rows);
    },
    changed: ({ records, omitted }) => {
      missed += omitted;
      if (records > 0 || omitted > 0) {
        onLive({ records });
        viewSoon();
      }
    },
    following: ({ isLive }) => onLive({ isLive }),
    failed: ({ status: code, detail }) => onProblem(code, detail),
  };
  worker.addEventListener('message', ({ data }) => handlers[data.type]?.(data));
  worker.addEventListener('error', () => onProblem(0, 'The table stopped; load the page again'));
  worker.postMessage({ type: 'load', token: getToken(), ...range, follow: range.to >= today });
  showSort();

  function input(type, label, value, more = {}) {
    const field = element('input', { type, value, input: changed, ...more });
    return { field, label: element('label', {}, `${label} `, field) };
  }

  return [
    element('h1', {}, 'Connections'),
    element(
      'div',
      { class: 'filters', role: 'search', 'aria-label': 'Filters' },
      q.label,
      port.label,
      element('label', {}, 'Account ', account),
      element('label', {}, suspicious, ' without ports 0 and 443'),
    ),
    status,
    grid.element,
    element(
      'p',
      { class: 'quiet' },
      'In the table: arrows move, Enter opens the endpoint, S the source, W says why.',
    ),
  ];
}

function cell(text, action) {
  return element(
    'div',
    {
      role: 'gridcell',
      title: text,
      ...(action ? { class: 'link', 'data-action': action } : {}),
    },
    text,
  );
}
