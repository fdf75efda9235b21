import { configFromOptions } from './config-from-options.js';
import { detach } from './detach.js';
import { examine, type Finding } from './doctor/examine.js';
import { observeMachine, observeWithKernelPath } from './doctor/observe.js';
import { startHandler } from './handler.js';
import { availableCores } from './lanes/available-cores.js';
import { type LogLevel, parseLogging } from './logs/logging-option.js';
import { createSectionLog, type SectionLog } from './logs/section-log.js';
import { runOptions } from './options.js';
import { checkStart } from './start-checks.js';
import { systemdUnit } from './systemd-unit.js';
import { toUserError } from './to-user-error.js';
import { VERSION } from './version.js';
import { type App, createServiceNotifier, defineApp, defineCommand, type Log, option } from '@net/cli';
import { once } from 'node:events';

const run = defineCommand({
  name: 'run',
  summary: 'Receive Geneve, make tunnels, return what comes out of them (the default)',
  options: runOptions,
  description:
    'For each Gateway Load Balancer endpoint that sends packets, two interfaces are made: gwi-X, where its packets ' +
    'arrive, and gwo-X, by which packets go back to it (gwi-X works, too). X is the endpoint id in base 60. Hooks get ' +
    'the arguments CREATE or DESTROY, gwi-X, gwo-X and the endpoint id in hex (17 digits), and the same in the ' +
    'environment as GWLBTUN_EVENT, GWLBTUN_IN, GWLBTUN_OUT, GWLBTUN_ENI and, in 16 digits, GWLBTUN_ENI_HEX16. ' +
    '-j makes the health report JSON, -d is short for --logging all=debug.',
  examples: [
    { command: 'gwlbtun -c ./create-passthrough.sh -p 8080', does: 'one-arm, health check on port 8080' },
    {
      command: 'gwlbtun -c up.sh -r down.sh -t 600 -p 8080 -j',
      does: 'remove tunnels after ten idle minutes',
    },
    {
      command: 'gwlbtun --udpaffinity 0-3 --tunaffinity 0-3',
      does: 'four threads, one on each of four cores',
    },
  ],
  handler: async (context) => {
    const levels = parseLogging(context.debug ? 'all=debug' : context.options.logging);
    const log = sectionLog(context.log, levels);
    try {
      const config = configFromOptions(
        context.options,
        { json: context.json },
        availableCores(),
        context.env['PATH'] ?? '',
      );
      checkStart(await observeMachine(config.port));
      const notifier = createServiceNotifier(context.env);
      const handler = await startHandler(config, { log });
      const threads = config.lanes.length;
      log(
        'core',
        'important',
        `gwlbtun ${VERSION} started: UDP port ${config.port}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` +
          `${handler.healthPort === undefined ? '' : `, health port ${handler.healthPort}`}.`,
        { event: 'handler.started' },
      );
      await notifier.ready();
      notifier.watch(() => handler.statistics().lanes.every((lane) => lane.healthy), context.signal);
      try {
        if (!context.signal.aborted) await once(context.signal, 'abort');
      } finally {
        log('core', 'important', 'Shutting down.', { event: 'handler.stopping' });
        void notifier.stopping();
        await handler.stop();
        log('core', 'important', 'Shutdown complete.', { event: 'handler.stopped' });
      }
      return 0;
    } catch (error) {
      throw toUserError(error);
    }
  },
});

const doctor = defineCommand({
  name: 'doctor',
  summary: 'Say what on this machine keeps the handler from working well',
  options: {
    genevePort: option.integer({ default: 6081, min: 1, max: 65_535, describe: 'UDP port of Geneve' }),
  },
  examples: [
    { command: 'gwlbtun doctor', does: 'a table of findings; exit code 3 when one of them is a failing' },
  ],
  handler: async (context) => {
    const machine = await observeWithKernelPath(context.options.genevePort);
    const findings = examine(machine);
    const { kernel, kernelPath } = machine;
    if (context.json) context.out.json({ schemaVersion: 1, findings, kernel, kernelPath });
    else context.out.text(findingsText(findings));
    return findings.some(({ state }) => state === 'fail') ? 3 : 0;
  },
});

const unit = defineCommand({
  name: 'systemd-unit',
  summary: 'Print a systemd unit that runs the handler with the capabilities it needs and no others',
  options: {
    program: option.string({
      default: '/usr/bin/gwlbtun',
      placeholder: 'PATH',
      describe: 'Where gwlbtun is installed',
    }),
    kernelPath: option.flag({ describe: 'With the capabilities that --datapath ebpf needs' }),
  },
  examples: [
    {
      command: 'gwlbtun systemd-unit > /etc/systemd/system/gwlbtun.service',
      does: 'options are then read from /etc/gwlbtun/environment',
    },
  ],
  handler: (context) => {
    context.out.text(systemdUnit(context.options.program, context.options.kernelPath));
    return Promise.resolve(0);
  },
});

/** The application as data. */
export const app: App = defineApp({
  name: 'gwlbtun',
  summary: 'Tunnel handler for AWS Gateway Load Balancer: Geneve in, Linux tun interfaces out',
  version: VERSION,
  envPrefix: 'GWLBTUN',
  commands: [run, doctor, detach, unit],
  defaultCommand: 'run',
  common: { json: { short: 'j' }, debug: { short: 'd' } },
  exitCodes: {
    0: 'Ended by SIGTERM or SIGINT after everything was removed or handed over; doctor found nothing failing',
    1: 'Unexpected failure',
    2: 'The options say something unusable: a hook that is not there, a core that is not available',
    3: 'The machine lacks something: a capability, /dev/net/tun, a free port',
  },
});

/** The original's levels, told through the common log: what is not a failure is information. */
function sectionLog(log: Log, levels: ReturnType<typeof parseLogging>): SectionLog {
  const write: Record<LogLevel, Log['info']> = {
    critical: log.error.bind(log),
    important: log.info.bind(log),
    info: log.info.bind(log),
    debug: log.isEnabled('debug') ? log.debug.bind(log) : log.info.bind(log),
    debugdetail: log.isEnabled('debug') ? log.debug.bind(log) : log.info.bind(log),
  };
  return createSectionLog(
    levels,
    (level, section, message, { event, ...fields }) =>
      write[level](String(event ?? section), message, fields),
    () => performance.now(),
  );
}

function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .flatMap(({ state, check, found, advice }) => [
      `${state.padEnd(4)}  ${check.padEnd(width)}  ${found}`,
      ...(advice === '' ? [] : [`${' '.repeat(6)}${advice}`]),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
