import type { AddonCaptureRecord, AddonEngine } from './addon.js';
import type { CaptureConfig, CapturePoint, EngineConfig } from './config.js';
import { NativeError, type NativeErrorCode } from './errors.js';
import type { CaptureRecord, EngineEvent } from './events.js';
import { loadNative } from './load.js';
import { checkCounterNames, readStatistics } from './read-statistics.js';
import { toAddonConfig } from './to-addon-config.js';
import { toEvent } from './to-event.js';
import type { EngineStatistics } from './statistics.js';

const capturePoints: readonly CapturePoint[] = ['outer-in', 'inner-in', 'inner-out', 'outer-out'];

/**
 * Starts the data plane on its own threads. Everything that can fail fails here, with its name.
 *
 * `onEvent` runs on the event loop; the threads neither wait for it nor need it: they go on while it is blocked.
 *
 * @throws NativeUnavailableError when there is no addon for this platform.
 * @throws NativeError `NET_NATIVE_CONFIG`, `_PRIVILEGE` (CAP_NET_ADMIN, CAP_NET_RAW), `_PORT_IN_USE`, `_ADDRESS`,
 * `_TUN`, `_SOCKET`, `_MEMORY`.
 */
export function startEngine(config: EngineConfig, onEvent: (event: EngineEvent) => void): Tunnel {
  const addon = loadNative();
  checkCounterNames(addon);
  const engine = rethrow(() => addon.start(toAddonConfig(config), (event) => onEvent(toEvent(event))));
  return new Tunnel(engine);
}

/** A running data plane. Made by `startEngine`; keeps the process alive until `stop`. */
export class Tunnel {
  readonly #engine: AddonEngine;
  #stopping: Promise<void> | undefined;

  constructor(engine: AddonEngine) {
    this.#engine = engine;
  }

  /** After the CREATE hook: waiting packets are delivered. False when there is no such endpoint. */
  endpointReady(eniId: bigint): boolean {
    return rethrow(() => this.#engine.endpointReady(eniId));
  }

  /** Closes the interfaces and forgets the flows of an endpoint; `endpoint-removed` follows. The next packet makes it anew. */
  removeEndpoint(eniId: bigint): boolean {
    return rethrow(() => this.#engine.removeEndpoint(eniId));
  }

  /** Return nothing from now on (or return again). */
  setDecapOnly(on: boolean): void {
    rethrow(() => this.#engine.setDecapOnly(on));
  }

  /** Starts, changes or (with `null`) ends the sampled capture. */
  setCapture(capture: CaptureConfig | null): void {
    const points = capture
      ? capture.points.reduce((bits, point) => bits | (1 << capturePoints.indexOf(point)), 0)
      : 0;
    rethrow(() => this.#engine.setCapture(points, capture?.sampleEvery ?? 1, capture?.snapBytes ?? 1));
  }

  /** Takes what the capture rings hold, oldest first for each lane. */
  readCapture(): CaptureRecord[] {
    return rethrow(() => this.#engine.readCapture()).map(toCaptureRecord);
  }

  /** Forgets the flows that are idle for longer than `flowIdleSeconds` now (it also happens by itself); returns their number. */
  expireFlows(): number {
    return rethrow(() => this.#engine.expireFlows());
  }

  /** A snapshot; reading it costs the data plane nothing. */
  stats(): EngineStatistics {
    return readStatistics(rethrow(() => this.#engine.stats()));
  }

  /**
   * Stops receiving, returns what still comes out of the interfaces within `drainMs`, removes the interfaces and
   * ends the threads. Safe to call again: the same promise.
   */
  stop(drainMs = 200): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      this.#engine.stop(drainMs, resolve);
    });
    return this.#stopping;
  }
}

function toCaptureRecord(record: AddonCaptureRecord): CaptureRecord {
  const { source, sourcePort, destination, destinationPort, point, ...rest } = record;
  const outer = {
    source: sourcePort === 0 ? '' : dotted(source),
    sourcePort,
    destination: sourcePort === 0 ? '' : dotted(destination),
    destinationPort,
  };
  return { ...rest, point: capturePoints[point]!, outer };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

/** Native errors come as plain Errors with `code` and `errno`; they leave as `NativeError`. */
function rethrow<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, errnoName, message } = error as { code?: string; errnoName?: string; message: string };
    if (typeof code !== 'string' || !code.startsWith('NET_NATIVE_')) throw error;
    throw new NativeError(code as NativeErrorCode, message, errnoName, { cause: error });
  }
}
