import { type Command, type Context, defineCommand, dryRunOption, option } from '@net/cli';
import { SessionMirrorError } from '../errors.js';
import type { GuardBreach } from '../plan/guards.js';
import type { MirrorPlan } from '../plan/plan-sessions.js';
import type { Reconciled, Scope } from '../run/reconcile.js';
import { mirrorConfig } from './mirror-config.js';
import { closeScopes, openScopes } from './open-scopes.js';
import { type PolicyValues, policyOptions, type SessionValues, sessionOptions } from './options.js';
import { printed, printOptions } from './print-options.js';
import { shownOutcomes, shownPlan, writePlan } from './show-plan.js';

/** The default: makes the sessions what the tags say. */
export const tapCommand: Command = defineCommand({
  name: 'tap',
  summary: 'Make the sessions what the tags say (the default)',
  options: { ...sessionOptions, ...policyOptions, dryRun: dryRunOption, ...printOptions },
  examples: [
    {
      command: 'session-mirror tap',
      does: 'create, change and delete sessions in the region of this machine',
    },
    {
      command: 'session-mirror tap -R eu-west-1,eu-central-1 --max-monthly-cost 500',
      does: 'two regions, with a budget',
    },
    { command: 'session-mirror tap --dry-run --json', does: 'the plan as JSON; nothing is changed' },
  ],
  handler: async (context) => {
    const text = printed(context.options);
    if (text !== undefined) {
      context.out.text(text);
      return 0;
    }
    return await withPlans(context, (scopes) =>
      context.options.dryRun ? show(context, scopes) : tap(context, scopes),
    );
  },
});

/** What `tap` would do. */
export const planCommand: Command = defineCommand({
  name: 'plan',
  summary: 'Say what tap would do and what it would cost, and change nothing',
  options: {
    ...sessionOptions,
    ...policyOptions,
    exitCode: option.flag({ describe: 'End with 6 when there is something to do', env: false }),
  },
  examples: [
    { command: 'session-mirror plan', does: 'every session to create, change or delete, with its reason' },
    { command: 'session-mirror plan --exit-code', does: 'for CI: 6 when tags and sessions differ' },
  ],
  handler: (context) =>
    withPlans(context, async (scopes) => {
      const code = await show(context, scopes);
      const isDrift = scopes.some(({ plan }) => plan.actions.length > 0);
      return code === 0 && context.options.exitCode && isDrift ? 6 : code;
    }),
});

type TapContext = Context<SessionValues & PolicyValues>;

interface PlannedScope extends Scope {
  readonly config: Awaited<ReturnType<typeof mirrorConfig>>;
}

async function withPlans(
  context: TapContext,
  use: (scopes: readonly PlannedScope[]) => Promise<number>,
): Promise<number> {
  const { options, signal } = context;
  const config = await mirrorConfig(options);
  const [{ lookAt }, open] = await Promise.all([import('../run/reconcile.js'), openScopes(options, context)]);
  try {
    const progress = context.progress({ label: 'reading' });
    try {
      const scopes = await Promise.all(open.map(({ api }) => lookAt(api, config, { signal })));
      progress.end();
      return await use(scopes.map((scope) => ({ ...scope, config })));
    } finally {
      progress.end();
    }
  } finally {
    closeScopes(open);
  }
}

/** Prints the plans; 4 when a guard stops them. */
async function show(context: TapContext, scopes: readonly PlannedScope[]): Promise<number> {
  const plans = scopes.map(({ plan }) => plan);
  const breaches = breachesOf(context, plans);
  context.out.result({
    json: asOne(plans.map(shownPlan)),
    text: () => {
      for (const plan of plans) writePlan(context.out, plan);
    },
  });
  await context.out.drained();
  const [breach] = breaches;
  if (breach) throw guardError(breach);
  return 0;
}

