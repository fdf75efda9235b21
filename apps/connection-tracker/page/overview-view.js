import { bars } from './detail-views.js';
import { count, dataTable, element } from './element.js';

/** Totals of the range and how far each account and region has been read. */
export function overviewView({ overview, range, link }) {
  const records = sum(overview.days, 'records');
  const card = (title, value) => element('div', {}, element('dt', {}, title), element('dd', {}, value));
  const lag = Math.max(0, ...overview.shards.map(({ lag_seconds: seconds }) => seconds ?? 0));
  const byDay = Object.fromEntries(overview.days.map(({ day, records: of }) => [day, of]));
  return [
    element('h1', {}, 'Overview'),
    element(
      'dl',
      { class: 'cards' },
      card('Accounts', count(new Set(overview.shards.map(({ account_id: id }) => id)).size)),
      card('Connections, by day', count(sum(overview.days, 'connections'))),
      card('Records', count(records)),
      card('Greatest lag', words(lag)),
    ),
    element('p', {}, 'Records by day: ', bars(byDay, range)),
    dataTable(
      'Days',
      ['Day', 'Connections', 'Records'],
      overview.days.map(({ day, connections, records: of }) => [
        element('a', { href: link('connections', { from: day, to: day }) }, day),
        connections,
        of,
      ]),
    ),
    dataTable(
      'Accounts and regions',
      ['Account', 'Region', 'Connections', 'Records', 'Read until'],
      overview.shards.map(
        ({ account_id: id, account_name: name, region, connections, records: of, lag_seconds }) => [
          element('a', { href: link('connections', { account: id }) }, name ? `${name} (${id})` : id),
          region,
          connections,
          of,
          lag_seconds === null ? 'not read' : `${words(lag_seconds)} ago`,
        ],
      ),
    ),
  ];
}

function sum(days, key) {
  return days.reduce((total, day) => total + day[key], 0);
}

function words(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
