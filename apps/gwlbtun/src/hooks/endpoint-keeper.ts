import type { SectionLog } from '../logs/section-log.js';
import type { HookCommand } from './hook-command.js';
import { type HookEvent, type HookOutcome, runHook } from './run-hook.js';
import { endpointNames } from '@net/geneve';
import type { EngineEvent } from '@net/geneve-native';

/** What the keeper asks of the data plane. */
export interface EndpointControl {
  endpointReady(eniId: bigint): boolean;
  removeEndpoint(eniId: bigint): boolean;
}

export interface KeeperOptions {
  readonly createHook: HookCommand | undefined;
  readonly destroyHook: HookCommand | undefined;
  readonly hookTimeoutMs: number;
  /** Packets of an endpoint only flow after its CREATE hook succeeded; a failed one is tried again. */
  readonly requireHook: boolean;
  readonly log: SectionLog;
  readonly monotonicMs: () => number;
  /** First pause before a failed CREATE hook is tried again; doubled each time, up to a minute. */
  readonly retryMs?: number;
}

/** Numbers about hooks since the start. */
export interface HookCounts {
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly notStarted: number;
  readonly running: number;
  /** Seconds that hooks took, summed. */
  readonly seconds: number;
}

/** An endpoint as the keeper knows it. */
export interface KeptEndpoint {
  readonly eniId: bigint;
  readonly createdMs: number;
  /** `creating` until the CREATE hook is done. */
  readonly phase: 'creating' | 'ready' | 'destroying';
  readonly lastHook: HookOutcome | undefined;
}

interface Entry {
  readonly eniId: bigint;
  readonly createdMs: number;
  phase: KeptEndpoint['phase'];
  lastHook: HookOutcome | undefined;
  /** Ends the CREATE hook or the pause before its next try. */
  readonly creation: AbortController;
  created: Promise<void>;
  destroyed: Promise<void> | undefined;
}

const LONGEST_RETRY_MS = 60_000;
/** Hooks that run at one time; a burst of new endpoints must not become a burst of processes. */
const MOST_HOOKS_AT_ONCE = 8;

/**
 * Runs the hooks of endpoints, in order for each endpoint and never in a packet thread: CREATE after its interfaces are
 * there, DESTROY while they still are. The data plane goes on whatever a hook does.
 */
