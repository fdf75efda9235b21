import { parseResourceId } from '@net/aws-core';
import { type Command, type Context, defineCommand, dryRunOption, option } from '@net/cli';
import type { MirrorApi } from '../ec2/mirror-api.js';
import { SessionMirrorError } from '../errors.js';
import type { Vpc } from '../model/snapshot.js';
import { type TagNames, tagNames } from '../policy/tag-policy.js';
import { stepWords, type TargetWish } from '../target/plan-target.js';
import type { TargetApi } from '../target/target-api.js';
import { askVpcs } from './ask-vpcs.js';
import { closeScopes, openScopes } from './open-scopes.js';
import { parseInstanceIds, policyOptions, sessionOptions } from './options.js';
import { openPrompts } from './prompts.js';
import { asOne } from './tap-command.js';
import { type VpcChange, type VpcPlan, applyVpc, planVpc } from './vpc-change.js';

const making = 'Making a target';

/** Enables, changes or disables mirroring of VPCs. */
export const configVpcCommand: Command = defineCommand({
  name: 'config-vpc',
  summary: 'Enable, change or disable the mirroring of VPCs',
  description:
    'Without --vpc it goes through the VPCs at the terminal, as session_mirror_config_vpc did. Sessions change with the next tap.',
  options: {
    ...sessionOptions,
    tagPrefix: policyOptions.tagPrefix,
    vpc: option.value({
      describe: 'VPC to configure; several are configured alike',
      placeholder: 'ID',
      repeatable: true,
      commaSeparated: true,
      env: false,
      parse: (text) => parseResourceId('vpc', text),
    }),
    target: option.value({
      describe: 'Mirror target, several with commas between them, or pool:NAME',
      placeholder: 'TARGET',
      env: false,
      parse: parseTarget,
    }),
    enrollment: option.choice({
      choices: ['auto', 'whitelist'],
      describe: 'All instances but the blacklisted, or only the whitelisted',
      env: false,
    }),
    disable: option.flag({ describe: 'Take the policy off', env: false }),
    yes: option.flag({ short: 'y', describe: 'Do not ask', env: false }),
    dryRun: dryRunOption,
    createNlb: option.flag({
      describe: 'A new internal Network Load Balancer in the VPC, with target group and listener',
      group: making,
      env: false,
    }),
    register: option.value({
      describe: 'Instances that receive the packets behind it',
      placeholder: 'IDS',
      group: making,
      env: false,
      parse: parseInstanceIds,
    }),
    healthCheckPort: option.integer({
      describe: 'TCP port on which they show that they live',
      default: 443,
      min: 1,
      max: 65_535,
      group: making,
      env: false,
    }),
    gatewayEndpoint: option.value({
      describe: 'A target of this Gateway Load Balancer endpoint',
      placeholder: 'ID',
      group: making,
      env: false,
      parse: (text) => parseResourceId('vpc-endpoint', text),
    }),
    networkInterface: option.value({
      describe: 'A target of this interface',
      placeholder: 'ID',
      group: making,
      env: false,
      parse: (text) => parseResourceId('network-interface', text),
    }),
  },
  examples: [
    { command: 'session-mirror config-vpc', does: 'asks for each VPC' },
    {
      command:
        'session-mirror config-vpc --vpc vpc-0123456789abcdef0 --target tmt-0123456789abcdef0 --enrollment whitelist --yes',
      does: 'mirror the whitelisted instances of one VPC',
    },
    {
      command:
        'session-mirror config-vpc --vpc vpc-0123456789abcdef0 --create-nlb --register i-0123456789abcdef0 --yes',
      does: 'make a load balancer for the sensors and mirror the VPC to it',
    },
    {
      command: 'session-mirror config-vpc --vpc vpc-0123456789abcdef0 --disable --yes',
      does: 'mirror it no more',
    },
  ],
  handler: async (context) => {
    const { options, signal, out } = context;
    const change = changeOf(options);
    const names = tagNames(options.tagPrefix);
    const [{ openTargetApi }, scopes] = await Promise.all([
      import('../target/open-target-api.js'),
      openScopes(options, context),
    ]);
    try {
      const shown: VpcPlan[] = [];
      for (const { session, api } of scopes) {
        const targetApi = await openTargetApi(session);
        try {
          const vpcs = await api.vpcs(signal);
          if (options.vpc.length === 0) {
            const prompts = await openPrompts(context, '--vpc with --target, --create-nlb or --disable');
            await askVpcs({ prompts, vpcs, names, api, targetApi, signal, dryRun: options.dryRun });
          } else {
            const chosen = options.vpc.map((id) => known(vpcs, id));
            for (const vpc of chosen)
              shown.push(await configure(context, vpc, change, { names, api, targetApi }));
          }
        } finally {
          targetApi.close();
        }
      }
      if (context.json) out.json(asOne(shown));
      return 0;
    } finally {
      closeScopes(scopes);
    }
  },
});

