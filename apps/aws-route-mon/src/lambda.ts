import { AwsError, type Clock, openSession, systemClock } from '@net/aws-core';
import { showPlan, type ShownPlan } from './command/show-plan.js';
import { type WatchSettings, watchConfig } from './config.js';
import { openEc2RouteApi } from './ec2/ec2-route-api.js';
import { InputError } from './errors.js';
import { createMonitor } from './monitor/monitor.js';
import { runOnce } from './monitor/run-once.js';

/** What the function is invoked with; a scheduled event has neither. */
export interface LambdaEvent {
  readonly dryRun?: 'off' | 'plan' | 'api';
}

/** What the function answers. */
export interface LambdaAnswer extends ShownPlan {
  readonly missingRouteTables: readonly string[];
}

/**
 * Heals routes from outside the instances: one pass of `run` for each invocation. The settings are those of
 * `watchConfig` as JSON in AWS_ROUTE_MON_SETTINGS, such as
 * `{"interfaceId":"eni-...","routeTables":["rtb-..."]}`; the interface may be on any instance, and what its kernel
 * forwards cannot be seen from here.
 *
 * @throws {InputError} for settings that are none
 * @throws {AwsError} when the tables cannot be read
 */
export async function handler(event: LambdaEvent = {}, _context?: unknown): Promise<LambdaAnswer> {
  return await heal(readSettings(process.env['AWS_ROUTE_MON_SETTINGS']), event);
}

/** The handler with its settings given, for functions that keep them elsewhere. */
export function createHandler(settings: WatchSettings): (event?: LambdaEvent) => Promise<LambdaAnswer> {
  return (event = {}) => heal(settings, event);
}

async function heal(settings: WatchSettings, event: LambdaEvent): Promise<LambdaAnswer> {
  const dryRun = event.dryRun ?? 'off';
  if (!['off', 'plan', 'api'].includes(dryRun)) throw new InputError('dryRun is off, plan or api');
  const config = watchConfig({
    allowRemoteInterface: true,
    requireForwarding: false,
    // Nobody else runs this: a function has a concurrency of one, and its race is with the instances' own monitors.
    jitter: { leastMs: 0, mostMs: dryRun === 'off' ? 1_000 : 0 },
    ...settings,
  });
  const clock: Clock = systemClock;
  const session = await openSession({ app: { name: 'aws-route-mon', version: 'lambda' } });
  const api = await openEc2RouteApi(session);
  try {
    const monitor = createMonitor({ api, config, clock, peerSource: { kind: 'none' } });
    const { plan, outcomes, missingTableIds } = await runOnce(monitor, { dryRun });
    return { ...showPlan(plan, outcomes), missingRouteTables: missingTableIds };
  } finally {
    api.close();
  }
}

function readSettings(text: string | undefined): WatchSettings {
  if (text === undefined || text === '') {
    throw new InputError('AWS_ROUTE_MON_SETTINGS is not set', {
      hint: 'Give it the settings as JSON: {"interfaceId":"eni-...","routeTables":["rtb-..."]}.',
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as WatchSettings;
  } catch {
    // Said below: the text may hold what is nobody's business.
  }
  throw new InputError('AWS_ROUTE_MON_SETTINGS is not a JSON object');
}

export { AwsError, InputError };
