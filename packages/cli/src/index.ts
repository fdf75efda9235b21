export {
  type App,
  type Command,
  type CommandDeclaration,
  type CommonChange,
  type CommonChanges,
  type Example,
  defineApp,
  defineCommand,
} from './app.js';
export { type Clock, systemClock } from './clock.js';
export type { Context, EffectiveValue } from './context.js';
export { CliError, type CliErrorOptions, PrerequisiteError, UsageError } from './errors.js';
export {
  type Log,
  type LogFields,
  type LogLevel,
  type LogRecord,
  type LogSink,
  createLog,
} from './log/log.js';
export { dryRunOption, type LogTarget, parseLogTarget } from './options/common-options.js';
export { decodeDuration, formatDuration } from './options/decode.js';
export {
  type DurationUnit,
  type Option,
  type OptionKind,
  type OptionValues,
  type OptionWords,
  type Options,
  type OptionsFor,
  option,
} from './options/option.js';
export type { Output } from './output/output.js';
export type { Progress, ProgressOptions, StartProgress } from './output/progress.js';
export { type Column, formatTable } from './output/table.js';
export { type Colour, type Paint, createPaint, printable, wantsColour } from './output/text.js';
export { type Redactor, createRedactor } from './redact.js';
export { type ErrorReport, reportError } from './report-error.js';
export { type Surroundings, main, runCli } from './run.js';
export { Interrupted, ReaderGone } from './signals.js';
export { type Labels, type Sample } from './observe/exposition.js';
export {
  type Collect,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricWords,
  type Metrics,
  addProcessMetrics,
  createMetrics,
} from './observe/metrics.js';
export {
  type Health,
  type Observability,
  type ObservabilityOptions,
  type ObservedResponse,
  serveObservability,
} from './observe/serve.js';
export {
  type SystemdService,
  type SystemdTimer,
  systemdServiceUnit,
  systemdTimerUnit,
} from './systemd/unit.js';
export { type ServiceNotifier, createServiceNotifier } from './systemd/notify.js';