export class EndpointKeeper {
  readonly #control: EndpointControl;
  readonly #options: KeeperOptions;
  readonly #entries = new Map<bigint, Entry>();
  readonly #waiting: (() => void)[] = [];
  readonly #counts: Record<HookEvent, { -readonly [K in keyof HookCounts]: number }> = {
    CREATE: emptyCounts(),
    DESTROY: emptyCounts(),
  };
  #running = 0;
  #stopping = false;

  constructor(control: EndpointControl, options: KeeperOptions) {
    this.#control = control;
    this.#options = options;
  }

  /** Takes an event of the data plane; events that do not concern endpoints are ignored. */
  handle(event: EngineEvent): void {
    switch (event.type) {
      case 'endpoint-created':
        if (event.adopted === true) this.#adopt(event.eniId);
        else this.#create(event.eniId);
        return;
      case 'endpoint-idle':
        this.#say('important', event.eniId, `has been idle for ${Math.round(event.idleSeconds)} s`);
        void this.#destroy(event.eniId);
        return;
      case 'tun-lost':
        this.#say('critical', event.eniId, `lost its interface ${event.device}; it is removed and made anew`);
        void this.#destroy(event.eniId);
        return;
      case 'endpoint-removed':
        this.#entries.delete(event.eniId);
        return;
      default:
        return;
    }
  }

  get endpoints(): KeptEndpoint[] {
    return [...this.#entries.values()].map(({ eniId, createdMs, phase, lastHook }) => ({
      eniId,
      createdMs,
      phase,
      lastHook,
    }));
  }

  counts(event: HookEvent): HookCounts {
    return { ...this.#counts[event] };
  }

  /**
   * Runs the DESTROY hook of every endpoint, together, and waits for them; with `handsOver` only of those that are not
   * ready, since the next process takes the others over as they are. Nothing is created afterwards.
   */
  async stop(handsOver = false): Promise<void> {
    this.#stopping = true;
    const leaving = [...this.#entries.values()].filter(({ phase }) => !handsOver || phase !== 'ready');
    await Promise.all(leaving.map(({ eniId }) => this.#destroy(eniId)));
  }

  /** The process before this one ran the CREATE hook; its interfaces are as it left them. */
  #adopt(eniId: bigint): void {
    this.#say('important', eniId, 'was taken over with its interfaces; its hook does not run again');
    this.#entries.set(eniId, {
      eniId,
      createdMs: this.#options.monotonicMs(),
      phase: 'ready',
      lastHook: undefined,
      creation: new AbortController(),
      created: Promise.resolve(),
      destroyed: undefined,
    });
  }

  #create(eniId: bigint): void {
    if (this.#stopping) return;
    const names = endpointNames(eniId);
    this.#options.log(
      'core',
      'important',
      `New interface ${names.ingress} and ${names.egress} for ENI ID ${names.hex17} created.`,
      { event: 'endpoint.created', eni: names.hex17, in: names.ingress, out: names.egress },
    );
    const previous = this.#entries.get(eniId)?.destroyed;
    const entry: Entry = {
      eniId,
      createdMs: this.#options.monotonicMs(),
      phase: 'creating',
      lastHook: undefined,
      creation: new AbortController(),
      created: Promise.resolve(),
      destroyed: undefined,
    };
    this.#entries.set(eniId, entry);
    entry.created = this.#runCreation(entry, previous);
  }

  async #runCreation(entry: Entry, previous: Promise<void> | undefined): Promise<void> {
    await previous;
    const { signal } = entry.creation;
    const isOver = (): boolean => signal.aborted;
    let pauseMs = this.#options.retryMs ?? 5_000;
    while (!isOver()) {
      const outcome = await this.#run('CREATE', entry, signal);
      if (isOver()) return;
      if (outcome === undefined || outcome.succeeded || !this.#options.requireHook) {
        entry.phase = 'ready';
        this.#control.endpointReady(entry.eniId);
        return;
      }
      this.#say(
        'critical',
        entry.eniId,
        `gets no packets: its hook failed and --require-hook is set; next try in ${Math.round(pauseMs / 1000)} s`,
      );
      await pause(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_RETRY_MS);
    }
  }

  #destroy(eniId: bigint): Promise<void> {
    const entry = this.#entries.get(eniId);
    if (!entry) return Promise.resolve();
    entry.destroyed ??= this.#runDestruction(entry);
    return entry.destroyed;
  }

  async #runDestruction(entry: Entry): Promise<void> {
    entry.creation.abort();
    await entry.created;
    entry.phase = 'destroying';
    const names = endpointNames(entry.eniId);
    this.#options.log(
      'core',
      'important',
      `Removing interface ${names.ingress} and ${names.egress} for ENI ID ${names.hex17}.`,
      { event: 'endpoint.removing', eni: names.hex17, in: names.ingress, out: names.egress },
    );
    await this.#run('DESTROY', entry, undefined);
    this.#control.removeEndpoint(entry.eniId);
  }

  /** Runs the hook of an event, if there is one, when a place is free. */
  async #run(
    event: HookEvent,
    entry: Entry,
    signal: AbortSignal | undefined,
  ): Promise<HookOutcome | undefined> {
    const command = event === 'CREATE' ? this.#options.createHook : this.#options.destroyHook;
    if (!command) return undefined;
    await this.#takePlace();
    const counts = this.#counts[event];
    counts.started++;
    counts.running++;
    try {
      const outcome = await runHook({
        command,
        event,
        names: endpointNames(entry.eniId),
        timeoutMs: this.#options.hookTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      entry.lastHook = outcome;
      this.#report(outcome, entry.eniId);
      return outcome;
    } finally {
      counts.running--;
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  #report(outcome: HookOutcome, eniId: bigint): void {
    const counts = this.#counts[outcome.event];
    counts.seconds += outcome.durationMs / 1000;
    if (outcome.succeeded) counts.succeeded++;
    else if (outcome.ending === 'timeout') counts.timedOut++;
    else if (outcome.ending === 'not-started') counts.notStarted++;
    else counts.failed++;
    const fields = {
      event: 'hook.ended',
      eni: endpointNames(eniId).hex17,
      ending: outcome.ending,
      seconds: Math.round(outcome.durationMs) / 1000,
    };
    this.#options.log('core', outcome.succeeded ? 'info' : 'critical', outcome.summary, fields);
    for (const line of outcome.output.split('\n').filter((text) => text.trim() !== ''))
      this.#options.log('core', outcome.succeeded ? 'info' : 'important', `hook: ${line}`, {
        ...fields,
        event: 'hook.output',
      });
  }

  async #takePlace(): Promise<void> {
    while (this.#running >= MOST_HOOKS_AT_ONCE)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }

  #say(level: 'critical' | 'important', eniId: bigint, what: string): void {
    const { hex17 } = endpointNames(eniId);
    this.#options.log('core', level, `Endpoint ${hex17} ${what}.`, { event: 'endpoint.trouble', eni: hex17 });
  }
}

function emptyCounts(): { -readonly [K in keyof HookCounts]: number } {
  return { started: 0, succeeded: 0, failed: 0, timedOut: 0, notStarted: 0, running: 0, seconds: 0 };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
