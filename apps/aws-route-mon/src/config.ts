import type { WatchConfig } from './decide/config.js';
import { defaultPolicyText, parsePolicy } from './decide/policy.js';
import { InputError } from './errors.js';
import { type Destination, parseDestination, sameDestination } from './model/destination.js';
import { parseTableExpression } from './model/table-selector.js';
import { type RouteTarget, targetKindOf } from './model/route-table.js';

/** What a program that uses the library may leave out. */
export interface WatchSettings {
  /** The interface that routes are pointed at. */
  readonly interfaceId: string;
  /** Ids of tables. */
  readonly routeTables?: readonly string[];
  /** Expressions over tables; see {@link parseTableExpression}. */
  readonly select?: readonly string[];
  /** Default `0.0.0.0/0`. */
  readonly destinations?: readonly string[];
  /** Default true. */
  readonly createMissing?: boolean;
  /** Default `blackhole or detached or stopped`. */
  readonly policy?: string;
  /** Default 3. */
  readonly fall?: number;
  /** Default 2. */
  readonly rise?: number;
  readonly takeOver?: Partial<WatchConfig['takeOver']>;
  readonly fixSourceDestCheck?: boolean;
  readonly allowRemoteInterface?: boolean;
  /** Default true. */
  readonly requireForwarding?: boolean;
  /** Default {@link daemonJitter}. */
  readonly jitter?: WatchConfig['jitter'];
  /** Default true. */
  readonly takeTurns?: boolean;
  /** Default 5,000. */
  readonly intervalMs?: number;
  /** Default 1,000. */
  readonly leastTurnMs?: number;
  /** Default 10,000. */
  readonly settleMs?: number;
  readonly failBack?: Partial<WatchConfig['failBack']>;
  /** A target id, or `peer`. */
  readonly fallback?: string;
}

/** The original's random wait, which a one-shot run keeps. */
export const originalJitter: WatchConfig['jitter'] = { leastMs: 1_000, mostMs: 45_000 };

/** The random wait of a daemon that does not know the other claimants. */
export const daemonJitter: WatchConfig['jitter'] = { leastMs: 0, mostMs: 10_000 };

/**
 * Checks settings and fills in what was left out.
 *
 * @throws {InputError} with the setting and what is wrong with it
 */
export function watchConfig(settings: WatchSettings): WatchConfig {
  const interfaceId = checkedId('interface', 'eni', settings.interfaceId);
  const ids = (settings.routeTables ?? []).map((id) => checkedId('route table', 'rtb', id));
  const expressions = (settings.select ?? []).map(parseTableExpression);
  if (ids.length + expressions.length === 0) {
    throw new InputError('no route table is given', {
      hint: 'Name one (-r rtb-...) or select some (--select).',
    });
  }
  const fallback = settings.fallback === undefined ? undefined : parseFallback(settings.fallback);
  if (fallback !== undefined && fallback !== 'peer' && fallback.id === interfaceId) {
    throw new InputError(`the fallback is the own interface ${interfaceId}`);
  }
  const failBack = { mode: 'never' as const, holdDownMs: 300_000, ...settings.failBack };
  return {
    interfaceId,
    tables: { ids: [...new Set(ids)], expressions },
    destinations: uniqueDestinations(settings.destinations ?? ['0.0.0.0/0']),
    createMissing: settings.createMissing ?? true,
    policy: parsePolicy(settings.policy ?? defaultPolicyText),
    hysteresis: {
      fall: atLeast('fall', settings.fall ?? 3, 1),
      rise: atLeast('rise', settings.rise ?? 2, 1),
    },
    takeOver: { gateways: false, foreign: false, unknownStates: false, ...settings.takeOver },
    fixSourceDestCheck: settings.fixSourceDestCheck ?? false,
    allowRemoteInterface: settings.allowRemoteInterface ?? false,
    requireForwarding: settings.requireForwarding ?? true,
    jitter: settings.jitter ?? daemonJitter,
    takeTurns: settings.takeTurns ?? true,
    intervalMs: atLeast('interval', settings.intervalMs ?? 5_000, 1),
    leastTurnMs: atLeast('turn', settings.leastTurnMs ?? 1_000, 1),
    settleMs: atLeast('settle', settings.settleMs ?? 10_000, 0),
    failBack,
    fallback,
  };
}

/**
 * Reads what `--fallback` says: `peer`, or the id of something that a route can lead to.
 *
 * @throws {InputError}
 */
export function parseFallback(text: string): RouteTarget | 'peer' {
  if (text === 'peer') return text;
  const kind = targetKindOf(text);
  const isWellFormed = text.startsWith('arn:') || /^[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(text);
  if (kind === 'unknown' || kind === 'local' || !isWellFormed) {
    throw new InputError(
      `${JSON.stringify(text.slice(0, 80))} cannot be a fallback: expected peer, or the id of an interface or gateway such as nat-...`,
    );
  }
  return { kind, id: text };
}

function uniqueDestinations(texts: readonly string[]): readonly Destination[] {
  const all = texts.map(parseDestination);
  if (all.length === 0) throw new InputError('no destination is given');
  return all.filter((one, index) => all.findIndex((other) => sameDestination(one, other)) === index);
}

function checkedId(noun: string, prefix: string, id: string): string {
  if (new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) return id;
  throw new InputError(
    `${JSON.stringify(id.slice(0, 80))} is no ${noun} id: expected ${prefix}- and 8 or 17 hexadecimal digits`,
  );
}

function atLeast(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new InputError(`${name} must be at least ${least}, not ${value}`);
}
