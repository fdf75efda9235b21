import { createHash } from 'node:crypto';
import type { LogObject } from './log-object.js';

const BYTES = 12;

/** Which objects were read: plain data, a day's fingerprints each as base64. */
export type DoneDays = Readonly<Record<string, string>>;

/** Objects that were read, so that a later listing leaves them out. About 16 bytes an object when kept. */
export class DoneObjects {
  readonly #days = new Map<string, Set<string>>();

  /** @param kept what {@link toJSON} gave; what is none of it is left out */
  constructor(kept: DoneDays = {}) {
    for (const [day, text] of Object.entries(kept)) {
      const bytes = Buffer.from(text, 'base64').toString('latin1');
      const prints = new Set<string>();
      for (let at = 0; at + BYTES <= bytes.length; at += BYTES) prints.add(bytes.slice(at, at + BYTES));
      this.#days.set(day, prints);
    }
  }

  has(object: LogObject, day: string): boolean {
    return this.#days.get(day)?.has(fingerprintOf(object)) === true;
  }

  add(object: LogObject, day: string): void {
    let prints = this.#days.get(day);
    if (prints === undefined) this.#days.set(day, (prints = new Set()));
    prints.add(fingerprintOf(object));
  }

  /** Forgets the days before this one, `YYYY-MM-DD`: they are not listed any more. */
  forgetBefore(day: string): void {
    for (const kept of this.#days.keys()) if (kept < day) this.#days.delete(kept);
  }

  toJSON(): DoneDays {
    return Object.fromEntries(
      [...this.#days].map(([day, prints]) => [
        day,
        Buffer.from([...prints].join(''), 'latin1').toString('base64'),
      ]),
    );
  }
}

function fingerprintOf({ bucket, key }: LogObject): string {
  return createHash('sha256').update(`${bucket}/${key}`).digest().toString('latin1', 0, BYTES);
}
