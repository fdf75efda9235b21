import { type Clock, type Pacer, type Random, createPacer, systemClock } from '@net/aws-core';
import { type ApplyParts, apply } from '../apply/apply.js';
import { type Outcome, isWritten } from '../apply/outcome.js';
import { type Action, type RouteAction, isRouteAction } from '../decide/action.js';
import type { WatchConfig } from '../decide/config.js';
import type { Decision } from '../decide/decide-route.js';
import { type Memory, emptyMemory, ownerIdOf, rememberWrite } from '../decide/memory.js';
import { type Plan, plan, planRelease } from '../decide/plan.js';
import { rankClaimants } from '../decide/rank.js';
import { routeKey } from '../model/route-table.js';
import type { Peer, Snapshot } from '../model/snapshot.js';
import { type Host, type Probes, createObserver } from '../observe/observer.js';
import type { PeerSource } from '../observe/peers.js';
import type { RouteApi } from '../observe/route-api.js';
import type { OnEvent } from './events.js';
import { type Hooks, noHooks } from './hooks.js';

/** What a monitor is made of. Only `api` and `config` are needed; the rest has defaults. */
export interface MonitorParts {
  readonly api: RouteApi;
  readonly config: WatchConfig;
  /** Default: not on EC2, and nothing known about the kernel. */
  readonly host?: Host;
  /** Default: none. */
  readonly probes?: Partial<Probes>;
  /** Default: `auto`. */
  readonly peerSource?: PeerSource;
  readonly hooks?: Hooks;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly onEvent?: OnEvent;
  /** Routes written at a time. Default 8. */
  readonly concurrency?: number;
  /** How long reads may take to show a write. Default 5,000. */
  readonly verifyMs?: number;
  /** How long a throttled write is tried. Default 300,000. */
  readonly throttleBudgetMs?: number;
}

/** How a pass is made. */
export interface PassOptions {
  /** Look at owners, peers and the own interface, whether or not anything is suspicious. Default false. */
  readonly isThorough?: boolean;
  /** `plan`: nothing is sent. `api`: writes are sent as dry runs. Default `off`. */
  readonly dryRun?: 'off' | 'plan' | 'api';
}

