import { SandboxError } from '../errors.js';
import { PrincipalStore, type PrincipalsDump } from '../iam/principals.js';
import type { Location, ServiceDefinition } from '../service/definition.js';
import type { Clock } from './clock.js';
import { ClientTokens, type ClientTokensDump } from './client-tokens.js';
import { type Random, seededRandom } from './random.js';
import { Snapshots } from './snapshots.js';
import type { Settings } from './settings.js';

/** What makes a {@link World}. */
export interface WorldOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly settings: Settings;
  readonly services: readonly ServiceDefinition[];
}

/** The whole state of a sandbox in plain JSON. */
export interface WorldDump {
  readonly format: 'net-aws-sandbox/1';
  readonly savedAtMs: number;
  readonly randomPosition: number;
  readonly settings: Settings;
  readonly principals: PrincipalsDump;
  readonly clientTokens: ClientTokensDump;
  readonly states: readonly (Location & { readonly service: string; readonly state: unknown })[];
}

/** Everything that is remembered: per service, account and region, and the principals. */
export class World {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly principals: PrincipalStore;
  readonly clientTokens: ClientTokens = new ClientTokens();
  readonly snapshots: Snapshots = new Snapshots();
  #random: Random;
  readonly #services: readonly ServiceDefinition[];
  readonly #states = new Map<
    string,
    { readonly service: string; readonly location: Location; state: object }
  >();

  constructor(options: WorldOptions) {
    this.clock = options.clock;
    this.#services = options.services;
    this.settings = structuredClone(options.settings);
    this.#random = seededRandom(options.seed);
    this.principals = new PrincipalStore({
      next: () => this.#random.next(),
      below: (bound) => this.#random.below(bound),
      hex: (digits) => this.#random.hex(digits),
      position: 0,
    });
  }

  get random(): Random {
    return this.#random;
  }

  /** An EC2-style id: the prefix and 17 hexadecimal digits, the first always 0 as AWS's are. */
  newId(prefix: string): string {
    return `${prefix}-0${this.#random.hex(16)}`;
  }

  /** The service's state at a place, made on first use and brought up to the clock's time. */
  state<State extends object>(service: ServiceDefinition<State>, location: Location): State {
    const place = placeOf(service, location);
    const key = keyOf(service.id, place);
    let entry = this.#states.get(key);
    if (!entry) {
      entry = { service: service.id, location: place, state: service.initialState(place, this) };
      this.#states.set(key, entry);
      if (this.snapshots.recording) this.snapshots.begin(key, entry.state);
    }
    const state = entry.state as State;
    service.settle?.(state, this.clock.now(), this, place);
    return state;
  }

  /** Another service's state, by the service's id. */
  stateOf(serviceId: string, location: Location): object {
    const service = this.#services.find((candidate) => candidate.id === serviceId);
    if (!service) throw new SandboxError('NET_SANDBOX_STATE', `there is no service ${serviceId}`);
    return this.state(service, location);
  }

  /** Where a service has state. */
  locations(serviceId: string): Location[] {
    return [...this.#states.values()]
      .filter((entry) => entry.service === serviceId)
      .map((entry) => entry.location);
  }

  /** To be called after each change, so that stale reads have a past to read from. */
  changed(service: ServiceDefinition, location: Location): void {
    if (!this.snapshots.recording) return;
    const place = placeOf(service, location);
    const entry = this.#states.get(keyOf(service.id, place));
    if (entry) this.snapshots.record(keyOf(service.id, place), this.clock.now(), entry.state);
  }

  /** The state as it was `lagMs` ago, settled to that time; the present one if nothing older is known. */
  staleState<State extends object>(
    service: ServiceDefinition<State>,
    location: Location,
    lagMs: number,
  ): { readonly state: State; readonly nowMs: number } {
    const nowMs = this.clock.now();
    const place = placeOf(service, location);
    const past = this.snapshots.at(keyOf(service.id, place), nowMs - lagMs) as State | undefined;
    if (!past) return { state: this.state(service, location), nowMs };
    service.settle?.(past, nowMs - lagMs, this, place);
    return { state: past, nowMs: nowMs - lagMs };
  }

  /** Starts to keep the past that stale reads need, `historyMs` deep. */
  keepHistory(historyMs: number): void {
    this.snapshots.start(historyMs);
    for (const [key, entry] of this.#states) this.snapshots.begin(key, entry.state);
  }

  dump(): WorldDump {
    return structuredClone({
      format: 'net-aws-sandbox/1',
      savedAtMs: this.clock.now(),
      randomPosition: this.#random.position,
      settings: this.settings,
      principals: this.principals.dump(),
      clientTokens: this.clientTokens.dump(),
      states: [...this.#states.values()].map(({ service, location, state }) => ({
        service,
        ...location,
        state,
      })),
    });
  }

  /** Replaces everything. Times in it stay as they were saved. */
  load(dump: WorldDump): void {
    if ((dump as { format?: unknown }).format !== 'net-aws-sandbox/1') {
      throw new SandboxError(
        'NET_SANDBOX_DUMP',
        'this is no dump of a sandbox: its format is not net-aws-sandbox/1',
      );
    }
    const unknown = dump.states.find(
      (entry) => !this.#services.some((service) => service.id === entry.service),
    );
    if (unknown)
      throw new SandboxError(
        'NET_SANDBOX_DUMP',
        `the dump has state of an unknown service: ${unknown.service}`,
      );
    const copy = structuredClone(dump);
    Object.assign(this.settings.delays, copy.settings.delays);
    Object.assign(this.settings.quotas, copy.settings.quotas);
    this.principals.load(copy.principals);
    this.clientTokens.load(copy.clientTokens);
    this.#random = seededRandom(copy.randomPosition);
    this.#states.clear();
    this.snapshots.clear();
    for (const { service, accountId, region, state } of copy.states) {
      const location = { accountId, region };
      this.#states.set(keyOf(service, location), { service, location, state: state as object });
    }
  }
}

function placeOf(service: ServiceDefinition, location: Location): Location {
  if (service.scope === 'global') return { accountId: '*', region: '*' };
  if (service.scope === 'account') return { accountId: location.accountId, region: '*' };
  return { accountId: location.accountId, region: location.region };
}

function keyOf(service: string, location: Location): string {
  return `${service}|${location.accountId}|${location.region}`;
}
