export {
  type CaptureOptions,
  HANDLER_DEFAULTS,
  type HandlerConfig,
  type HealthConfig,
  type HealthFormat,
} from './config.js';
export { type HandlerSurroundings, startHandler, TunnelHandler } from './handler.js';
export { HandlerError, type HandlerErrorCode } from './errors.js';
export { examine, type Finding } from './doctor/examine.js';
export { type MachineSnapshot, observeMachine } from './doctor/observe.js';
export type {
  HealthReport,
  EndpointReport,
  FlowReport,
  ThreadReport,
  TunnelReport,
} from './health/report.js';
export { dropTotals, toHtml, toJson, toOriginalJson, toText } from './health/forms.js';
export type { Verdict } from './health/verdict.js';
export { type HookCommand, parseHookCommand } from './hooks/hook-command.js';
export type { HookCounts, KeptEndpoint } from './hooks/endpoint-keeper.js';
export type { HookEvent, HookOutcome } from './hooks/run-hook.js';
export { parseCoreList } from './lanes/core-list.js';
export { MAX_LANES, planLanes, type ThreadOptions } from './lanes/plan-lanes.js';
export {
  LOG_LEVELS,
  LOG_SECTIONS,
  type LogLevel,
  type LogLevels,
  type LogSection,
  parseLogging,
} from './logs/logging-option.js';
export { createSectionLog, type LogFields, type LogSink, type SectionLog } from './logs/section-log.js';
