import { realpathSync } from 'node:fs';

import {
  type Command,
  createServiceNotifier,
  defineCommand,
  option,
  serveObservability,
  UsageError,
} from '@net/cli';

import { runWatchdog } from '../confirm.js';
import { EniRoutingError } from '../errors.js';
import { flush, requireRoot } from '../reconcile.js';
import { hostOf, hostOptions, optionWords } from './options.js';
import { count } from './print.js';

/** `watch`: keeps the host as wanted. */
export const watchCommand: Command = defineCommand({
  name: 'watch',
  summary: 'Apply, then follow interfaces and addresses as they come and go',
  options: {
    ...hostOptions,
    interval: option.duration({
      describe: 'Longest time between two readings',
      default: 60_000,
      min: 100,
      max: 86_400_000,
    }),
    removalReadings: option.integer({
      describe: 'Readings in a row that must agree before something is removed',
      default: 3,
      min: 1,
      max: 100,
    }),
    removalInterval: option.duration({
      describe: 'Time between these readings',
      default: 5000,
      min: 10,
      max: 600_000,
    }),
    listen: option.value({
      describe: 'Serve /healthz and /metrics there',
      placeholder: '[HOST:]PORT',
      parse: parseListen,
    }),
  },
  handler: async ({ options, log, out, signal, env }) => {
    const host = hostOf(options);
    requireRoot(host);
    const { watchHost } = await import('../watch-host.js');
    const { createWatchMetrics } = await import('../watch-metrics.js');
    const notifier = createServiceNotifier(env);
    const metrics = createWatchMetrics();
    const server =
      options.listen &&
      (await serveObservability({
        ...options.listen,
        health: metrics.health,
        metrics: metrics.metrics,
        signal,
      }));
    if (server) log.info('watch.listen', `metrics on ${server.url}/metrics`, { port: server.port });
    await watchHost(host, {
      signal,
      intervalMs: options.interval,
      removalNeeded: options.removalReadings,
      recheckMs: options.removalInterval,
      report: (report) => {
        metrics.observe(report);
        if (report.kind === 'failed') {
          const text = report.error instanceof Error ? report.error.message : String(report.error);
          log.error('watch.failed', text, { cause: report.cause });
        } else {
          const { result } = report;
          const { plan } = result.reading;
          const changes = result.changed ? plan.actions.length + (plan.nftAction === undefined ? 0 : 1) : 0;
          const fields = {
            cause: report.cause,
            changes,
            held: result.reading.held.length,
            tookMs: Math.round(report.tookMs),
          };
          if (changes > 0)
            log.info('watch.applied', `${count(changes, 'change')} after ${report.cause}`, fields);
          else log.debug('watch.unchanged', `as wanted after ${report.cause}`, fields);
          for (const note of result.reading.notes) log.debug('source.note', note);
          if (out.isJson) out.record({ event: 'pass', ...fields });
        }
        if (report.cause === 'start') void notifier.ready();
      },
    });
    await notifier.stopping();
    await server?.close();
    return 0;
  },
});

const rootOption = option.string({ describe: 'Folder that stands for /', default: '/', placeholder: 'DIR' });

/** `install`: the service. */
export const installCommand: Command = defineCommand({
  name: 'install',
  summary: 'Install and start the service: a systemd unit, or an init script where there is no systemd',
  description: 'Options about the host given here become those of the service.',
  options: {
    ...hostOptions,
    kind: option.choice({
      choices: ['auto', 'systemd', 'init'],
      describe: 'What to install',
      default: 'auto',
    }),
    networkd: option.flag({ describe: 'Tell systemd-networkd to leave the rules of others alone' }),
    start: option.flag({ describe: 'Enable and start it; --no-start only writes the files', default: true }),
    print: option.flag({ describe: 'Print the unit or script and change nothing' }),
    root: rootOption,
  },
  handler: async ({ options, out, effective }) => {
    hostOf(options);
    const service = {
      node: process.execPath,
      program: realpathSync(process.argv[1] ?? ''),
      options: optionWords(effective),
    };
    if (options.print) {
      const { initScript, systemdUnit } = await import('../service-files.js');
      out.text(options.kind === 'init' ? initScript(service) : systemdUnit(service));
      return 0;
    }
    const { install } = await import('../install.js');
    const { kind, networkd, root, start } = options;
    const done = await guarded(root, () => install({ ...service, kind, networkd, root, start }));
    out.result({ json: { schemaVersion: 1, done }, text: () => done.forEach((text) => out.line(text)) });
    return 0;
  },
});

