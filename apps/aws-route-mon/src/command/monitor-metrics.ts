import { type Metrics, addProcessMetrics, createMetrics } from '@net/cli';
import { isRouteAction } from '../decide/action.js';
import type { Decision } from '../decide/decide-route.js';
import type { OnEvent } from '../monitor/events.js';

/** Counts what a monitor tells. */
export interface MonitorMetrics {
  readonly metrics: Metrics;
  readonly onEvent: OnEvent;
  /** Whether passes finish as they should; the detail is what `/healthz` shows. */
  health(nowMs: number): { readonly ok: boolean; readonly [detail: string]: unknown };
}

/**
 * @param apiCalls calls so far by operation
 * @param staleMs no finished pass for so long is not healthy
 */
export function createMonitorMetrics(
  apiCalls: () => Readonly<Record<string, number>>,
  staleMs: number,
  startedAtMs: number,
): MonitorMetrics {
  const metrics = createMetrics();
  addProcessMetrics(metrics);
  let decisions: readonly Decision[] = [];
  let lastPassAtMs: number | undefined;
  let lastFailure: string | undefined;
  const passes = metrics.counter({
    name: 'aws_route_mon_passes_total',
    help: 'Passes by result',
  });
  const seconds = metrics.histogram({
    name: 'aws_route_mon_pass_duration_seconds',
    help: 'Time of finished passes, writes and read-backs included',
  });
  const outcomes = metrics.counter({
    name: 'aws_route_mon_actions_total',
    help: 'Actions by kind, cause and how they ended',
  });
  const gaps = metrics.counter({
    name: 'aws_route_mon_gaps_total',
    help: 'Things that could not be read and without which it went on',
  });
  metrics.collected({
    name: 'aws_route_mon_routes',
    help: 'Watched routes by the verdict of the last pass',
    type: 'gauge',
    collect: () => {
      const counts = new Map<string, number>();
      for (const { verdict } of decisions) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      return [...counts].map(([verdict, value]) => ({ labels: { verdict }, value }));
    },
  });
  metrics.collected({
    name: 'aws_route_mon_last_pass_timestamp_seconds',
    help: 'End of the last finished pass; 0 before the first',
    type: 'gauge',
    collect: () => (lastPassAtMs ?? 0) / 1000,
  });
  metrics.collected({
    name: 'aws_route_mon_api_calls_total',
    help: 'EC2 API calls by operation, pages and retries not counted',
    type: 'counter',
    collect: () => Object.entries(apiCalls()).map(([operation, value]) => ({ labels: { operation }, value })),
  });
  return {
    metrics,
    onEvent: (event) => {
      if (event.kind === 'pass') {
        passes.inc({ result: 'ok' });
        seconds.observe(event.durationMs / 1000);
        ({ decisions } = event.plan);
        lastPassAtMs = event.atMs;
        lastFailure = undefined;
      } else if (event.kind === 'failed-pass') {
        passes.inc({ result: 'failed' });
        lastFailure = event.error instanceof Error ? event.error.message : String(event.error);
      } else if (event.kind === 'outcome') {
        const { action, status } = event.outcome;
        const because = isRouteAction(action) ? action.because : 'claim';
        outcomes.inc({ kind: action.kind, because, status });
      } else if (event.kind === 'gap') gaps.inc({ what: event.what });
    },
    health: (nowMs) => {
      const sinceMs = nowMs - (lastPassAtMs ?? startedAtMs);
      const brokenRoutes = decisions.filter(
        ({ verdict }) => verdict === 'not-ready' || verdict === 'ours-broken',
      );
      return {
        ok: sinceMs <= staleMs,
        lastPassSecondsAgo: lastPassAtMs === undefined ? undefined : Math.round(sinceMs / 100) / 10,
        routes: decisions.length,
        unhealed: brokenRoutes.length,
        lastFailure,
      };
    },
  };
}
