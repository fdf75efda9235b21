import { setTimeout as sleep } from 'node:timers/promises';

import { watch, type WatchEvent } from '@net/iproute';

import { EniRoutingError } from './errors.js';
import type { RemovalHistory } from './hold-back.js';
import type { Host } from './host.js';
import type { HostFacts } from './host-facts.js';
import { reconcile, type ReconcileResult } from './reconcile.js';

/** What the watch tells its caller. */
export type WatchReport =
  | {
      readonly kind: 'pass';
      readonly cause: string;
      readonly result: ReconcileResult;
      readonly tookMs: number;
    }
  | { readonly kind: 'failed'; readonly cause: string; readonly error: unknown };

/** How to watch. */
export interface WatchHostOptions {
  readonly signal: AbortSignal;
  /** Longest time between two readings, in milliseconds; up to a tenth is added at random. */
  readonly intervalMs: number;
  /** Readings in a row that must agree on a removal. */
  readonly removalNeeded: number;
  /** Time between two readings while a removal waits or the source is not whole, in milliseconds. */
  readonly recheckMs: number;
  readonly report: (report: WatchReport) => void;
  /** 0 to 1; default Math.random. */
  readonly random?: (() => number) | undefined;
}

/**
 * Keeps the host as wanted until the signal aborts. The kernel's notices only wake it: it reads the state
 * again each time. On a notice it answers at once with what the source said last, and asks the source after
 * that, so that a slow metadata service never delays a new interface. One pass at a time; a pass that has
 * begun to write is finished.
 */
export async function watchHost(host: Host, options: WatchHostOptions): Promise<void> {
  const { signal } = options;
  const facts = new CachedFacts(host);
  const wakes = new WakeQueue();
  const listening = listen(host, wakes, signal);
  let history: RemovalHistory = new Map();
  let failures = 0;
  let cause = 'start';
  try {
    while (!signal.aborted) {
      const started = performance.now();
      let again = options.intervalMs * (1 + 0.1 * (options.random ?? Math.random)());
      try {
        const fresh = cause === 'start' || cause === 'timer';
        const result = await reconcile(
          { ...host, readFacts: () => facts.read(fresh, signal) },
          { history, needed: options.removalNeeded, signal },
        );
        history = result.reading.history;
        failures = 0;
        if (!fresh && facts.isStale) again = 0;
        else if (result.reading.held.length > 0 || !result.reading.facts.authoritative)
          again = options.recheckMs;
        options.report({ kind: 'pass', cause, result, tookMs: performance.now() - started });
      } catch (error) {
        if (isAborted(signal)) return;
        if (error instanceof EniRoutingError && error.code === 'NET_ENI_ROUTING_PENDING')
          again = options.recheckMs;
        else again = Math.min(again, 1000 * 2 ** Math.min(failures++, 6));
        options.report({ kind: 'failed', cause, error });
        if (error instanceof EniRoutingError && error.code === 'NET_ENI_ROUTING_PREREQUISITE') throw error;
      }
      cause = (await wakes.next(again, signal)) ?? 'timer';
    }
  } finally {
    await listening;
  }
}

// The last whole answer of the source. A cached answer has no authority to take anything away.
class CachedFacts {
  isStale = false;
  private readonly host: Host;
  private last: HostFacts | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  async read(fresh: boolean, signal: AbortSignal): Promise<HostFacts> {
    if (!fresh && this.last !== undefined && this.last.source === 'imds') {
      this.isStale = true;
      return { ...this.last, authoritative: false };
    }
    const facts = await this.host.readFacts(signal);
    this.isStale = false;
    if (facts.authoritative || this.last === undefined) this.last = facts;
    // An answer with holes must not forget what an earlier one knew.
    return facts.authoritative ? facts : { ...this.last, authoritative: false, notes: facts.notes };
  }
}

class WakeQueue {
  private cause: string | undefined;
  private wake: (() => void) | undefined;

  push(cause: string): void {
    this.cause ??= cause;
    this.wake?.();
  }

  /** The first cause since the last call, after a moment in which more may come; undefined after `timeoutMs`. */
  async next(timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
    if (this.cause === undefined && timeoutMs > 0) {
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      await Promise.race([
        woken,
        sleep(timeoutMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(
          () => undefined,
        ),
      ]);
      this.wake = undefined;
      timer.abort();
    }
    // Changes come in bursts: an interface, its addresses, its routes.
    if (this.cause !== undefined) await sleep(30, undefined, { signal }).catch(() => undefined);
    const { cause } = this;
    this.cause = undefined;
    return cause;
  }
}

async function listen(host: Host, wakes: WakeQueue, signal: AbortSignal): Promise<void> {
  const ours = ` proto ${host.settings.protocol}`;
  try {
    for await (const event of watch({ ...host.run, signal })) {
      if (isOwnAddition(event, ours)) continue;
      wakes.push(
        event.kind === 'resync' ? event.reason : `${event.topic} ${event.deleted ? 'removed' : 'changed'}`,
      );
    }
  } catch {
    // Without notices the timer goes on.
    wakes.push('notices ended');
  }
}

function isOwnAddition(event: WatchEvent, ours: string): boolean {
  if (event.kind !== 'changed' || event.deleted) return false;
  return (event.topic === 'route' || event.topic === 'rule') && `${event.text} `.includes(`${ours} `);
}

// A function, so that the compiler does not believe an earlier answer to last.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
