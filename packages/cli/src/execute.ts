import type { App, Command } from './app.js';
import type { Clock } from './clock.js';
import { UsageError } from './errors.js';
import { type Log, type LogSink, createLog } from './log/log.js';
import { openLog } from './log/open-log.js';
import { type CommonValues, commonDefaults, commonOptions } from './options/common-options.js';
import { flagsOf } from './options/option.js';
import { type CommandLine, readArgv } from './options/read-argv.js';
import { type Resolved, resolveOptions } from './options/resolve.js';
import { type Output, createOutput } from './output/output.js';
import { createStartProgress } from './output/progress.js';
import { wantsColour } from './output/text.js';
import type { Redactor } from './redact.js';
import { ReaderGone } from './signals.js';

/** Everything a run touches. */
export interface Run {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly clock: Clock;
  readonly controller: AbortController;
  readonly redactor: Redactor;
  /** Told as soon as it is known, for the report of later errors. */
  readonly onDebug: (debug: boolean) => void;
}

/** Reads the command line and does what it says. Rejects with whatever went wrong. */
export async function execute(app: App, run: Run): Promise<number> {
  const line = readArgv(app, run.argv);
  if (isGiven(app, line, 'help')) {
    const out = openOutput(run, { ...commonDefaults, color: !run.argv.includes('--no-color') });
    const { formatHelp } = await import('./help.js');
    const width = Math.min(out.width ?? 100, 120);
    out.text(formatHelp(app, line.isNamed ? line.command : undefined, { width, paint: out.paint }));
    return 0;
  }
  const wantsVersion = isGiven(app, line, 'version');
  const resolved = wantsVersion ? undefined : await resolveOptions(app, line, run.env);
  const common: CommonValues = { ...commonDefaults, ...resolved?.values };
  run.onDebug(common.debug);
  run.redactor.add(resolved?.secrets ?? []);
  const out = openOutput(run, common);
  if (wantsVersion || !resolved) {
    out.line(app.version);
    return 0;
  }
  if (common.completion === 'bash' || common.completion === 'zsh') {
    const { formatCompletion } = await import('./completion.js');
    out.text(formatCompletion(app, common.completion));
    return 0;
  }
  if (!line.command) {
    const names = app.commands.filter((c) => !c.hidden).map((c) => c.name);
    throw new UsageError('a command is required', { hint: `Commands: ${names.join(', ')}.` });
  }
  if (common.printConfig) {
    const { printConfig } = await import('./print-config.js');
    printConfig(app, line, resolved.effective, out);
    return 0;
  }
  resolved.checkRequired();
  return await runCommand(app, run, line, resolved, common, out);
}

function isGiven(app: App, line: CommandLine, key: 'help' | 'version'): boolean {
  const declared = commonOptions(app)[key];
  if (!declared) return false;
  return flagsOf(key, declared).some((flag) => line.flags.get(flag)?.at(-1)?.text === 'true');
}

function openOutput(run: Run, common: CommonValues): Output {
  return createOutput(run.stdout, {
    isJson: common.json,
    colours: wantsColour(run.stdout, run.env, common.color),
    onClosed: () => {
      run.controller.abort(new ReaderGone());
    },
  });
}

async function runCommand(
  app: App,
  run: Run,
  line: CommandLine,
  resolved: Resolved,
  common: CommonValues,
  out: Output,
): Promise<number> {
  const { clock, env, stderr, redactor } = run;
  const colours = wantsColour(stderr, env, common.color);
  const sink: LogSink = await openLog(common.loggingTo, {
    tag: app.name,
    stderr,
    colours,
    env,
  });
  try {
    const level = common.debug ? 'debug' : common.quiet ? 'warn' : 'info';
    const log: Log = createLog(sink, { level, clock, redactor });
    for (const warning of resolved.warnings) log.warn('cli.secret-argument', warning);
    const showsProgress = !common.json && !common.quiet && !common.debug;
    const code = await line.command?.handler({
      options: ownValues(line.command, resolved),
      command: line.command.name,
      rest: line.rest,
      signal: run.controller.signal,
      log,
      out,
      progress: createStartProgress(stderr, showsProgress, () => clock.monotonicMs()),
      env,
      clock,
      stdin: run.stdin,
      json: common.json,
      debug: common.debug,
      quiet: common.quiet,
      effective: resolved.effective,
    });
    await out.drained();
    return code ?? 0;
  } finally {
    await sink.close();
  }
}

/** The values that the command declared, without the common ones. */
function ownValues(command: Command, resolved: Resolved): Record<string, unknown> {
  const keys = [...Object.keys(command.options), ...Object.keys(command.positionals)];
  return Object.fromEntries(keys.map((key) => [key, resolved.values[key]]));
}
