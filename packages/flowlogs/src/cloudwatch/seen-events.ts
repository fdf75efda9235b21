import { hash } from 'node:crypto';
import { FlowLogsError } from '../errors.js';
import type { LogEvent } from './log-event.js';

/** Bytes of a fingerprint: with a billion ids the chance of any two being equal is below 10^-10. */
export const FINGERPRINT_BYTES = 12;

/** Fingerprints of events, by minute; plain data that a store keeps. */
export interface SeenMinute {
  /** Minutes since 1970. */
  readonly minute: number;
  /** {@link FINGERPRINT_BYTES} each. */
  readonly fingerprints: Uint8Array;
}

/** Which events were read before. About 60 bytes an event. */
export class SeenEvents {
  readonly #minutes = new Map<number, Set<string>>();
  #size = 0;

  /** @throws FlowLogsError NET_FLOWLOGS_ARGUMENT when the fingerprints are not whole */
  constructor(kept: Iterable<SeenMinute> = []) {
    for (const { minute, fingerprints } of kept) {
      if (fingerprints.length % FINGERPRINT_BYTES !== 0)
        throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `fingerprints of minute ${minute} are cut off`);
      const text = Buffer.from(fingerprints.buffer, fingerprints.byteOffset, fingerprints.length).toString(
        'latin1',
      );
      for (let at = 0; at < text.length; at += FINGERPRINT_BYTES)
        this.#add(minute, text.slice(at, at + FINGERPRINT_BYTES));
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Those of the events that are new, which are remembered from now on; and what a store is to add. */
  take(events: readonly LogEvent[]): {
    readonly fresh: readonly LogEvent[];
    readonly added: readonly SeenMinute[];
  } {
    const fresh: LogEvent[] = [];
    const added = new Map<number, string[]>();
    for (const event of events) {
      const minute = minuteOf(event);
      const fingerprint = fingerprintOf(event.id);
      if (!this.#add(minute, fingerprint)) continue;
      fresh.push(event);
      const list = added.get(minute);
      if (list) list.push(fingerprint);
      else added.set(minute, [fingerprint]);
    }
    return { fresh, added: [...added].map(([minute, list]) => toMinute(minute, list)) };
  }

  /** Forgets the minutes before this one. */
  forgetBefore(minute: number): void {
    for (const [kept, fingerprints] of this.#minutes) {
      if (kept >= minute) continue;
      this.#size -= fingerprints.size;
      this.#minutes.delete(kept);
    }
  }

  /** Everything, for a store. */
  minutes(): readonly SeenMinute[] {
    return [...this.#minutes].map(([minute, fingerprints]) => toMinute(minute, [...fingerprints]));
  }

  #add(minute: number, fingerprint: string): boolean {
    let fingerprints = this.#minutes.get(minute);
    if (fingerprints === undefined) this.#minutes.set(minute, (fingerprints = new Set()));
    if (fingerprints.has(fingerprint)) return false;
    fingerprints.add(fingerprint);
    this.#size += 1;
    return true;
  }
}

/** Never earlier than the event's own time, by which it may be read again. */
function minuteOf({ timestampMs, ingestedAtMs }: LogEvent): number {
  return Math.floor(Math.max(timestampMs, ingestedAtMs) / 60_000);
}

function fingerprintOf(id: string): string {
  return hash('sha256', id, 'buffer').toString('latin1', 0, FINGERPRINT_BYTES);
}

function toMinute(minute: number, fingerprints: readonly string[]): SeenMinute {
  return { minute, fingerprints: new Uint8Array(Buffer.from(fingerprints.join(''), 'latin1')) };
}