export interface PassResult {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

/** A monitor: observe, plan, apply, one pass at a time. */
export interface Monitor {
  readonly config: WatchConfig;
  readonly clock: Clock;
  readonly peers: readonly Peer[] | undefined;
  /** Rejects when the tables cannot be read; failed writes are outcomes. */
  pass(options?: PassOptions, signal?: AbortSignal): Promise<PassResult>;
  /** Hands over the routes that still lead to the own interface; from now on nothing is claimed. */
  release(reason: string, options?: PassOptions, signal?: AbortSignal): Promise<readonly Outcome[]>;
  /** Takes part again. */
  stay(): void;
  /** Why nothing is claimed any more; undefined while it takes part. */
  readonly leaving: string | undefined;
}

const silentHost: Host = {
  instanceId: () => Promise.resolve(undefined),
  forwarding: () => Promise.resolve({ ipv4: undefined, ipv6: undefined }),
};

/** Makes a monitor. It does nothing by itself: see `runOnce` and `runDaemon`. */
export function createMonitor(parts: MonitorParts): Monitor {
  const { api, config, clock = systemClock, random = Math.random, hooks = noHooks } = parts;
  const onEvent: OnEvent = parts.onEvent ?? (() => undefined);
  const observer = createObserver({
    api,
    config,
    clock,
    random,
    host: parts.host ?? silentHost,
    probes: { own: undefined, path: undefined, owner: undefined, ...parts.probes },
    peerSource: parts.peerSource ?? { kind: 'auto' },
    onGap: (what, error) => onEvent({ kind: 'gap', atMs: clock.now(), what, error }),
  });
  const concurrency = parts.concurrency ?? 8;
  const pacer: Pacer = createPacer({
    concurrency,
    clock,
    random,
    totalMs: parts.throttleBudgetMs ?? 300_000,
  });
  let memory: Memory = emptyMemory;
  let leaving: string | undefined;
  let known = new Map<string, Decision>();

  const carryOut = async (
    actions: readonly Action[],
    dryRun: NonNullable<PassOptions['dryRun']>,
    signal?: AbortSignal,
  ): Promise<readonly Outcome[]> => {
    if (actions.length === 0 || dryRun === 'plan') return [];
    const applyParts: ApplyParts = {
      api,
      clock,
      pacer,
      concurrency,
      verifyMs: parts.verifyMs ?? 5_000,
      isDryRun: dryRun === 'api',
      onWrite: (action) => onEvent({ kind: 'write', atMs: clock.now(), action }),
    };
    const outcomes = await withHooks(actions, dryRun === 'api', () => apply(actions, applyParts, signal));
    for (const outcome of outcomes) {
      onEvent({ kind: 'outcome', atMs: clock.now(), outcome });
      if (isWritten(outcome) && isRouteAction(outcome.action)) {
        memory = rememberWrite(memory, routeKey(outcome.action.tableId, outcome.action.destination), {
          atMs: outcome.atMs,
          previousId: ownerIdOf(outcome.action.from),
          isVoluntary: VOLUNTARY.has(outcome.action.because),
        });
      }
    }
    return outcomes;
  };

  const withHooks = async (
    actions: readonly Action[],
    isDryRun: boolean,
    work: () => Promise<readonly Outcome[]>,
  ): Promise<readonly Outcome[]> => {
    const routes = actions.filter(isRouteAction);
    if (isDryRun || routes.length === 0) return await work();
    const isRelease = routes.every(({ because }) => because === 'release');
    const told = (hook: string, result: { readonly ok: boolean; readonly detail: string }): void =>
      onEvent({ kind: 'hook', atMs: clock.now(), hook, ...result });
    const before = await hooks.before(isRelease ? 'release' : 'claim', routes);
    if (before) told(isRelease ? 'before-release' : 'before-claim', before);
    // Whoever releases is on the way out: a failing hook must not keep traffic here.
    if (before?.ok === false && !isRelease) {
      return actions.map((action) => ({
        action,
        status: 'not-started',
        detail: `before-claim hook: ${before.detail}`,
      }));
    }
    const outcomes = await work();
    const written = outcomes
      .filter(isWritten)
      .flatMap(({ action }) => (isRouteAction(action) ? [action] : []));
    const after =
      written.length === 0 ? undefined : await hooks.after(isRelease ? 'release' : 'claim', written);
    if (after) told(isRelease ? 'after-release' : 'after-claim', after);
    return outcomes;
  };

  const tellDecisions = (made: Plan): void => {
    const now = new Map<string, Decision>();
    for (const decision of made.decisions) {
      const key = routeKey(decision.tableId, decision.destination);
      const before = known.get(key);
      const isNews = before?.verdict !== decision.verdict || before.target?.id !== decision.target?.id;
      now.set(key, decision);
      onEvent({ kind: 'decision', atMs: clock.now(), decision, isNews });
    }
    known = now;
  };

  return {
    config,
    clock,
    get peers() {
      return observer.peers;
    },
    get leaving() {
      return leaving;
    },
    stay: () => {
      if (leaving !== undefined) onEvent({ kind: 'staying', atMs: clock.now() });
      leaving = undefined;
    },
    pass: async (options = {}, signal) => {
      const begunAtMs = clock.now();
      const snapshot = await observer.observe(
        memory,
        { isThorough: options.isThorough ?? false, leaving },
        signal,
      );
      const made = plan(snapshot, config, memory);
      memory = made.memory;
      tellDecisions(made);
      const outcomes = await carryOut(made.actions, options.dryRun ?? 'off', signal);
      const atMs = clock.now();
      onEvent({ kind: 'pass', atMs, durationMs: atMs - begunAtMs, plan: made, outcomes });
      return { snapshot, plan: made, outcomes };
    },
    release: async (reason, options = {}, signal) => {
      leaving = reason;
      if (config.fallback === undefined) {
        onEvent({ kind: 'leaving', atMs: clock.now(), reason, actions: [] });
        return [];
      }
      // Peers are looked at again: the one that is handed to must be there.
      const snapshot = await observer.observe(
        memory,
        { isThorough: config.fallback === 'peer', leaving: reason },
        signal,
      );
      const ids = (snapshot.peers ?? []).map(({ interfaceId }) => interfaceId);
      const actions: readonly RouteAction[] = planRelease(
        snapshot,
        config,
        (key) => rankClaimants(key, ids)[0],
        reason,
      );
      onEvent({ kind: 'leaving', atMs: clock.now(), reason, actions });
      return await carryOut(actions, options.dryRun ?? 'off', signal);
    },
  };
}

const VOLUNTARY: ReadonlySet<RouteAction['because']> = new Set(['evidence', 'gateway', 'fail-back']);
