import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import type { MirrorApi } from '../../src/ec2/mirror-api.js';
import { mirrorDefaults } from '../../src/policy/config.js';
import { lookAt, reconcile } from '../../src/run/reconcile.js';
import { balancerTarget, createAccount, type SandboxAccount } from '../sandbox-account.js';

let account: SandboxAccount;
let api: MirrorApi;
let targets: string[] = [];
let foreign: string[] = [];
beforeAll(async () => {
  account = await createAccount();
  api = await account.openApi();
  targets = [account.targetId, await balancerTarget(account, 'one'), await balancerTarget(account, 'two')];
  const filter = account.ec2.createTrafficMirrorFilter({}).TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
  foreign = ['a1', 'b1'].map((name, index) => {
    const made = account.ec2.createTrafficMirrorSession({
      NetworkInterfaceId: account.id(`${name}/eni`),
      TrafficMirrorTargetId: targets[index + 1] ?? '',
      TrafficMirrorFilterId: filter,
      SessionNumber: index + 1,
    });
    return made.TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
  });
});
afterAll(async () => {
  api.close();
  await account.close();
});

const instances = ['a1', 'a2', 'a3', 'b1', 'b2', 'sensor'];
const tag = (key: string): string => `Vectra:session_mirroring_${key}`;

test('over random policies on one account: apply, then the plan is empty; others are left alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        vpcs: fc.array(
          fc.record({
            target: fc.integer({ min: -1, max: 3 }),
            enrollment: fc.constantFrom('auto', 'whitelist'),
          }),
          { minLength: 3, maxLength: 3 },
        ),
        blacklist: fc.subarray(instances),
        whitelist: fc.subarray(instances),
        packetLength: fc.constantFrom(undefined, 100),
        numbers: fc.constantFrom({ from: 1, to: 3 }, { from: 5, to: 9 }),
      }),
      async ({ vpcs, blacklist, whitelist, packetLength, numbers }) => {
        vpcs.forEach(({ target, enrollment }, index) => {
          const name = ['alpha', 'beta', 'sensors'][index] ?? '';
          account.removeTags(name, tag('target'), tag('enrollment'));
          if (target >= 0) account.enable(name, targets[target] ?? targets.slice(1).join(), enrollment);
        });
        for (const name of instances) {
          account.removeTags(name, tag('blacklist'), tag('whitelist'));
          if (blacklist.includes(name)) account.setTags(name, { [tag('blacklist')]: 'True' });
          if (whitelist.includes(name)) account.setTags(name, { [tag('whitelist')]: 'True' });
        }
        const config = { ...mirrorDefaults, packetLength, sessionNumbers: numbers };
        const { outcomes, left } = await reconcile(await lookAt(api, config), config);
        expect(outcomes.filter(({ status }) => status !== 'done')).toEqual([]);
        expect(left.actions).toEqual([]);
        expect((await lookAt(api, config)).plan.actions).toEqual([]);
        const all = account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
        const ids = all.map(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId);
        expect(ids).toEqual(expect.arrayContaining(foreign));
        const mirrored = account.mirrored();
        expect(mirrored).not.toContain('sensor');
        const both = new Set(blacklist.filter((name) => whitelist.includes(name)));
        for (const name of mirrored.filter((each) => !both.has(each))) expect(blacklist).not.toContain(name);
      },
    ),
    propertyOptions(25),
  );
});
