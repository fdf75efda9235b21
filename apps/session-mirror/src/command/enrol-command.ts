import { type Command, type Context, defineCommand, dryRunOption, option } from '@net/cli';
import { type EnrolmentList, type EnrolmentPlan, listed, planEnrolment } from '../enrol/plan-enrolment.js';
import type { Instance } from '../model/snapshot.js';
import { type TagNames, tagNames } from '../policy/tag-policy.js';
import { closeScopes, openScopes } from './open-scopes.js';
import { parseInstanceIds, policyOptions, sessionOptions, type SessionValues } from './options.js';
import { openPrompts, type Prompts } from './prompts.js';
import { asOne } from './tap-command.js';

interface EnrolValues extends SessionValues {
  readonly tagPrefix: string;
  readonly add: readonly (readonly string[])[];
  readonly remove: readonly (readonly string[])[];
  readonly list: boolean;
  readonly dryRun: boolean;
}

const ids = (
  describe: string,
): ReturnType<
  typeof option.value<
    readonly string[],
    { describe: string; repeatable: true; placeholder: string; env: false }
  >
> => option.value({ describe, repeatable: true, placeholder: 'IDS', env: false, parse: parseInstanceIds });

function enrolCommand(list: EnrolmentList, summary: string): Command {
  return defineCommand({
    name: list,
    summary,
    description: `Without --add, --remove or --list it asks at the terminal, as session_mirror_${list} did.`,
    options: {
      ...sessionOptions,
      tagPrefix: policyOptions.tagPrefix,
      add: ids('Instances to put on the list, with commas between them'),
      remove: ids('Instances to take off the list'),
      list: option.flag({ describe: 'Print the list and end', env: false }),
      dryRun: dryRunOption,
    },
    examples: [
      {
        command: `session-mirror ${list} --add i-0123456789abcdef0,i-0fedcba9876543210`,
        does: 'set the tag on two instances',
      },
      { command: `session-mirror ${list} --list --json`, does: 'who is on the list' },
    ],
    handler: (context) => enrol(context as unknown as Context<EnrolValues>, list),
  });
}

/** Instances that are never mirrored. */
export const blacklistCommand: Command = enrolCommand(
  'blacklist',
  'Put instances on the list of those that are never mirrored, or take them off',
);

/** Instances that are mirrored in VPCs that mirror only these. */
export const whitelistCommand: Command = enrolCommand(
  'whitelist',
  'Put instances on the list of those that whitelist VPCs mirror, or take them off',
);

async function enrol(context: Context<EnrolValues>, list: EnrolmentList): Promise<number> {
  const { options, signal, out } = context;
  const names = tagNames(options.tagPrefix);
  const scopes = await openScopes(options, context);
  try {
    const shown: object[] = [];
    for (const { api } of scopes) {
      const instances = await api.instances(signal);
      if (options.list) {
        shown.push(show(listed(instances, names, list)));
        if (!context.json) write(context, listed(instances, names, list));
        continue;
      }
      const isSaid = options.add.length + options.remove.length > 0;
      const wish = isSaid
        ? { add: options.add.flat(), remove: options.remove.flat() }
        : await ask(await openPrompts(context, '--add, --remove or --list'), instances, names, list);
      const plan = planEnrolment(instances, names, list, wish);
      shown.push(plan);
      if (!context.json) writeWords(context, plan);
      if (options.dryRun) continue;
      if (plan.add.length > 0) await api.createTags(plan.add, { [plan.tag]: 'True' });
      if (plan.remove.length > 0) await api.deleteTags(plan.remove, [plan.tag]);
    }
    if (context.json) out.json(asOne(shown));
    return 0;
  } finally {
    closeScopes(scopes);
  }
}

async function ask(
  prompts: Prompts,
  instances: readonly Instance[],
  names: TagNames,
  list: EnrolmentList,
): Promise<{ add: readonly string[]; remove: readonly string[] }> {
  const check = (text: string): string | undefined => {
    try {
      parseInstanceIds(text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  prompts.intro(`${list} of session mirroring`);
  const add = await prompts.ask(
    `Instance ids to add to the ${list} (one, or with commas; empty: none)`,
    check,
  );
  const current = listed(instances, names, list).map(({ id, tags }) => `${id} ${tags['Name'] ?? ''}`.trim());
  prompts.note(current.length === 0 ? `The ${list} is empty.` : `On the ${list}:\n${current.join('\n')}`);
  const remove = await prompts.ask(`Instance ids to remove (empty: none)`, check);
  return { add: parseInstanceIds(add), remove: parseInstanceIds(remove) };
}

function show(instances: readonly Instance[]): object {
  return { instances: instances.map(({ id, vpcId, tags }) => ({ id, vpcId, name: tags['Name'] })) };
}

function write({ out }: Context<EnrolValues>, instances: readonly Instance[]): void {
  out.table(instances, [
    { title: 'INSTANCE', value: ({ id }) => id, canShrink: false },
    { title: 'VPC', value: ({ vpcId }) => vpcId, canShrink: false },
    { title: 'NAME', value: ({ tags }) => tags['Name'] },
  ]);
}

function writeWords({ out, options }: Context<EnrolValues>, plan: EnrolmentPlan): void {
  const will = options.dryRun ? 'would be ' : '';
  for (const id of plan.add) out.line(`${id}: ${will}put on the ${plan.list} (${plan.tag} = True)`);
  for (const id of plan.remove) out.line(`${id}: ${will}taken off the ${plan.list}`);
  for (const id of plan.unchanged) out.line(`${id}: is so already`);
  if (plan.add.length + plan.remove.length + plan.unchanged.length === 0) out.line('Nothing to do.');
  else if (!options.dryRun) out.line('It takes effect with the next session-mirror tap.');
}
