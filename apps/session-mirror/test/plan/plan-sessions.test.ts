import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import type { MirrorSession, Snapshot } from '../../src/model/snapshot.js';
import { type MirrorConfig, mirrorDefaults } from '../../src/policy/config.js';
import { fullTrafficFilter } from '../../src/policy/filter-spec.js';
import { planSessions } from '../../src/plan/plan-sessions.js';
import {
  carryOut,
  filterId,
  instanceId,
  interfaceId,
  randomAccount,
  targetId,
  vpcId,
} from './random-account.js';

const configs = fc.record({
  packetLength: fc.constantFrom(undefined, 100, 200),
  virtualNetworkId: fc.constantFrom(undefined, 7, 8),
  sessionNumbers: fc.constantFrom({ from: 1, to: 10 }, { from: 2, to: 3 }),
  sources: fc.constantFrom(2, 10),
});

const configOf = (words: {
  packetLength: number | undefined;
  virtualNetworkId: number | undefined;
  sessionNumbers: MirrorConfig['sessionNumbers'];
  sources: number;
}): MirrorConfig => ({
  ...mirrorDefaults,
  packetLength: words.packetLength,
  virtualNetworkId: words.virtualNetworkId,
  sessionNumbers: words.sessionNumbers,
  limits: { ...mirrorDefaults.limits, sourcesPerInterfaceTarget: words.sources },
});

const isOurs = ({ tags }: MirrorSession): boolean => tags['Creator'] === mirrorDefaults.creator;

describe('over random accounts and policies', () => {
  test('a plan that was carried out is followed by an empty one', () => {
    fc.assert(
      fc.property(randomAccount, configs, (account, words) => {
        const config = configOf(words);
        const after = carryOut(account, planSessions(account, config), config);
        expect(planSessions(after, config).actions).toEqual([]);
      }),
      propertyOptions(3_000),
    );
  });

  test('a session without our mark is in no plan, and stays as it is', () => {
    fc.assert(
      fc.property(randomAccount, configs, (account, words) => {
        const config = configOf(words);
        const plan = planSessions(account, config);
        const foreign = new Set(account.sessions.filter((each) => !isOurs(each)).map(({ id }) => id));
        for (const action of plan.actions)
          if ('sessionId' in action) expect(foreign.has(action.sessionId)).toBe(false);
        const left = carryOut(account, plan, config).sessions.filter((each) => !isOurs(each));
        expect(left).toEqual(account.sessions.filter((each) => !isOurs(each)));
      }),
      propertyOptions(2_000),
    );
  });

  test('quotas are never exceeded by what a plan adds', () => {
    fc.assert(
      fc.property(randomAccount, configs, (account, words) => {
        const config = configOf(words);
        const { sessions } = carryOut(account, planSessions(account, config), config);
        const count = (list: readonly string[], of: string): number =>
          list.filter((each) => each === of).length;
        const on = sessions.map((session) => session.interfaceId);
        const before = account.sessions.map((session) => session.interfaceId);
        for (const id of on) expect(count(on, id)).toBeLessThanOrEqual(Math.max(3, count(before, id)));
        const numbers = sessions.map((session) => `${session.interfaceId} ${session.number}`);
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const { id, kind } of account.targets) {
          if (kind !== 'network-interface') continue;
          const after = sessions.filter((session) => session.targetId === id).length;
          const was = account.sessions.filter((session) => session.targetId === id).length;
          expect(after).toBeLessThanOrEqual(Math.max(config.limits.sourcesPerInterfaceTarget, was));
        }
      }),
      propertyOptions(2_000),
    );
  });

  test('is the same for the same account, whatever order the API lists it in', () => {
    fc.assert(
      fc.property(randomAccount, (account) => {
        const turned: Snapshot = {
          ...account,
          interfaces: account.interfaces.toReversed(),
          sessions: account.sessions.toReversed(),
          filters: account.filters.toReversed(),
        };
        expect(planSessions(turned, mirrorDefaults).actions.length).toBe(
          planSessions(account, mirrorDefaults).actions.length,
        );
      }),
      propertyOptions(500),
    );
  });
});

const account = (
  words: Partial<Snapshot> = {},
  vpcTags: Readonly<Record<string, string>> = {},
): Snapshot => ({
  accountId: '123456789012',
  region: 'eu-west-1',
  takenAtMs: 0,
  vpcs: [{ id: vpcId(0), tags: { 'Vectra:session_mirroring_target': targetId(0), ...vpcTags } }],
  instances: [
    { id: instanceId(0), type: 'm5.large', state: 'running', vpcId: vpcId(0), tags: { Name: 'web' } },
  ],
  interfaces: [
    {
      id: interfaceId(0),
      vpcId: vpcId(0),
      instanceId: instanceId(0),
      type: 'interface',
      isRequesterManaged: false,
    },
  ],
  targets: [0, 1].map((index) => ({
    id: targetId(index),
    kind: 'network-load-balancer' as const,
    interfaceId: undefined,
    tags: {},
  })),
  filters: [{ id: filterId(0), tags: {}, ...fullTrafficFilter }],
  sessions: [],
  ineligibleTypes: {},
  ...words,
});