async function tap(context: TapContext, scopes: readonly PlannedScope[]): Promise<number> {
  const { signal, log, out } = context;
  const plans = scopes.map(({ plan }) => plan);
  const [breach] = breachesOf(context, plans);
  if (breach) {
    if (!context.json) for (const plan of plans) writePlan(out, plan);
    throw guardError(breach);
  }
  const total = plans.reduce((sum, { actions }) => sum + actions.length, 0);
  const progress = context.progress({ label: 'sessions', total });
  let ended = 0;
  const { reconcile } = await import('../run/reconcile.js');
  const results = await Promise.all(
    scopes.map((scope) =>
      reconcile(scope, scope.config, {
        signal,
        onOutcome: (outcome) => {
          progress.update(++ended);
          const fields = { account: scope.plan.accountId, region: scope.plan.region };
          if (outcome.status === 'done') log.info('mirror.done', outcome.detail, fields);
          else if (outcome.status === 'failed') log.error('mirror.failed', outcome.detail, fields);
          else log.warn(`mirror.${outcome.status}`, outcome.detail, fields);
        },
      }),
    ),
  );
  progress.end();
  for (const { plan } of scopes)
    for (const { code, resourceId, reason } of plan.skips)
      log.warn('mirror.left-out', `left out ${resourceId} (${code}): ${reason}`, { region: plan.region });
  context.out.result({
    json: asOne(
      results.map(({ plan, outcomes, left }) => ({
        ...shownPlan(plan),
        outcomes: shownOutcomes(outcomes),
        left: left.actions.length,
      })),
    ),
    text: () => {
      for (const result of results) out.line(summary(result));
    },
  });
  signal.throwIfAborted();
  const failure = results.map(failureOf).find((error) => error !== undefined);
  if (failure) throw failure;
  return 0;
}

function summary({ plan, outcomes, left }: Reconciled): string {
  // One that was tried again counts once.
  const done = (kind: string): number =>
    new Set(
      outcomes
        .filter(({ action, status }) => action.kind === kind && status === 'done')
        .map(({ action }) => ('interfaceId' in action ? action.interfaceId : '')),
    ).size;
  const refused = outcomes.filter(({ status }) => status === 'refused').length;
  return (
    `${plan.accountId} ${plan.region}: ${done('create-session')} created, ${done('modify-session')} changed, ` +
    `${done('delete-session')} deleted, ${plan.unchanged} as they were` +
    `${refused === 0 ? '' : `, ${refused} refused by EC2`}; ${left.cost.interfacesAfter} interfaces mirrored, ` +
    `${left.cost.monthlyAfter.toFixed(2)} USD a month`
  );
}

/** What was to be done and is not; what EC2 refuses for its own limits is a warning, as in the original. */
function failureOf({ outcomes, left }: Reconciled): SessionMirrorError | undefined {
  const failed = outcomes.find(({ status }) => status === 'failed');
  if (failed) {
    return new SessionMirrorError('NET_SESSION_MIRROR_APPLY', failed.detail, {
      cause: failed.status === 'failed' ? failed.error : undefined,
      hint: 'What was done is done; run this again to go on.',
    });
  }
  const [breach] = left.breaches;
  if (breach) return guardError(breach);
  if (left.actions.length > 0) {
    return new SessionMirrorError(
      'NET_SESSION_MIRROR_APPLY',
      `${left.actions.length} actions are still to be done after several passes`,
      { hint: 'Something else changes the same sessions; run this again.' },
    );
  }
  return undefined;
}

function breachesOf({ options }: TapContext, plans: readonly MirrorPlan[]): readonly GuardBreach[] {
  const breaches = plans.flatMap((plan) => plan.breaches);
  const sum = (pick: (plan: MirrorPlan) => number): number =>
    plans.reduce((total, plan) => total + pick(plan), 0);
  const before = sum(({ cost }) => cost.monthlyBefore);
  const after = sum(({ cost }) => cost.monthlyAfter);
  const { maxMonthlyCost: most } = options;
  if (most !== undefined && after > most && after > before) {
    breaches.push({
      guard: 'max-monthly-cost',
      reason: `mirroring would cost ${after.toFixed(2)} USD a month, more than ${most}`,
      allowWith: `--max-monthly-cost ${Math.ceil(after)}`,
    });
  }
  return breaches;
}

/** The error of a guard: exit code 4, and how to allow it. */
export function guardError({ reason, allowWith }: GuardBreach): SessionMirrorError {
  return new SessionMirrorError('NET_SESSION_MIRROR_GUARD', reason, {
    hint: `Nothing was changed. Allow it with ${allowWith}.`,
  });
}

/** One account and region is an object, several are a list. */
export function asOne<T>(values: readonly T[]): T | readonly T[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
