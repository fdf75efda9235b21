export { app, runApp } from './app.js';
export type { Outcome } from './apply/outcome.js';
export { type WatchSettings, daemonJitter, originalJitter, watchConfig } from './config.js';
export { type Action, type CheckAction, type RouteAction, isRouteAction } from './decide/action.js';
export type { WatchConfig } from './decide/config.js';
export type { Decision, Verdict } from './decide/decide-route.js';
export type { Evidence } from './decide/evidence.js';
export { type Memory, emptyMemory } from './decide/memory.js';
export { type Plan, plan, planRelease } from './decide/plan.js';
export { type Ec2RouteApi, type Ec2RouteApiOptions, openEc2RouteApi } from './ec2/ec2-route-api.js';
export { InputError, RouteMonError, type RouteMonErrorCode } from './errors.js';
export type { Snapshot } from './model/snapshot.js';
export { type DaemonOptions, runDaemon } from './monitor/daemon.js';
export type { MonitorEvent, OnEvent } from './monitor/events.js';
export {
  type Monitor,
  type MonitorParts,
  type PassOptions,
  type PassResult,
  createMonitor,
} from './monitor/monitor.js';
export { type RunResult, runOnce } from './monitor/run-once.js';
export type { RouteApi } from './observe/route-api.js';
