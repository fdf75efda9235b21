import { Resolver } from 'node:dns/promises';

/** Names of addresses by reverse DNS, remembered for a while, found or not. */
export interface ReverseNames {
  /** The name; null when there is none or the resolver did not answer in time. */
  lookUp(address: string, signal?: AbortSignal): Promise<string | null>;
  /** What is remembered. */
  entries(): Iterable<readonly [address: string, name: string | null]>;
  readonly size: number;
}

export interface ReverseNamesOptions {
  /** Default: the system's resolver through node:dns. */
  readonly reverse?: (address: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Look-ups at a time. Default 32. */
  readonly concurrency?: number;
  /** Of one look-up. Default 3,000. */
  readonly timeoutMs?: number;
  /** How long a name counts: addresses are given to others. Default 3,600,000. */
  readonly keepMs?: number;
  /** How long a missing name counts. Default 600,000. */
  readonly keepMissingMs?: number;
  /** Names remembered; the oldest go. Default 200,000. */
  readonly entries?: number;
  readonly now?: () => number;
}

interface Known {
  readonly name: string | null;
  readonly untilMs: number;
}

/** A cache with a bound on memory, time and look-ups at once. A failed look-up is no failure of anything else. */
export function createReverseNames(options: ReverseNamesOptions = {}): ReverseNames {
  const { concurrency = 32, timeoutMs = 3_000, keepMs = 3_600_000, keepMissingMs = 600_000 } = options;
  const { entries: most = 200_000, now = Date.now, reverse = systemReverse() } = options;
  const known = new Map<string, Known>();
  const running = new Map<string, Promise<string | null>>();
  const waiting: (() => void)[] = [];
  let free = Math.max(1, concurrency);

  const place = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const ask = async (address: string): Promise<string | null> => {
    await place();
    let name: string | null = null;
    let isAnswer = true;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const late = new Promise<never>((_, reject) =>
        timeout.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true }),
      );
      const [found] = await Promise.race([reverse(address, timeout), late]);
      name = found === undefined ? null : shownHost(found);
    } catch (error) {
      // "There is none" is an answer; no answer is asked for again soon.
      const { code } = error as NodeJS.ErrnoException;
      isAnswer = code === 'ENOTFOUND' || code === 'ENODATA';
    } finally {
      leave();
    }
    remember(
      address,
      name,
      name === null ? (isAnswer ? keepMissingMs : Math.min(keepMissingMs, 60_000)) : keepMs,
    );
    return name;
  };
  const remember = (address: string, name: string | null, forMs: number): void => {
    known.delete(address);
    known.set(address, { name, untilMs: now() + forMs });
    const oldest = known.keys().next();
    if (known.size > most && oldest.done !== true) known.delete(oldest.value);
  };
  return {
    lookUp: async (address, signal) => {
      signal?.throwIfAborted();
      const found = known.get(address);
      if (found && found.untilMs > now()) return found.name;
      let answer = running.get(address);
      if (answer === undefined) {
        answer = ask(address).finally(() => running.delete(address));
        running.set(address, answer);
      }
      return await answer;
    },
    *entries() {
      for (const [address, { name }] of known) yield [address, name] as const;
    },
    get size() {
      return known.size;
    },
  };
}

function systemReverse(): (address: string, signal: AbortSignal) => Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  return (address) => resolver.reverse(address);
}

/** A name that a resolver gave, without what is no part of a host name: it is anybody's to choose. */
function shownHost(name: string): string | null {
  const host = name.replace(/\.$/, '').toLowerCase();
  return /^[a-z0-9_.-]{1,253}$/.test(host) ? host : null;
}
