import { lines, open, setToken } from './api.js';
import { Rows } from './rows.js';

// Loads, keeps, filters and sorts the connections away from the page's own thread, which only ever gets a screenful.

let rows = new Rows();
let loading = new AbortController();
let lastEventId;
let told = 0;

const handlers = {
  load: (message) => void load(message),
  view: ({ id, filter, sort }) => {
    const total = rows.view(filter, sort);
    postMessage({ type: 'viewed', id, total, of: rows.size });
  },
  slice: ({ id, from, to }) => postMessage({ type: 'slice', id, from, rows: rows.slice(from, to) }),
};

addEventListener('message', ({ data }) => handlers[data.type]?.(data));

async function load({ token, from, to, follow }) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  setToken(token);
  rows = new Rows();
  try {
    if (follow) void followEvents(from, to, signal);
    const response = await open(
      '/v1/connections',
      { from, to, order: 'member', format: 'ndjson' },
      { signal },
    );
    for await (const part of lines(response)) {
      for (const line of part) if (line !== '') rows.add(JSON.parse(line));
      tell('progress');
    }
    if (!signal.aborted) postMessage({ type: 'loaded', size: rows.size });
  } catch (error) {
    if (!signal.aborted) postMessage({ type: 'failed', status: error.status ?? 0, detail: error.message });
  }
}

/** At most four times a second. */
function tell(type, more = {}) {
  const now = performance.now();
  if (now - told < 250 && type === 'progress') return;
  told = now;
  postMessage({ type, size: rows.size, ...more });
}

async function followEvents(from, to, signal) {
  let waitMs = 1_000;
  while (!signal.aborted) {
    try {
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const response = await open('/v1/stream', {}, { signal, headers });
      postMessage({ type: 'following', isLive: true });
      waitMs = 1_000;
      for await (const part of lines(response)) for (const line of part) take(line, from, to);
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
    }
    postMessage({ type: 'following', isLive: false });
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(30_000, waitMs * 2);
  }
}

function take(line, from, to) {
  if (line.startsWith('id: ')) lastEventId = line.slice(4);
  if (!line.startsWith('data: ')) return;
  const { account_id, region, changes, omitted } = JSON.parse(line.slice(6));
  let records = 0;
  for (const change of changes) {
    if (change.day < from || change.day > to) continue;
    records += change.count;
    rows.change({ ...change, account_id, region });
  }
  postMessage({ type: 'changed', records, omitted, size: rows.size });
}
