/** Past states, for the stale-read fault: one copy per change, no deeper than the longest lag asked for. */
export class Snapshots {
  #historyMs = 0;
  readonly #past = new Map<string, { readonly atMs: number; readonly state: object }[]>();

  get recording(): boolean {
    return this.#historyMs > 0;
  }

  start(historyMs: number): void {
    this.#historyMs = Math.max(this.#historyMs, historyMs);
  }

  /** The state from which a place's past begins, unless it has begun already. */
  begin(key: string, state: object): void {
    if (!this.#past.has(key)) this.record(key, Number.NEGATIVE_INFINITY, state);
  }

  record(key: string, atMs: number, state: object): void {
    const list = this.#past.get(key) ?? [];
    this.#past.set(key, list);
    list.push({ atMs, state: structuredClone(state) });
    // The last one older than the window stays: it is what a read at the window's edge must see.
    const edge = atMs - this.#historyMs;
    while (list.length > 1 && list[1]!.atMs <= edge) list.shift();
  }

  /** A copy of the state as it was at that time; undefined if nothing that old is known. */
  at(key: string, atMs: number): object | undefined {
    const found = this.#past.get(key)?.findLast((entry) => entry.atMs <= atMs);
    return found && structuredClone(found.state);
  }

  clear(): void {
    this.#past.clear();
  }
}