/** `uninstall`: the service, and what is ours. */
export const uninstallCommand: Command = defineCommand({
  name: 'uninstall',
  summary: 'Stop and remove the service, then flush',
  options: {
    ...hostOptions,
    keep: option.flag({ describe: 'Leave routes and rules as they are' }),
    root: rootOption,
  },
  handler: async ({ options, out }) => {
    const host = hostOf(options);
    const { uninstall } = await import('../install.js');
    const done = [...(await guarded(options.root, () => uninstall(options.root)))];
    if (!options.keep && options.root === '/') {
      const plan = await flush(host);
      done.push(`removed ${count(plan.actions.length, 'route or rule')}`);
    }
    out.result({ json: { schemaVersion: 1, done }, text: () => done.forEach((text) => out.line(text)) });
    return 0;
  },
});

/** `import`: removes what the original left. */
export const importCommand: Command = defineCommand({
  name: 'import',
  summary: "Remove the original script's leftovers and nothing else",
  options: {
    ...hostOptions,
    dryRun: option.flag({ describe: 'Print what would be removed, change nothing', file: false }),
    root: rootOption,
  },
  handler: async ({ options, out }) => {
    const host = hostOf(options);
    const { hasLeftovers, importOriginal, planImport, readOriginal } = await import('../original.js');
    const plan = planImport(await readOriginal(host.run, options.root));
    if (!options.dryRun && hasLeftovers(plan)) {
      requireRoot(host);
      const failures = await importOriginal(plan, host.run, options.root);
      if (failures.length > 0)
        throw new EniRoutingError('NET_ENI_ROUTING_STATE', failures.join('; '), { hint: 'run import again' });
    }
    out.result({
      json: { schemaVersion: 1, removed: !options.dryRun && hasLeftovers(plan), ...plan },
      text: () => {
        if (!hasLeftovers(plan)) out.line('nothing of the original here');
        else if (options.dryRun) for (const command of plan.commands) out.line(command.join(' '));
        else out.line(`removed ${plan.summary.join(', ')}`);
      },
    });
    return 0;
  },
});

/** The process that takes an unconfirmed change back; started by apply. */
export const watchdogCommand: Command = defineCommand({
  name: 'watchdog',
  summary: 'Takes an unconfirmed change back',
  hidden: true,
  positionals: { directory: option.string({ describe: 'State folder', required: true }) },
  handler: async ({ options, log }) => {
    // It must outlive the terminal and the session that apply ran in.
    process.on('SIGHUP', () => undefined);
    await runWatchdog(options.directory, (text) => log.warn('confirm.watchdog', text));
    return 0;
  },
});

async function guarded<T>(root: string, work: () => Promise<T>): Promise<T> {
  if (root === '/' && process.geteuid?.() !== 0)
    throw new EniRoutingError('NET_ENI_ROUTING_PREREQUISITE', 'the service is installed by root', {
      hint: 'run with sudo',
    });
  return await work();
}

function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:]+):)?(\d{1,5})$/i.exec(text);
  if (!match || Number(match[2]) > 65_535) throw new UsageError('is not [HOST:]PORT');
  return { host: match[1]?.replace(/[[\]]/g, '') ?? '127.0.0.1', port: Number(match[2]) };
}
