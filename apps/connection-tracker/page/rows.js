/** Connections of a range of days: one row for each, whatever the days, with filters and orders. */
export class Rows {
  #rows = [];
  #byKey = new Map();
  #names = new Map();
  #view = [];

  get size() {
    return this.#rows.length;
  }

  /** A row of the API: the score of one day. */
  add({ day, account_id, account_name, region, source, dest, dest_port, score }) {
    const key = JSON.stringify([account_id, region, source, dest, dest_port]);
    if (account_name) this.#names.set(account_id, account_name);
    const known = this.#byKey.get(key);
    if (known === undefined) {
      const row = { account_id, region, source, dest, dest_port, score, days: { [day]: score } };
      row.text = `${source}\n${dest}`.toLowerCase();
      this.#byKey.set(key, row);
      this.#rows.push(row);
      return;
    }
    // A score of a day only grows, so of two that were read the greater one is newer.
    const before = known.days[day] ?? 0;
    if (score <= before) return;
    known.days[day] = score;
    known.score += score - before;
  }

  /** A change of the stream has the day's score too. */
  change(change) {
    this.add(change);
  }

  /** Keeps the rows that match, in order, and gives their number. */
  view(filter, sort) {
    const q = filter.q.toLowerCase();
    const { port, account, suspicious } = filter;
    this.#view = this.#rows.filter(
      (row) =>
        (q === '' || row.text.includes(q)) &&
        (port === undefined || row.dest_port === port) &&
        (account === '' || row.account_id === account) &&
        !(suspicious && (row.dest_port === 443 || row.dest_port === 0)),
    );
    const sign = sort.descending ? -1 : 1;
    const { key } = sort;
    this.#view.sort((a, b) => sign * compare(a[key], b[key]) || compare(a.text, b.text));
    return this.#view.length;
  }

  slice(from, to) {
    return this.#view.slice(from, to).map(({ text: _, ...row }) => ({
      ...row,
      account_name: this.#names.get(row.account_id) ?? row.account_id,
    }));
  }
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
