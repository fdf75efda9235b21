/** How a call ended. */
export type CallOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly code: string; readonly status: number }
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' | 'mid-answer'; readonly applied: boolean }
  | { readonly kind: 'garbage' };

/** One API call, as it was received. */
export interface Call {
  /** Counts from 1 and never repeats. */
  readonly sequence: number;
  readonly atMs: number;
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly action: string;
  readonly principalArn: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly outcome: CallOutcome;
}

/** Which calls; every given field must be equal. */
export interface CallFilter {
  readonly accountId?: string;
  readonly region?: string;
  readonly service?: string;
  readonly action?: string;
  readonly outcome?: CallOutcome['kind'];
  /** Only calls with a greater sequence number. */
  readonly after?: number;
}

/** The most recent calls, oldest first; a ring, so that a long-running sandbox stays bounded. */
export class CallLog {
  readonly #capacity: number;
  #calls: Call[] = [];
  #sequence = 0;
  readonly #listeners = new Set<(call: Call) => void>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Number of calls since the start, including those that have left the ring. */
  get total(): number {
    return this.#sequence;
  }

  list(filter: CallFilter = {}): readonly Call[] {
    return this.#calls.slice(-this.#capacity).filter((call) => matches(call, filter));
  }

  count(filter: CallFilter = {}): number {
    return this.list(filter).length;
  }

  /** Distinct `service:Action` names, sorted. */
  actions(filter: CallFilter = {}): readonly string[] {
    return [...new Set(this.list(filter).map((call) => `${call.service}:${call.action}`))].sort();
  }

  clear(): void {
    this.#calls = [];
  }

  /** Tells of each call as it ends; returns the function that stops it. */
  subscribe(listener: (call: Call) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The next call that fits, from now on. */
  next(filter: CallFilter = {}, signal?: AbortSignal): Promise<Call> {
    return new Promise((resolve, reject) => {
      const stop = this.subscribe((call) => {
        if (!matches(call, filter)) return;
        stop();
        resolve(call);
      });
      signal?.addEventListener(
        'abort',
        () => {
          stop();
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        },
        { once: true },
      );
    });
  }

  record(call: Omit<Call, 'sequence'>): void {
    const recorded: Call = { sequence: ++this.#sequence, ...call };
    this.#calls.push(recorded);
    // Trimmed in bulk: constant cost per call.
    if (this.#calls.length >= 2 * this.#capacity) this.#calls = this.#calls.slice(-this.#capacity);
    for (const listener of [...this.#listeners]) listener(recorded);
  }
}

function matches(call: Call, filter: CallFilter): boolean {
  return (
    (filter.accountId === undefined || call.accountId === filter.accountId) &&
    (filter.region === undefined || call.region === filter.region) &&
    (filter.service === undefined || call.service === filter.service) &&
    (filter.action === undefined || call.action === filter.action) &&
    (filter.outcome === undefined || call.outcome.kind === filter.outcome) &&
    (filter.after === undefined || call.sequence > filter.after)
  );
}
