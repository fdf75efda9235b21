import { CapturePump } from './capture/capture-pump.js';
import { PcapFiles } from './capture/pcap-files.js';
import type { HandlerConfig, HealthConfig } from './config.js';
import { toHtml, toJson, toOriginalJson } from './health/forms.js';
import { toMetrics } from './health/metrics.js';
import { type HealthReport, makeReport, type TimedOut } from './health/report.js';
import { type HealthAnswer, type HealthServer, startHealthServer } from './health/server.js';
import { DropRate, judgeHealth, overloadDrops } from './health/verdict.js';
import { EndpointKeeper, type KeptEndpoint } from './hooks/endpoint-keeper.js';
import type { SectionLog } from './logs/section-log.js';
import { VERSION } from './version.js';
import {
  type EngineConfig,
  type EngineEvent,
  type EngineStatistics,
  startEngine,
  type Tunnel,
} from '@net/geneve-native';

export interface HandlerSurroundings {
  readonly log: SectionLog;
  /** Milliseconds of CLOCK_MONOTONIC, the engine's clock. */
  readonly monotonicMs?: () => number;
  /** Sees every event of the data plane, after the handler has. */
  readonly onEvent?: (event: EngineEvent) => void;
}

/**
 * Starts a tunnel handler: data plane, hooks, health port, capture. Whatever can fail fails here, before the first
 * packet, and leaves nothing behind.
 *
 * @throws NativeError, NativeUnavailableError when the data plane cannot start; HandlerError for the rest.
 */
export async function startHandler(
  config: HandlerConfig,
  surroundings: HandlerSurroundings,
): Promise<TunnelHandler> {
  const handler = new TunnelHandler(config, surroundings);
  try {
    await handler.open();
  } catch (error) {
    await handler.stop();
    throw error;
  }
  return handler;
}

/** A running tunnel handler. Made by `startHandler`; ends with `stop`. */
export class TunnelHandler {
  readonly #config: HandlerConfig;
  readonly #log: SectionLog;
  readonly #monotonicMs: () => number;
  readonly #startedMs: number;
  readonly #tunnel: Tunnel;
  readonly #keeper: EndpointKeeper;
  readonly #dropRate = new DropRate();
  readonly #servers: HealthServer[] = [];
  readonly #watch: NodeJS.Timeout;
  #timedOutBefore = new Map<bigint, TimedOut>();
  #dropsPerSecond = 0;
  #pump: CapturePump | undefined;
  #healthPort: number | undefined;
  #metricsPort: number | undefined;
  #stopping: Promise<void> | undefined;

