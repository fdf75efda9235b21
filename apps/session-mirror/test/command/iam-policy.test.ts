import { createCallRecorder } from '@net/aws-core';
import { expect, test } from '@jest/globals';
import { sessionMirrorPolicy } from '../../src/command/iam-policy.js';
import { applyVpc, planVpc } from '../../src/command/vpc-change.js';
import { openMirrorApi } from '../../src/ec2/open-mirror-api.js';
import { mirrorDefaults } from '../../src/policy/config.js';
import { tagNames } from '../../src/policy/tag-policy.js';
import { lookAt, reconcile } from '../../src/run/reconcile.js';
import { openTargetApi } from '../../src/target/open-target-api.js';
import { createAccount } from '../sandbox-account.js';

test('planning needs what the read policy allows, tapping the write policy, making targets the last', async () => {
  const account = await createAccount();
  try {
    const recorder = createCallRecorder();
    const api = await openMirrorApi(account.session, { recorder });
    const targetApi = await openTargetApi(account.session, { recorder });
    account.ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 1,
      MaxCount: 1,
      InstanceType: 'm5.metal',
      SubnetId: account.id('alpha-a'),
    });
    account.enable('alpha');
    const scope = await lookAt(api, mirrorDefaults);
    const actions = (): string[] => recorder.calls().map(({ action }) => action);
    const allowed = (part: Parameters<typeof sessionMirrorPolicy>[0]): string[] =>
      sessionMirrorPolicy(part).Statement.flatMap(({ Action }) => Action);
    for (const action of actions()) expect(allowed('read')).toContain(action);
    await reconcile(scope, mirrorDefaults);
    for (const action of actions()) expect(allowed('write')).toContain(action);
    const [vpc] = (await api.vpcs()).filter(({ id }) => id === account.id('alpha'));
    const tools = { names: tagNames('Vectra'), api, targetApi };
    const plan = await planVpc(
      vpc!,
      {
        kind: 'enable',
        target: undefined,
        enrollment: undefined,
        wish: (vpcId) => ({
          kind: 'network-load-balancer',
          vpcId,
          instanceIds: [account.id('a1')],
          healthCheck: { protocol: 'TCP', port: 443 },
        }),
      },
      tools,
    );
    await applyVpc(plan, tools);
    for (const action of actions()) expect(allowed('targets')).toContain(action);
    api.close();
    targetApi.close();
  } finally {
    await account.close();
  }
});
