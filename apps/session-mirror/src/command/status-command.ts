import { type Command, defineCommand } from '@net/cli';
import type { Scope } from '../run/reconcile.js';
import { tagNames, vpcPolicy } from '../policy/tag-policy.js';
import { mirrorConfig } from './mirror-config.js';
import { closeScopes, openScopes } from './open-scopes.js';
import { policyOptions, sessionOptions } from './options.js';
import { asOne } from './tap-command.js';

interface VpcStatus {
  readonly vpc: string;
  readonly name: string | undefined;
  readonly policy: string;
  readonly target: string | undefined;
  readonly interfaces: number;
  readonly mirrored: number;
  readonly toDo: number;
}

/** Policy and sessions of each VPC. */
export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'Show each VPC with its policy, how much of it is mirrored, and what it costs',
  options: { ...sessionOptions, ...policyOptions },
  examples: [{ command: 'session-mirror status -R eu-west-1', does: 'a table of the VPCs of one region' }],
  handler: async (context) => {
    const { options, signal, out } = context;
    const config = await mirrorConfig(options);
    const [{ lookAt }, open] = await Promise.all([
      import('../run/reconcile.js'),
      openScopes(options, context),
    ]);
    try {
      const scopes = await Promise.all(open.map(({ api }) => lookAt(api, config, { signal })));
      const shown = scopes.map((scope) => ({
        account: scope.plan.accountId,
        region: scope.plan.region,
        vpcs: statusOf(scope, config.tagPrefix, config.creator),
        sessions: {
          ours: scope.snapshot.sessions.filter(({ tags }) => tags['Creator'] === config.creator).length,
          others: scope.snapshot.sessions.filter(({ tags }) => tags['Creator'] !== config.creator).length,
        },
        toDo: scope.plan.actions.length,
        skips: scope.plan.skips,
        monthlyCost: scope.plan.cost.monthlyBefore,
      }));
      out.result({
        json: asOne(shown),
        text: () => {
          for (const { account, region, vpcs, sessions, toDo, skips, monthlyCost } of shown) {
            out.line(
              `${account} ${region}: ${sessions.ours} sessions of ours, ${sessions.others} of others, ` +
                `${monthlyCost.toFixed(2)} USD a month; ${toDo === 0 ? 'nothing to do' : `${toDo} to do: session-mirror plan`}`,
            );
            out.table(vpcs, [
              { title: 'VPC', value: ({ vpc }) => vpc, canShrink: false },
              { title: 'NAME', value: ({ name }) => name },
              { title: 'POLICY', value: ({ policy }) => policy, canShrink: false },
              { title: 'TARGET', value: ({ target }) => target },
              {
                title: 'MIRRORED',
                value: ({ mirrored, interfaces }) => `${mirrored} of ${interfaces}`,
                canShrink: false,
              },
              { title: 'TO DO', value: (row) => String(row.toDo), canShrink: false },
            ]);
            for (const { code, resourceId, reason } of skips)
              out.line(`left out ${resourceId} (${code}): ${reason}`);
          }
        },
      });
      return 0;
    } finally {
      closeScopes(open);
    }
  },
});

function statusOf({ snapshot, plan }: Scope, prefix: string, creator: string): readonly VpcStatus[] {
  const names = tagNames(prefix);
  const vpcOf = new Map(snapshot.interfaces.map(({ id, vpcId }) => [id, vpcId]));
  const ours = snapshot.sessions.filter(({ tags }) => tags['Creator'] === creator);
  return [...snapshot.vpcs]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, tags }) => {
      const policy = vpcPolicy(tags, names);
      const isHere = (interfaceId: string): boolean => vpcOf.get(interfaceId) === id;
      return {
        vpc: id,
        name: tags['Name'],
        policy: policy.kind === 'on' ? policy.enrollment : policy.kind,
        target: policy.kind === 'on' ? (policy.pool ?? policy.targetIds.join(', ')) : undefined,
        interfaces: snapshot.interfaces.filter(
          ({ vpcId, instanceId, type }) => vpcId === id && instanceId !== undefined && type === 'interface',
        ).length,
        mirrored: ours.filter(({ interfaceId }) => isHere(interfaceId)).length,
        toDo: plan.actions.filter((action) => 'interfaceId' in action && isHere(action.interfaceId)).length,
      };
    });
}