const session = (words: Partial<MirrorSession> = {}): MirrorSession => ({
  id: 'tms-1',
  interfaceId: interfaceId(0),
  targetId: targetId(0),
  filterId: filterId(0),
  number: 1,
  packetLength: undefined,
  virtualNetworkId: 1,
  tags: { Creator: 'Vectra:Tap' },
  ...words,
});

describe('the original', () => {
  test('an enabled VPC: a session number 1 on every interface, named as the instance', () => {
    expect(planSessions(account(), mirrorDefaults).actions).toMatchObject([
      { kind: 'create-session', number: 1, name: 'web', targetId: targetId(0), filterId: filterId(0) },
    ]);
  });

  test('fault "retarget": a session moves to the new target in place', () => {
    const plan = planSessions(account({ sessions: [session({ targetId: targetId(1) })] }), mirrorDefaults);
    expect(plan.actions).toMatchObject([
      { kind: 'modify-session', sessionId: 'tms-1', set: { targetId: targetId(0) }, remove: [] },
    ]);
  });

  test.each<[string, Partial<Snapshot>, Readonly<Record<string, string>>, RegExp]>([
    ['the VPC is disabled', { vpcs: [{ id: vpcId(0), tags: {} }] }, {}, /is not enabled/],
    [
      'the instance left the whitelist',
      {},
      { 'Vectra:session_mirroring_enrollment': 'whitelist' },
      /is not whitelisted/,
    ],
    [
      'the instance is gone',
      {
        instances: [{ id: instanceId(0), type: 'm5.large', state: 'terminated', vpcId: vpcId(0), tags: {} }],
      },
      {},
      /is terminated/,
    ],
    ['the target is gone', { targets: [] }, {}, /the target .* is gone/],
  ])('fault "disable": %s, and the session goes', (_what, words, tags, reason) => {
    const plan = planSessions(account({ sessions: [session()], ...words }, tags), mirrorDefaults);
    expect(plan.actions).toMatchObject([
      { kind: 'delete-session', sessionId: 'tms-1', reason: expect.stringMatching(reason) },
    ]);
  });

  test('tags that mean nothing change nothing', () => {
    const plan = planSessions(
      account({ sessions: [session()] }, { 'Vectra:session_mirroring_enrollment': 'maybe' }),
      mirrorDefaults,
    );
    expect(plan.actions).toEqual([]);
    expect(plan.skips).toMatchObject([{ code: 'vpc-invalid', resourceId: vpcId(0) }]);
  });

  test('a filter of the same name with another content is not taken for ours', () => {
    const [rule] = fullTrafficFilter.rules;
    const other = { ...fullTrafficFilter, rules: [{ ...rule!, number: 7 }] };
    const plan = planSessions(
      account({ filters: [{ id: filterId(0), tags: {}, ...other }] }),
      mirrorDefaults,
    );
    expect(plan.actions.map(({ kind }) => kind)).toEqual(['create-filter', 'create-session']);
  });

  test('a filter that was begun is completed', () => {
    const begun = {
      id: filterId(0),
      tags: {},
      ...fullTrafficFilter,
      rules: fullTrafficFilter.rules.slice(0, 1),
    };
    expect(planSessions(account({ filters: [begun] }), mirrorDefaults).actions).toMatchObject([
      {
        kind: 'complete-filter',
        filterId: filterId(0),
        rules: fullTrafficFilter.rules.slice(1),
        services: [],
      },
      { kind: 'create-session', filterId: filterId(0) },
    ]);
  });

  test('the number of a foreign session is stepped around', () => {
    const foreign = session({ id: 'tms-9', tags: {} });
    expect(planSessions(account({ sessions: [foreign] }), mirrorDefaults).actions).toMatchObject([
      { kind: 'create-session', number: 2 },
    ]);
  });
});

describe('guards and cost', () => {
  const many = (count: number): Partial<Snapshot> => ({
    vpcs: [{ id: vpcId(0), tags: {} }],
    interfaces: Array.from({ length: count }, (_, index) => ({
      id: interfaceId(index),
      vpcId: vpcId(0),
      instanceId: instanceId(0),
      type: 'interface',
      isRequesterManaged: false,
    })),
    sessions: Array.from({ length: count }, (_, index) =>
      session({ id: `tms-${index}`, interfaceId: interfaceId(index) }),
    ),
  });

  test('a plan that would remove too much says what allows it', () => {
    const { breaches } = planSessions(account(many(6)), mirrorDefaults);
    expect(breaches).toMatchObject([{ guard: 'max-delete-percent', allowWith: '--max-delete-percent 100' }]);
    expect(planSessions(account(many(5)), mirrorDefaults).breaches).toEqual([]);
  });

  test('the bill is foreseen and may be limited', () => {
    const guards = { ...mirrorDefaults.guards, maxMonthlyCost: 5 };
    const plan = planSessions(account(), { ...mirrorDefaults, guards });
    expect(plan.cost).toMatchObject({ interfacesAfter: 1, monthlyAfter: 10.95 });
    expect(plan.breaches).toMatchObject([{ guard: 'max-monthly-cost' }]);
  });
});