  constructor(config: HandlerConfig, surroundings: HandlerSurroundings) {
    this.#config = config;
    this.#log = surroundings.log;
    this.#monotonicMs = surroundings.monotonicMs ?? (() => Number(process.hrtime.bigint() / 1_000_000n));
    this.#startedMs = this.#monotonicMs();
    // Events arrive by the event loop, so the first one comes after this constructor.
    this.#tunnel = startEngine(engineConfig(config), (event) => {
      this.#keeper.handle(event);
      tell(event, this.#log);
      surroundings.onEvent?.(event);
    });
    this.#keeper = new EndpointKeeper(this.#tunnel, {
      createHook: config.createHook,
      destroyHook: config.destroyHook,
      hookTimeoutMs: config.hookTimeoutMs,
      requireHook: config.requireHook,
      log: this.#log,
      monotonicMs: this.#monotonicMs,
    });
    this.#watch = setInterval(() => this.#noteDrops(), 1_000);
    this.#watch.unref();
  }

  /** Opens ports and files; called once by `startHandler`. */
  async open(): Promise<void> {
    const { health, metrics, capture } = this.#config;
    if (health) {
      const server = await startHealthServer(
        health,
        this.#answers(() => this.#reportAnswer(health), health.format !== 'simple'),
      );
      this.#servers.push(server);
      this.#healthPort = server.port;
    }
    if (metrics) {
      const server = await startHealthServer(
        metrics,
        this.#answers(() => this.#healthzAnswer(), true),
      );
      this.#servers.push(server);
      this.#metricsPort = server.port;
    }
    if (capture) {
      const pcap = capture.pcap
        ? await PcapFiles.open({ ...capture.pcap, snapLength: capture.snapBytes + 28 })
        : undefined;
      this.#pump = new CapturePump(this.#tunnel, {
        config: { points: capture.points, sampleEvery: capture.sampleEvery, snapBytes: capture.snapBytes },
        pcap,
        hex: capture.hex,
        log: this.#log,
      });
    }
  }

  /** The port that the health check is served on, when there is one. */
  get healthPort(): number | undefined {
    return this.#healthPort;
  }

  get metricsPort(): number | undefined {
    return this.#metricsPort;
  }

  /** A snapshot of the data plane's counters. */
  statistics(): EngineStatistics {
    return this.#tunnel.stats();
  }

  /** The endpoints and what their hooks did. */
  endpoints(): KeptEndpoint[] {
    return this.#keeper.endpoints;
  }

  /** What the health port tells. */
  report(): HealthReport {
    const statistics = this.#tunnel.stats();
    const limit = this.#config.health?.unhealthyDropsPerSecond ?? 0;
    const judged = judgeHealth(statistics, this.#dropsPerSecond, limit);
    return makeReport({
      statistics,
      // A load balancer that asks during the end should send its next flows elsewhere.
      verdict: this.#stopping
        ? { healthy: false, reasons: ['it is shutting down', ...judged.reasons] }
        : judged,
      endpoints: this.#keeper.endpoints,
      startedMs: this.#startedMs,
      timedOutBefore: this.#timedOutBefore,
    });
  }

  /** The page that `/metrics` serves. */
  metrics(): string {
    return toMetrics(this.report(), {
      version: VERSION,
      hooks: { CREATE: this.#keeper.counts('CREATE'), DESTROY: this.#keeper.counts('DESTROY') },
      capture: this.#pump?.counts,
    });
  }

  /** Returns nothing from now on, or returns again. */
  setDecapOnly(on: boolean): void {
    this.#tunnel.setDecapOnly(on);
    this.#log('core', 'important', on ? 'Packets are delivered and not returned.' : 'Packets are returned.');
  }

  /**
   * Ends in order (handing over, ready endpoints keep their interfaces and get no DESTROY hook), answering health checks with 503 meanwhile: DESTROY hooks while the interfaces are still there, then what is on its way is returned, then the
   * interfaces, ports and files are closed. Safe to call again: the same promise.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    const handsOver = this.#config.handOver === true && this.#tunnel.stats().features.kernelPath;
    await this.#keeper.stop(handsOver);
    await this.#pump?.stop();
    await this.#tunnel.stop(this.#config.drainMs);
    clearInterval(this.#watch);
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  #noteDrops(): void {
    const statistics = this.#tunnel.stats();
    this.#dropsPerSecond = this.#dropRate.note(overloadDrops(statistics), statistics.nowMs);
  }

  #answers(report: () => HealthAnswer, withMetrics: boolean): Parameters<typeof startHealthServer>[1] {
    return {
      report: () => {
        this.#log('healthcheck', 'debug', 'Processing a health check client');
        return report();
      },
      healthz: () => this.#healthzAnswer(),
      metrics: () =>
        withMetrics
          ? { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: this.metrics() }
          : undefined,
      failed: (error) =>
        this.#log('healthcheck', 'critical', `The health check could not be answered: ${String(error)}`),
    };
  }

  #reportAnswer(health: HealthConfig): HealthAnswer {
    const report = this.report();
    this.#timedOutBefore = new Map(
      report.statistics.endpoints.map(({ eniId, flows4, flows6 }) => [
        eniId,
        { ipv4: flows4.timedOut, ipv6: flows6.timedOut },
      ]),
    );
    const status = report.verdict.healthy ? 200 : 503;
    switch (health.format) {
      case 'simple':
        return { status, contentType: 'text/html', body: '' };
      case 'text':
        return { status, contentType: 'text/html', body: toHtml(report) };
      case 'json':
        return { status, contentType: 'application/json', body: toJson(report) };
      case 'original':
        return { status, contentType: 'application/json', body: toOriginalJson(report) };
    }
  }

  #healthzAnswer(): HealthAnswer {
    const { verdict } = this.report();
    const body = verdict.healthy ? 'ok\n' : `${verdict.reasons.join('\n')}\n`;
    return { status: verdict.healthy ? 200 : 503, contentType: 'text/plain; charset=utf-8', body };
  }
}

function engineConfig(config: HandlerConfig): EngineConfig {
  const { createHook, requireHook } = config;
  // Without a CREATE hook nothing happens between creation and readiness.
  const policy = createHook && (requireHook || config.whileHook === 'queue') ? 'queue' : 'pass';
  return {
    port: config.port,
    listenAddress: config.listenAddress,
    sharePort: config.sharePort,
    lanes: config.lanes,
    maxFlows: config.maxFlows,
    flowIdleSeconds: config.flowIdleSeconds,
    maxEndpoints: config.maxEndpoints,
    createPerSecond: config.createPerSecond,
    endpoints: config.endpoints,
    endpointIdleSeconds: config.endpointIdleSeconds,
    allowFrom: config.allowFrom,
    offload: config.offload,
    decapOnly: config.decapOnly,
    mtu: config.mtu,
    pending: { policy, packets: 256 },
    outerChecksum: config.outerChecksum,
    returnPath: config.returnPath,
    keepDscp: config.keepDscp,
    datapath: config.datapath,
    kernelFlows: config.kernelFlows,
    ...(config.kernelState === undefined ? {} : { kernelState: config.kernelState }),
    handOver: config.handOver ?? false,
    receiveBufferBytes: config.receiveBufferBytes,
  };
}

function tell(event: EngineEvent, log: SectionLog): void {
  switch (event.type) {
    case 'log':
      log(event.section, event.level, event.message);
      return;
    case 'endpoint-refused':
      log('core', 'important', event.message, {
        event: 'endpoint.refused',
        eni: event.eniId.toString(16).padStart(17, '0'),
        reason: event.reason,
      });
      return;
    case 'lane-stuck':
      log('core', 'critical', `Data-plane thread ${event.lane} has not turned for ${event.seconds} s.`, {
        event: 'thread.stuck',
        thread: event.lane,
      });
      return;
    case 'lane-recovered':
      log('core', 'important', `Data-plane thread ${event.lane} turns again.`, {
        event: 'thread.recovered',
        thread: event.lane,
      });
      return;
    default:
      return;
  }
}
