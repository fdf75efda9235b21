import { SandboxError } from '../errors.js';
import { matchesWildcard } from '../iam/policy.js';
import type { Random } from '../world/random.js';
import { seededRandom } from '../world/random.js';

/** What goes wrong. */
export type Fault =
  /** An error of the service; status defaults to 400, or 500 and 503 for the known server codes. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** The service's own throttling error. */
  | { readonly kind: 'throttle' }
  /** The answer takes that long, by the sandbox's clock. */
  | { readonly kind: 'latency'; readonly durationMs: number }
  /** Reads answer from the state as it was that long ago. */
  | { readonly kind: 'stale'; readonly lagMs: number }
  /** The connection is cut: before the call is handled, after it but before the answer, or within the answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' | 'mid-answer' }
  /** No page has more results than this. */
  | { readonly kind: 'small-pages'; readonly size: number }
  /** The action is denied, by name. */
  | { readonly kind: 'deny' }
  /** A 200 answer that is not what the service would say; by default a proxy's HTML page. */
  | {
      readonly kind: 'garbage';
      readonly body?: string;
      readonly contentType?: string;
      readonly status?: number;
    };

/** Which calls a rule looks at; `service` and `action` may have wildcards. */
export interface FaultMatch {
  readonly service?: string;
  readonly action?: string | readonly string[];
  readonly accountId?: string;
  readonly region?: string;
  readonly principalArn?: string;
  /** Looks at the request's members. */
  readonly when?: (params: Readonly<Record<string, unknown>>) => boolean;
}

/** A fault, the calls it looks at, and which of those it strikes. */
export interface FaultRule {
  readonly match?: FaultMatch;
  readonly fault: Fault;
  /** Strikes only these of the matching calls, counted from 1. */
  readonly nth?: number | readonly number[];
  /** Strikes at most that many times. */
  readonly times?: number;
  /** Strikes with this probability, drawn from `seed`. */
  readonly probability?: number;
  readonly seed?: number;
}

/** An installed rule. */
export interface FaultHandle {
  /** Matching calls so far, and how many were struck. */
  readonly matched: number;
  readonly struck: number;
  remove(): void;
}

/** What is known of a call when faults are decided. */
export interface FaultSubject {
  readonly service: string;
  readonly action: string;
  readonly accountId: string;
  readonly region: string;
  readonly principalArn: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Installed {
  readonly rule: FaultRule;
  readonly random: Random;
  matched: number;
  struck: number;
}

/** The rules in force, in the order they were added. */
export class FaultRules {
  #installed: Installed[] = [];

  /** @throws {SandboxError} NET_SANDBOX_OPTION when the rule makes no sense */
  add(rule: FaultRule): FaultHandle {
    check(rule);
    const installed: Installed = { rule, random: seededRandom(rule.seed ?? 1), matched: 0, struck: 0 };
    this.#installed.push(installed);
    return {
      get matched() {
        return installed.matched;
      },
      get struck() {
        return installed.struck;
      },
      remove: () => {
        this.#installed = this.#installed.filter((other) => other !== installed);
      },
    };
  }

  clear(): void {
    this.#installed = [];
  }

  /** The faults that strike this call; counts it. */
  strike(subject: FaultSubject): Fault[] {
    const faults: Fault[] = [];
    for (const installed of this.#installed) {
      if (!concerns(installed.rule.match ?? {}, subject)) continue;
      installed.matched += 1;
      if (!strikes(installed)) continue;
      installed.struck += 1;
      faults.push(installed.rule.fault);
    }
    return faults;
  }
}

function concerns(match: FaultMatch, subject: FaultSubject): boolean {
  return (
    (match.service === undefined || matchesWildcard(match.service, subject.service)) &&
    (match.action === undefined ||
      [match.action].flat().some((action) => matchesWildcard(action, subject.action))) &&
    (match.accountId === undefined || match.accountId === subject.accountId) &&
    (match.region === undefined || match.region === subject.region) &&
    (match.principalArn === undefined || matchesWildcard(match.principalArn, subject.principalArn)) &&
    (match.when === undefined || match.when(subject.params))
  );
}

function strikes({ rule, random, matched, struck }: Installed): boolean {
  if (rule.times !== undefined && struck >= rule.times) return false;
  if (rule.nth !== undefined && ![rule.nth].flat().includes(matched)) return false;
  return rule.probability === undefined || random.next() < rule.probability;
}

function check(rule: FaultRule): void {
  const { probability, times, fault } = rule;
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new SandboxError('NET_SANDBOX_OPTION', `a probability is between 0 and 1: ${probability}`);
  }
  if (times !== undefined && !(Number.isInteger(times) && times >= 0)) {
    throw new SandboxError('NET_SANDBOX_OPTION', `times is a count: ${times}`);
  }
  if (fault.kind === 'small-pages' && !(Number.isInteger(fault.size) && fault.size >= 1)) {
    throw new SandboxError('NET_SANDBOX_OPTION', `a page has at least one result: ${fault.size}`);
  }
  if (fault.kind === 'latency' && !(fault.durationMs >= 0)) {
    throw new SandboxError('NET_SANDBOX_OPTION', `latency is not negative: ${fault.durationMs}`);
  }
  if (fault.kind === 'stale' && !(fault.lagMs > 0)) {
    throw new SandboxError('NET_SANDBOX_OPTION', `a lag is positive: ${fault.lagMs}`);
  }
}
