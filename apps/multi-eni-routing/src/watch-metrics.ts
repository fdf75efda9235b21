import { createMetrics, type Health, type Metrics } from '@net/cli';

import type { WatchReport } from './watch-host.js';

/** What a watching process shows on /healthz and /metrics. */
export interface WatchMetrics {
  readonly metrics: Metrics;
  readonly health: () => Health;
  observe(report: WatchReport): void;
}

/** Metrics of a watch. Healthy means: the last pass succeeded. */
export function createWatchMetrics(): WatchMetrics {
  const metrics = createMetrics();
  const passes = metrics.counter({ name: 'multi_eni_routing_passes_total', help: 'Passes by outcome' });
  const changes = metrics.counter({
    name: 'multi_eni_routing_changes_total',
    help: 'Routes, rules and tables changed',
  });
  const interfaces = metrics.gauge({ name: 'multi_eni_routing_interfaces', help: 'Managed interfaces' });
  const held = metrics.gauge({
    name: 'multi_eni_routing_held_removals',
    help: 'Removals that wait for confirmation',
  });
  const seconds = metrics.histogram({ name: 'multi_eni_routing_pass_seconds', help: 'Time of a pass' });
  let last: WatchReport | undefined;
  return {
    metrics,
    health: () => ({
      ok: last?.kind === 'pass',
      ...(last?.kind === 'failed'
        ? { error: last.error instanceof Error ? last.error.message : 'unknown' }
        : {}),
    }),
    observe: (report) => {
      last = report;
      passes.inc({
        outcome: report.kind === 'failed' ? 'failed' : report.result.changed ? 'changed' : 'unchanged',
      });
      if (report.kind === 'failed') return;
      const { reading, changed } = report.result;
      if (changed)
        changes.inc({}, reading.plan.actions.length + (reading.plan.nftAction === undefined ? 0 : 1));
      interfaces.set(reading.interfaces.length);
      held.set(reading.held.length);
      seconds.observe(report.tookMs / 1000);
    },
  };
}
