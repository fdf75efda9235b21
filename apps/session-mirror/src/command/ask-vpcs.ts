import type { FoundTarget, MirrorApi } from '../ec2/mirror-api.js';
import type { Vpc } from '../model/snapshot.js';
import { type TagNames, vpcPolicy } from '../policy/tag-policy.js';
import type { TargetApi } from '../target/target-api.js';
import { stepWords } from '../target/plan-target.js';
import { parseInstanceIds } from './options.js';
import type { Prompts } from './prompts.js';
import { type VpcChange, applyVpc, planVpc } from './vpc-change.js';

interface AskOptions {
  readonly prompts: Prompts;
  readonly vpcs: readonly Vpc[];
  readonly names: TagNames;
  readonly api: MirrorApi;
  readonly targetApi: TargetApi;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
}

/** Goes through the VPCs with questions, as the original: modify? disable? which target? which enrolment? */
export async function askVpcs(options: AskOptions): Promise<void> {
  const { prompts, vpcs, names, api, targetApi, signal } = options;
  prompts.intro('Mirroring of the VPCs');
  for (const vpc of [...vpcs].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const name = vpc.tags['Name'] === undefined ? vpc.id : `${vpc.id} (${vpc.tags['Name']})`;
    if (!(await prompts.confirm(`${name}: ${stateOf(vpc, names)}. Modify?`, false))) continue;
    const change = await askChange(options, vpc, await api.targets(signal));
    const plan = await planVpc(vpc, change, { names, api, targetApi, signal });
    for (const doubt of plan.doubts) prompts.note(`Mind: ${doubt}`);
    const words = [...(plan.target?.steps.map(stepWords) ?? []), ...plan.words];
    prompts.note(words.length === 0 ? 'It is so already.' : words.join('\n'));
    if (words.length === 0 || options.dryRun || !(await prompts.confirm('Do this?', true))) continue;
    await applyVpc(plan, { names, api, targetApi, signal, onStep: (step) => prompts.note(step) });
  }
}

function stateOf(vpc: Vpc, names: TagNames): string {
  const policy = vpcPolicy(vpc.tags, names);
  if (policy.kind === 'off') return 'not mirrored';
  if (policy.kind === 'invalid') return `not valid: ${policy.reason}`;
  return `mirrored to ${policy.pool ?? policy.targetIds.join(', ')}, enrolment ${policy.enrollment}`;
}

async function askChange(
  { prompts, names }: AskOptions,
  vpc: Vpc,
  targets: readonly FoundTarget[],
): Promise<VpcChange> {
  const isOn = vpcPolicy(vpc.tags, names).kind !== 'off';
  if (isOn && (await prompts.confirm('Disable mirroring of this VPC?', false))) return { kind: 'disable' };
  const choice = await prompts.choose('Where to?', [
    ...targets.map(({ id, kind, resource, tags }) => ({
      value: id,
      label: tags['Name'] === undefined ? id : `${id} (${tags['Name']})`,
      hint: `${kind} ${resource}`,
    })),
    { value: 'nlb', label: 'a new Network Load Balancer in this VPC' },
  ]);
  const instanceIds =
    choice === 'nlb'
      ? parseInstanceIds(
          await prompts.ask(
            'Instances that receive the packets (with commas; empty: registered later)',
            (text) => {
              try {
                parseInstanceIds(text);
                return undefined;
              } catch (error) {
                return (error as Error).message;
              }
            },
          ),
        )
      : [];
  const enrollment = await prompts.choose('Which instances?', [
    { value: 'auto', label: 'all but the blacklisted' },
    { value: 'whitelist', label: 'only the whitelisted' },
  ] as const);
  return {
    kind: 'enable',
    enrollment,
    target: choice === 'nlb' ? undefined : choice,
    wish:
      choice === 'nlb'
        ? (vpcId) => ({
            kind: 'network-load-balancer',
            vpcId,
            instanceIds,
            healthCheck: { protocol: 'TCP', port: 443 },
          })
        : undefined,
  };
}
