import {
  type Command,
  createServiceNotifier,
  defineCommand,
  option,
  type Observability,
  serveObservability,
} from '@net/cli';
import type { OnEvent } from '../monitor/events.js';
import { logEvents } from './log-events.js';
import { createMonitorMetrics } from './monitor-metrics.js';
import type { OpenMonitor } from './open-monitor.js';
import { watchOptions } from './options.js';
import { printOptions } from './print-options.js';
import { printed } from './printed.js';
import { toUserError } from './to-user-error.js';

const SERVICE = 'Service';

/** Watches until it is stopped. */
export const daemonCommand: Command = defineCommand({
  name: 'daemon',
  summary: 'Watch until stopped; hand routes over at the end when there is a fallback',
  options: {
    ...watchOptions,
    suspiciousInterval: option.duration({
      describe: 'Time between polls while something is suspicious',
      default: 1_000,
      min: 50,
      max: 60_000,
      group: SERVICE,
    }),
    notices: option.flag({
      describe: 'Leave before a Spot interruption or an Auto Scaling termination',
      default: true,
      group: SERVICE,
    }),
    metricsPort: option.integer({
      describe: 'Serve /metrics and /healthz on this TCP port; 0: a free one',
      min: 0,
      max: 65_535,
      group: SERVICE,
    }),
    metricsAddress: option.string({
      describe: 'Address of that port',
      placeholder: 'ADDRESS',
      default: '127.0.0.1',
      group: SERVICE,
    }),
    ...printOptions,
  },
  examples: [
    {
      command: 'aws-route-mon daemon -r rtb-1234abcd --fix-source-dest-check --metrics-port 9101',
      does: 'heals within seconds, tells Prometheus',
    },
    {
      command: 'aws-route-mon daemon --print-systemd-unit > /etc/systemd/system/aws-route-mon.service',
      does: 'options are then read from /etc/aws-route-mon/environment',
    },
  ],
  handler: async (context) => {
    const { options, env, signal, log } = context;
    const text = printed(options);
    if (text !== undefined) {
      context.out.text(text);
      return 0;
    }
    // What --help does not need is loaded here.
    const [{ systemClock }, { imdsDepartures }, { openMonitor }, { runDaemon }] = await Promise.all([
      import('@net/aws-core'),
      import('./departures.js'),
      import('./open-monitor.js'),
      import('../monitor/daemon.js'),
    ]);
    let open: OpenMonitor | undefined;
    let served: Observability | undefined;
    const staleMs = Math.max(60_000, 3 * options.interval);
    const metrics = createMonitorMetrics(() => open?.api.counts() ?? {}, staleMs, Date.now());
    const tell = logEvents(log);
    const onEvent: OnEvent = (event) => {
      metrics.onEvent(event);
      tell(event);
    };
    const notifier = createServiceNotifier(env);
    const departures = options.notices ? imdsDepartures(env, systemClock, onEvent) : undefined;
    try {
      open = await openMonitor(options, { mode: 'daemon', env, signal, onEvent });
      if (options.metricsPort !== undefined) {
        served = await serveObservability({
          port: options.metricsPort,
          host: options.metricsAddress,
          health: () => metrics.health(Date.now()),
          metrics: metrics.metrics,
        });
        log.info(
          'monitor.serving',
          `serves /metrics and /healthz on ${options.metricsAddress}:${served.port}`,
        );
      }
      log.info('monitor.started', `watches routes for ${open.monitor.config.interfaceId}`, {
        interface: open.monitor.config.interfaceId,
        region: open.session.region,
      });
      notifier.watch(() => metrics.health(Date.now()).ok, signal);
      let isReady = false;
      await runDaemon(
        open.monitor,
        {
          suspiciousMs: options.suspiciousInterval,
          onEvent,
          onPass: () => {
            if (isReady) return;
            isReady = true;
            void notifier.ready('watching');
          },
          ...(departures ? { departures } : {}),
        },
        signal,
      );
      await notifier.stopping();
      log.info('monitor.stopped', 'stopped');
      return 0;
    } catch (error) {
      throw toUserError(error);
    } finally {
      departures?.close();
      await served?.close();
      open?.close();
    }
  },
});
