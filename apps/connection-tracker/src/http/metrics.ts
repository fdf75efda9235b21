import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Store } from '../store/index.js';

export interface HttpMetrics {
  /** A request that was answered; `route` as declared, never as asked for. */
  observe(route: string, status: number, seconds: number): void;
  readonly contentType: string;
  text(): Promise<string>;
  /** In the form of the original's `/metrics`. */
  json(): Promise<Record<string, unknown>>;
}

/** Metrics of the server and the shards in a registry that other parts add theirs to. */
export function createHttpMetrics(registry: Registry, store: Store, now: () => number): HttpMetrics {
  const requests = new Counter({
    name: 'connection_tracker_http_requests_total',
    help: 'Requests answered',
    labelNames: ['route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'connection_tracker_http_request_duration_seconds',
    help: 'From the request to the end of its answer',
    labelNames: ['route'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [registry],
  });
  const lag = new Gauge({
    name: 'connection_tracker_shard_lag_seconds',
    help: 'Since the time up to which a shard has been read',
    labelNames: ['account', 'region'],
    registers: [registry],
  });
  const refresh = async (): Promise<void> => {
    const statuses = await store.shards().catch(() => []);
    lag.reset();
    for (const { shard, checkpoint } of statuses) {
      if (checkpoint === undefined) continue;
      lag.set(
        { account: shard.accountId, region: shard.region },
        Math.max(0, (now() - checkpoint.readUntilMs) / 1_000),
      );
    }
  };
  return {
    contentType: registry.contentType,
    observe: (route, status, seconds) => {
      requests.inc({ route, status: String(status) });
      durations.observe({ route }, seconds);
    },
    text: async () => {
      await refresh();
      return await registry.metrics();
    },
    json: async () => {
      await refresh();
      return dropwizard(await registry.getMetricsAsJSON());
    },
  };
}

interface Exported {
  readonly name: string;
  readonly type: unknown;
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, unknown>>;
    readonly value: number;
  }[];
}

function dropwizard(metrics: readonly unknown[]): Record<string, unknown> {
  const counters: Record<string, unknown> = {};
  const gauges: Record<string, unknown> = {};
  const histograms: Record<string, Record<string, number>> = {};
  for (const { name, type, values } of metrics as readonly Exported[]) {
    for (const { metricName, labels, value } of values) {
      const { le, quantile, ...rest } = labels;
      const key = [name, ...Object.values(rest).map(String)].join('.');
      if (type === 'counter') counters[key] = { count: value };
      else if (type === 'gauge') gauges[key] = { value };
      else if (metricName?.endsWith('_count') === true) (histograms[key] ??= {})['count'] = value;
      else if (metricName?.endsWith('_sum') === true) (histograms[key] ??= {})['sum'] = value;
      else (histograms[key] ??= {})[`${le === undefined ? 'p' : 'le_'}${String(le ?? quantile)}`] = value;
    }
  }
  return { version: '1.0', counters, gauges, histograms, meters: {}, timers: {} };
}