interface Tools {
  readonly names: TagNames;
  readonly api: MirrorApi;
  readonly targetApi: TargetApi;
}

async function configure(
  context: Context<{ readonly yes: boolean; readonly dryRun: boolean }>,
  vpc: Vpc,
  change: VpcChange,
  { names, api, targetApi }: Tools,
): Promise<VpcPlan> {
  const { options, signal, out, log } = context;
  const plan = await planVpc(vpc, change, { names, api, targetApi, signal });
  for (const doubt of plan.doubts) log.warn('target.doubt', `${vpc.id}: ${doubt}`);
  if (!context.json) {
    for (const step of plan.target?.steps ?? []) out.line(`${vpc.id}: ${stepWords(step)}`);
    for (const words of plan.words) out.line(`${vpc.id}: ${words}`);
    if (plan.words.length === 0) out.line(`${vpc.id}: is so already`);
  }
  if (options.dryRun || plan.words.length === 0) return plan;
  if (!options.yes) {
    const prompts = await openPrompts(context, '--yes');
    if (!(await prompts.confirm(`Do this to ${vpc.id}?`, false))) return plan;
  }
  await applyVpc(plan, {
    names,
    api,
    targetApi,
    signal,
    onStep: (words) => log.info('target.step', `${vpc.id}: ${words}`),
  });
  return plan;
}

function changeOf(options: {
  readonly vpc: readonly string[];
  readonly target: string | undefined;
  readonly enrollment: 'auto' | 'whitelist' | undefined;
  readonly disable: boolean;
  readonly createNlb: boolean;
  readonly register: readonly string[] | undefined;
  readonly healthCheckPort: number;
  readonly gatewayEndpoint: string | undefined;
  readonly networkInterface: string | undefined;
}): VpcChange {
  const { target, createNlb, gatewayEndpoint, networkInterface, disable, enrollment } = options;
  const ways = [
    target !== undefined,
    createNlb,
    gatewayEndpoint !== undefined,
    networkInterface !== undefined,
    disable,
  ];
  const said = ways.filter(Boolean).length;
  if (said > 1) {
    throw new SessionMirrorError(
      'NET_SESSION_MIRROR_INPUT',
      'only one of --target, --create-nlb, --gateway-endpoint, --network-interface and --disable can be given',
    );
  }
  if (options.vpc.length === 0 && (said > 0 || enrollment !== undefined)) {
    throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', 'no VPC is named', {
      hint: 'Name one with --vpc.',
    });
  }
  if (options.vpc.length > 0 && said === 0 && enrollment === undefined) {
    throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', 'nothing is to be changed', {
      hint: 'Give --target, --create-nlb, --gateway-endpoint, --network-interface, --enrollment or --disable.',
    });
  }
  if (disable) return { kind: 'disable' };
  const wish: ((vpcId: string) => TargetWish) | undefined = createNlb
    ? (vpcId) => ({
        kind: 'network-load-balancer',
        vpcId,
        instanceIds: options.register ?? [],
        healthCheck: { protocol: 'TCP', port: options.healthCheckPort },
      })
    : gatewayEndpoint !== undefined
      ? () => ({ kind: 'gateway-load-balancer-endpoint', endpointId: gatewayEndpoint })
      : networkInterface !== undefined
        ? () => ({ kind: 'network-interface', interfaceId: networkInterface })
        : undefined;
  return { kind: 'enable', target, wish, enrollment };
}

function known(vpcs: readonly Vpc[], id: string): Vpc {
  const vpc = vpcs.find((each) => each.id === id);
  if (vpc) return vpc;
  throw new SessionMirrorError('NET_SESSION_MIRROR_INPUT', `there is no VPC ${id} here`, {
    hint: 'Check the id, the region and the account.',
  });
}

function parseTarget(text: string): string {
  if (/^pool:.+/.test(text)) return text;
  return text
    .split(',')
    .map((id) => parseResourceId('traffic-mirror-target', id.trim()))
    .join(',');
}
