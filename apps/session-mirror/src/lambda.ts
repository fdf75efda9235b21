import { type Clock, openSession, systemClock } from '@net/aws-core';
import { type ShownRun, shownOutcomes, shownPlan } from './command/show-plan.js';
import { openMirrorApi } from './ec2/open-mirror-api.js';
import { SessionMirrorError } from './errors.js';
import { type MirrorEvent, readEvent } from './events/read-event.js';
import { parseFilterFile } from './filter-file/read-filter-file.js';
import { type MirrorConfig, mirrorDefaults } from './policy/config.js';
import { tagNames } from './policy/tag-policy.js';
import { lookAt, reconcile } from './run/reconcile.js';
import { VERSION } from './version.js';

/** Settings of the function, all optional. */
export interface LambdaSettings {
  /** Default: the function's own region. */
  readonly regions?: readonly string[];
  /** Roles of other accounts, each worked on as well as, not instead of, the function's own where `''` is among them. */
  readonly roleArns?: readonly string[];
  readonly externalId?: string;
  readonly tagPrefix?: string;
  readonly creator?: string;
  /** What a `--filter` file says. */
  readonly filter?: object;
  readonly packetLength?: number;
  readonly virtualNetworkId?: number;
  readonly maxDeletePercent?: number;
  readonly maxMonthlyCost?: number;
  readonly hourlyPrice?: number;
  /** How long a GuardDuty finding has its instance mirrored. Default 24. */
  readonly findingHours?: number;
  /** ARN of the function's own role: events of its own writes are passed over. */
  readonly ownRoleArn?: string;
}

/** What the function answers. */
export interface LambdaAnswer {
  readonly event: MirrorEvent;
  /** True when a pass that began after the event has covered it already. */
  readonly isCovered: boolean;
  readonly runs: readonly ShownRun[];
}

/**
 * Makes the sessions what the tags say, whatever event it is called with. Settings: {@link LambdaSettings} as JSON in
 * SESSION_MIRROR_SETTINGS. `{"dryRun": true}` as the event plans and changes nothing.
 *
 * @throws {SessionMirrorError} for settings that are none, a guard, and what could not be done
 */
export const handler: (event?: unknown, context?: unknown) => Promise<LambdaAnswer> = (event) =>
  (standing ??= createHandler(readSettings(process.env['SESSION_MIRROR_SETTINGS'])))(event);

let standing: ((event?: unknown) => Promise<LambdaAnswer>) | undefined;

/** The handler with its settings given, for functions that keep them elsewhere. */
export function createHandler(
  settings: LambdaSettings,
  clock: Clock = systemClock,
): (event?: unknown) => Promise<LambdaAnswer> {
  const { tagPrefix = mirrorDefaults.tagPrefix, findingHours = 24 } = settings;
  let lastPassMs = Number.NEGATIVE_INFINITY;
  return async (input) => {
    const config = await configOf(settings);
    const event = readEvent(input, settings.ownRoleArn, tagPrefix);
    // EventBridge's times are whole seconds, and EC2's lists lag behind its events.
    const isCovered =
      event.kind === 'full-pass' && event.atMs !== undefined && event.atMs + EVENT_LAG_MS < lastPassMs;
    if (event.kind === 'ignored' || isCovered) return { event, isCovered, runs: [] };
    const isDryRun =
      typeof input === 'object' && input !== null && 'dryRun' in input && input.dryRun === true;
    const runs: ShownRun[] = [];
    const beganMs = clock.now();
    let failure: Error | undefined;
    for (const roleArn of settings.roleArns ?? ['']) {
      for (const region of settings.regions ?? [undefined]) {
        const session = await openSession({
          app: { name: 'session-mirror', version: VERSION },
          region,
          roles: roleArn === '' ? [] : [{ roleArn, externalId: settings.externalId }],
        });
        const api = await openMirrorApi(session);
        try {
          if (event.kind === 'finding' && !isDryRun) {
            const until = new Date(clock.now() + findingHours * 3_600_000).toISOString();
            await enrolUntil(api, event.instanceId, { [tagNames(tagPrefix).until]: until });
          }
          const scope = await lookAt(api, config, { clock });
          if (isDryRun) {
            runs.push(shownPlan(scope.plan));
            continue;
          }
          const [breach] = scope.plan.breaches;
          if (breach) {
            failure = new SessionMirrorError('NET_SESSION_MIRROR_GUARD', breach.reason, {
              hint: 'Look at session-mirror plan, and run session-mirror tap once with the guard raised.',
            });
            runs.push(shownPlan(scope.plan));
            continue;
          }
          const { plan, outcomes, left } = await reconcile(scope, config, { clock });
          runs.push({ ...shownPlan(plan), outcomes: shownOutcomes(outcomes), left: left.actions.length });
          const failed = outcomes.find(({ status }) => status === 'failed');
          if (failed) failure = new SessionMirrorError('NET_SESSION_MIRROR_APPLY', failed.detail);
        } finally {
          api.close();
        }
      }
    }
    // A failure is the function's failure, so that Lambda tries again and alarms count it.
    if (failure) throw failure;
    if (!isDryRun) lastPassMs = beganMs;
    return { event, isCovered: false, runs };
  };
}

const EVENT_LAG_MS = 15_000;

async function enrolUntil(
  api: Awaited<ReturnType<typeof openMirrorApi>>,
  instanceId: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  // A finding may be of an instance that is gone, or of another account or region of this function.
  if ((await api.instances()).some(({ id, state }) => id === instanceId && state !== 'terminated'))
    await api.createTags([instanceId], tags);
}

async function configOf(settings: LambdaSettings): Promise<MirrorConfig> {
  const file =
    settings.filter === undefined
      ? undefined
      : await parseFilterFile(JSON.stringify(settings.filter), 'SESSION_MIRROR_SETTINGS.filter');
  const { guards } = mirrorDefaults;
  return {
    ...mirrorDefaults,
    tagPrefix: settings.tagPrefix ?? mirrorDefaults.tagPrefix,
    creator: settings.creator ?? mirrorDefaults.creator,
    filter: file?.filter ?? mirrorDefaults.filter,
    packetLength: settings.packetLength ?? file?.packetLength,
    virtualNetworkId: settings.virtualNetworkId ?? file?.virtualNetworkId,
    guards: {
      ...guards,
      maxDeletePercent: settings.maxDeletePercent ?? guards.maxDeletePercent,
      maxMonthlyCost: settings.maxMonthlyCost,
    },
    hourlyPrice: settings.hourlyPrice ?? mirrorDefaults.hourlyPrice,
  };
}

/** @throws {SessionMirrorError} NET_SESSION_MIRROR_INPUT for what is no JSON object */
function readSettings(text: string | undefined): LambdaSettings {
  if (text === undefined || text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below: the text may hold what is nobody's business.
  }
  throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', 'SESSION_MIRROR_SETTINGS is not a JSON object');
}
