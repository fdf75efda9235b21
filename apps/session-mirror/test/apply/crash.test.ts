import { startProcess, until } from '@net/testing';
import { describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { lookAt, reconcile } from '../../src/run/reconcile.js';
import { mirrorDefaults } from '../../src/policy/config.js';
import { balancerTarget, createAccount } from '../sandbox-account.js';

const program = fileURLToPath(new URL('../../bin/session-mirror.js', import.meta.url));

/** Every call of a run that writes, and one of those that read. */
const moments = [
  { action: 'DescribeTrafficMirrorSessions', nth: 1 },
  { action: 'DeleteTrafficMirrorSession', nth: 1 },
  { action: 'CreateTrafficMirrorFilter', nth: 1 },
  { action: 'CreateTrafficMirrorFilterRule', nth: 1 },
  { action: 'CreateTrafficMirrorFilterRule', nth: 3 },
  { action: 'ModifyTrafficMirrorFilterNetworkServices', nth: 1 },
  { action: 'ModifyTrafficMirrorSession', nth: 1 },
  { action: 'CreateTrafficMirrorSession', nth: 1 },
  { action: 'CreateTrafficMirrorSession', nth: 2 },
  { action: 'DescribeTrafficMirrorSessions', nth: 2 },
] as const;

describe('a run that is killed', () => {
  test.each(moments)(
    'within $action number $nth is finished by the next: nothing twice, nothing left over',
    async ({ action, nth }) => {
      const account = await createAccount();
      const api = await account.openApi();
      try {
        // One session to delete, one to change, three to create, and a filter to make.
        const old = account.ec2.createTrafficMirrorFilter({ Description: 'old' }).TrafficMirrorFilter;
        for (const name of ['sensor', 'b1', 'b2'].slice(1)) {
          account.ec2.createTrafficMirrorSession({
            NetworkInterfaceId: account.id(`${name}/eni`),
            TrafficMirrorTargetId: account.targetId,
            TrafficMirrorFilterId: old?.TrafficMirrorFilterId ?? '',
            SessionNumber: 1,
            TagSpecifications: [
              { ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'Creator', Value: 'Vectra:Tap' }] },
            ],
          });
        }
        const target = await balancerTarget(account);
        account.enable('alpha', target);
        account.enable('beta', target, 'whitelist');
        account.setTags('b1', { 'Vectra:session_mirroring_whitelist': 'True' });
        const slow = account.sandbox.faults.add({
          match: { action },
          nth,
          fault: { kind: 'latency', durationMs: 400 },
        });
        const child = startProcess(process.execPath, [program], { env: account.environment() });
        await until(`${action} number ${nth}`, () => slow.struck > 0, 20_000);
        child.child.kill('SIGKILL');
        await child.ended;
        account.sandbox.faults.clear();
        const { left, outcomes } = await reconcile(await lookAt(api, mirrorDefaults), mirrorDefaults);
        expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
        expect(left.actions).toEqual([]);
        expect(account.mirrored()).toEqual(['a1', 'a2', 'a3', 'b1']);
        expect(account.sessions()).toHaveLength(4);
        const filters = account.ec2.describeTrafficMirrorFilters({}).TrafficMirrorFilters ?? [];
        expect(filters.map(({ Description }) => Description).sort()).toEqual([
          'Vectra Full Traffic + DNS Filter',
          'old',
        ]);
      } finally {
        api.close();
        await account.close();
      }
    },
  );
});
