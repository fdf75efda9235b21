import { watchConfig } from '../config.js';
import { runDaemon } from '../monitor/daemon.js';
import { createMonitor } from '../monitor/monitor.js';
import { seededRandom } from './random.js';
import { type ApiModel, OWNER, SimulatedVpc, TABLE } from './simulated-api.js';
import { type VirtualTime, createVirtualTime } from './virtual-time.js';

/** A race to simulate; everything but the seed has a default. */
export interface RaceOptions {
  readonly seed: number;
  /** Default 16. */
  readonly claimants?: number;
  /** `daemon`: this package's decision code. `original`: cron each minute and a random wait of 1 to 45 s. */
  readonly rule?: 'daemon' | 'original';
  /** Whether daemons know each other. Default true. */
  readonly knowsPeers?: boolean;
  /** Clocks differ from the true time by up to so much. Default 10. */
  readonly skewMs?: number;
  readonly api?: Partial<ApiModel>;
  /** Random wait of daemons that do not know each other; default the daemon's own. */
  readonly jitter?: { readonly leastMs: number; readonly mostMs: number };
  /** Default 5,000. */
  readonly intervalMs?: number;
}

/** How a race went. Times are from the moment at which the API's own state is `blackhole`. */
export interface RaceResult {
  /** Until the first effective write; undefined when nobody claimed within the time simulated. */
  readonly healedAfterMs: number | undefined;
  /** ReplaceRoute calls, all claimants together. */
  readonly replaceCalls: number;
  /** The interfaces that believed to be the owner at the end; one when all went well. */
  readonly believers: number;
  /** Whether the route led to a claimant at the end. */
  readonly isHealed: boolean;
  /** From the first to the last effective write. */
  readonly unsettledMs: number;
  /** Mean calls per minute and claimant while everything was well. */
  readonly idleCallsPerMinute: number;
}

/** The assumptions about the API that the defaults make. */
export const defaultApiModel: ApiModel = { latencyMs: 80, slowShare: 0.01, meanLagMs: 100, mostLagMs: 2_000 };

/**
 * Simulates one failure with many claimants: the very code that daemons run, with a clock and an API of the
 * simulation's own. The same seed gives the same race.
 */
export async function simulateRace(options: RaceOptions): Promise<RaceResult> {
  const random = seededRandom(options.seed);
  const time = createVirtualTime(Date.UTC(2026, 0, 1));
  const ids = Array.from(
    { length: options.claimants ?? 16 },
    (_, index) => `eni-${(index + 1).toString(16).padStart(8, '0')}`,
  );
  const vpc = new SimulatedVpc(time, { ...defaultApiModel, ...options.api }, random, ids);
  const stop: AbortController[] = [];
  const believers = new Map<string, string | undefined>();
  const isOriginal = options.rule === 'original';
  const running = ids.map((id) =>
    isOriginal
      ? cron(id, vpc, time, random, controllerOf(stop).signal)
      : daemon(id, { options, vpc, time, random, stop: controllerOf(stop), believers }),
  );

  const startMs = time.nowMs;
  const warmUpMs = isOriginal ? 60_000 + random() * 60_000 : 30_000 + random() * 30_000;
  await time.runUntil(startMs + warmUpMs / 2);
  const before = total(vpc);
  await time.runUntil(startMs + warmUpMs);
  const idleCallsPerMinute = ((total(vpc) - before) / ids.length / (warmUpMs / 2)) * 60_000;
  const failedAtMs = time.nowMs;
  vpc.fail();
  await time.runUntil(failedAtMs + 180_000, () => vpc.writes.length > 0);
  // Long enough for everybody to have looked, and to have written if they would.
  await time.runUntil(time.nowMs + (isOriginal ? 110_000 : 30_000));
  const first = vpc.writes[0];
  const owner = vpc.current.target.id;
  const result: RaceResult = {
    healedAfterMs: first && first.atMs - failedAtMs,
    replaceCalls: [...vpc.calls]
      .filter(([key]) => key.endsWith(' ReplaceRoute'))
      .reduce((sum, [, count]) => sum + count, 0),
    believers: isOriginal ? 1 : [...believers].filter(([id, seen]) => id === seen).length,
    isHealed: owner !== OWNER && ids.includes(owner),
    unsettledMs: first ? vpc.writes.at(-1)!.atMs - first.atMs : 0,
    idleCallsPerMinute,
  };
  for (const controller of stop) controller.abort(new Error('over'));
  await time.runUntil(time.nowMs + 10_000);
  await Promise.all(running);
  return result;
}

/** A controller of each claimant's own: one signal with hundreds of listeners is slow. */
function controllerOf(all: AbortController[]): AbortController {
  const controller = new AbortController();
  all.push(controller);
  return controller;
}

interface Race {
  readonly options: RaceOptions;
  readonly vpc: SimulatedVpc;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly stop: AbortController;
  readonly believers: Map<string, string | undefined>;
}

async function daemon(id: string, { options, vpc, time, random, stop, believers }: Race): Promise<void> {
  const skewMs = (random() * 2 - 1) * (options.skewMs ?? 10);
  const clock = time.clock(skewMs);
  const config = watchConfig({
    interfaceId: id,
    routeTables: [TABLE],
    ...(options.jitter ? { jitter: options.jitter } : {}),
    ...(options.intervalMs === undefined ? {} : { intervalMs: options.intervalMs }),
  });
  const monitor = createMonitor({
    api: vpc.api(id),
    config,
    clock,
    random,
    peerSource: options.knowsPeers === false ? { kind: 'none' } : { kind: 'auto' },
    onEvent: (event) => {
      if (event.kind === 'decision') believers.set(id, event.decision.target?.id);
    },
  });
  const { signal } = stop;
  const startAfterMs = random() * 15_000;
  try {
    await time.sleep(startAfterMs, signal);
  } catch {
    return;
  }
  await runDaemon(monitor, {}, signal);
}

/** The original from cron: each minute, a look, and where the route is a black hole a wait, a look and a write. */
async function cron(
  id: string,
  vpc: SimulatedVpc,
  time: VirtualTime,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const api = vpc.api(id);
  const isDead = async (): Promise<boolean> => {
    const [table] = await api.describeTables({ kind: 'ids', ids: [TABLE] });
    return table?.routes[0]?.state !== 'active';
  };
  try {
    for (;;) {
      await time.sleep(60_000 - (time.nowMs % 60_000), signal);
      // Runs overlap where the wait goes beyond the minute, as cron's do; starting takes a moment.
      void (async () => {
        await time.sleep(200 + random() * 800);
        if (!(await isDead())) return;
        await time.sleep((1 + Math.floor(random() * 45)) * 1_000);
        if (!(await isDead())) return;
        await api.replaceRoute({
          tableId: TABLE,
          destination: { kind: 'ipv4', value: '0.0.0.0/0' },
          to: { kind: 'interface', id },
          isDryRun: false,
        });
      })().catch(() => undefined);
    }
  } catch {
    return;
  }
}

function total(vpc: SimulatedVpc): number {
  return [...vpc.calls.values()].reduce((sum, count) => sum + count, 0);
}
