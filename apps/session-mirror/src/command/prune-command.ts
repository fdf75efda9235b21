import { createPacer, runPaced } from '@net/aws-core';
import { type Command, type Context, defineCommand, dryRunOption, option } from '@net/cli';
import { SessionMirrorError } from '../errors.js';
import type { PrunePlan } from '../prune/plan-prune.js';
import type { MirrorApi } from '../ec2/mirror-api.js';
import type { TargetApi } from '../target/target-api.js';
import { classify } from '../apply/classify.js';
import { mirrorConfig } from './mirror-config.js';
import { closeScopes, openScopes } from './open-scopes.js';
import { policyOptions, sessionOptions } from './options.js';
import { openPrompts } from './prompts.js';
import { asOne, guardError } from './tap-command.js';

/** Deletes what is ours and not needed any more. */
export const pruneCommand: Command = defineCommand({
  name: 'prune',
  summary: 'Delete sessions, filters and targets of ours that nothing needs any more',
  options: {
    ...sessionOptions,
    ...policyOptions,
    all: option.flag({
      describe: 'Every session of ours, whatever the policy says: an uninstall',
      env: false,
    }),
    targets: option.flag({
      describe: 'Also targets that config-vpc made and no VPC and no session uses, with their load balancers',
      env: false,
    }),
    yes: option.flag({ short: 'y', describe: 'Do not ask', env: false }),
    dryRun: dryRunOption,
  },
  examples: [
    { command: 'session-mirror prune --dry-run', does: 'what could go' },
    { command: 'session-mirror prune --all --targets --yes', does: 'undo everything but the tags' },
  ],
  handler: async (context) => {
    const { options, signal, out } = context;
    const config = await mirrorConfig(options);
    const [{ readSnapshot }, { createLearned }, { planPrune }, { openTargetApi }, open] = await Promise.all([
      import('../observe/read-snapshot.js'),
      import('../observe/learned.js'),
      import('../prune/plan-prune.js'),
      import('../target/open-target-api.js'),
      openScopes(options, context),
    ]);
    try {
      const plans: { plan: PrunePlan; scope: (typeof open)[number] }[] = [];
      for (const scope of open) {
        const [snapshot, found] = await Promise.all([
          readSnapshot(scope.api, createLearned(), { signal }),
          scope.api.targets(signal),
        ]);
        plans.push({ scope, plan: planPrune(snapshot, found, config, options) });
      }
      if (!context.json || options.dryRun) {
        out.result({
          json: asOne(plans.map(({ plan }) => plan)),
          text: () => {
            for (const { plan } of plans) write(context, plan);
          },
        });
      }
      const breach = plans.flatMap(({ plan }) => plan.breaches)[0];
      if (breach) throw guardError(breach);
      const total = plans.reduce((sum, { plan }) => sum + sizeOf(plan), 0);
      if (options.dryRun || total === 0) {
        if (total === 0 && context.json && !options.dryRun) out.json(asOne(plans.map(({ plan }) => plan)));
        return 0;
      }
      if (
        !options.yes &&
        !(await (await openPrompts(context, '--yes')).confirm(`Delete these ${total}?`, false))
      )
        return 0;
      const failures: string[] = [];
      for (const { plan, scope } of plans) {
        const needsTargets = plan.targets.some(({ balancerArn }) => balancerArn !== undefined);
        const api = needsTargets ? await openTargetApi(scope.session) : undefined;
        try {
          failures.push(...(await carryOut(plan, scope.api, api, signal)));
        } finally {
          api?.close();
        }
      }
      if (context.json) out.json(asOne(plans.map(({ plan }) => plan)));
      const [first] = failures;
      if (first === undefined) return 0;
      throw new SessionMirrorError(
        'NET_SESSION_MIRROR_APPLY',
        `${failures.length} could not be deleted: ${first}`,
      );
    } finally {
      closeScopes(open);
    }
  },
});

function sizeOf({ sessions, filters, targets }: PrunePlan): number {
  return sessions.length + filters.length + targets.length;
}

function write({ out }: Context<object>, plan: PrunePlan): void {
  out.line(`${plan.accountId} ${plan.region}: ${sizeOf(plan)} to delete`);
  for (const { sessionId, interfaceId, reason } of plan.sessions)
    out.line(`  ${sessionId} of ${interfaceId}: ${reason}`);
  for (const { filterId, reason } of plan.filters) out.line(`  ${filterId}: ${reason}`);
  for (const { targetId, balancerArn, reason } of plan.targets)
    out.line(`  ${targetId}${balancerArn === undefined ? '' : ` and ${balancerArn}`}: ${reason}`);
}

/** Sessions first, since filters and targets cannot go while they are used. */
async function carryOut(
  plan: PrunePlan,
  api: MirrorApi,
  targets: TargetApi | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const work: (readonly (() => Promise<unknown>)[])[] = [
    plan.sessions.map(
      ({ sessionId }) =>
        () =>
          api.deleteSession(sessionId),
    ),
    plan.filters.map(
      ({ filterId }) =>
        () =>
          api.deleteFilter(filterId),
    ),
    plan.targets.map(({ targetId, balancerArn }) => async () => {
      await api.deleteTarget(targetId);
      if (balancerArn !== undefined && targets) await deleteBalancer(balancerArn, targets);
    }),
  ];
  const pacer = createPacer();
  const failures: string[] = [];
  for (const items of work) {
    const ended = await runPaced(items, pacer, (item) => item(), { signal });
    for (const outcome of ended) {
      if (outcome.status !== 'failed') continue;
      const { kind, detail } = classify(outcome.error);
      if (kind !== 'superseded') failures.push(detail);
    }
  }
  signal.throwIfAborted();
  return failures;
}

async function deleteBalancer(arn: string, api: TargetApi): Promise<void> {
  const name = /\/net\/([^/]+)\//.exec(arn)?.[1];
  const group = name === undefined ? undefined : await api.targetGroup(name);
  await api.deleteLoadBalancer(arn);
  if (group) await api.deleteTargetGroup(group.arn);
}
