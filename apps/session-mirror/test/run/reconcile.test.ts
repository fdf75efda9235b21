import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lookAt, reconcile, type Reconciled } from '../../src/run/reconcile.js';
import type { MirrorApi } from '../../src/ec2/mirror-api.js';
import { type MirrorConfig, mirrorDefaults } from '../../src/policy/config.js';
import { balancerTarget, createAccount, REGION, type SandboxAccount } from '../sandbox-account.js';

let account: SandboxAccount;
let api: MirrorApi;
beforeEach(async () => {
  account = await createAccount();
  api = await account.openApi();
});
afterEach(async () => {
  api.close();
  await account.close();
});

async function tap(config: MirrorConfig = mirrorDefaults, through: MirrorApi = api): Promise<Reconciled> {
  return await reconcile(await lookAt(through, config), config);
}

const eni = (name: string): string => account.id(`${name}/eni`);

describe('the policy of the tags', () => {
  test('auto mirrors every running instance but the blacklisted, whitelist only the whitelisted', async () => {
    account.enable('alpha');
    account.enable('beta', account.targetId, 'whitelist');
    account.setTags('a2', { 'Vectra:session_mirroring_blacklist': 'True' });
    account.setTags('b2', { 'Vectra:session_mirroring_whitelist': 'True' });
    account.ec2.stopInstances({ InstanceIds: [account.id('a3')] });
    const { outcomes, left } = await tap();
    expect(account.mirrored()).toEqual(['a1', 'b2']);
    expect(outcomes.every(({ status }) => status === 'done')).toBe(true);
    expect(left.actions).toEqual([]);
    const tags = (account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? []).map(({ Tags }) =>
      Tags?.map(({ Key, Value }) => `${Key}=${Value}`).sort(),
    );
    expect(tags.sort()).toEqual([
      ['Creator=Vectra:Tap', 'Name=a1'],
      ['Creator=Vectra:Tap', 'Name=b2'],
    ]);
  });

  test('the filter is the original one, made once', async () => {
    account.enable('alpha');
    await tap();
    const [filter, ...more] = account.ec2.describeTrafficMirrorFilters({}).TrafficMirrorFilters ?? [];
    expect(more).toEqual([]);
    expect(filter).toMatchObject({
      Description: 'Vectra Full Traffic + DNS Filter',
      NetworkServices: ['amazon-dns'],
      Tags: [{ Key: 'Name', Value: 'Vectra Filter' }],
    });
    for (const rules of [filter?.IngressFilterRules, filter?.EgressFilterRules])
      expect(rules?.map(({ RuleNumber, SourceCidrBlock }) => [RuleNumber, SourceCidrBlock])).toEqual([
        [100, '0.0.0.0/0'],
        [200, '::/0'],
      ]);
  });

  test('a second run writes nothing', async () => {
    account.enable('alpha');
    await tap();
    account.sandbox.calls.clear();
    const { outcomes } = await tap();
    expect(outcomes).toEqual([]);
    expect(account.sandbox.calls.list().every(({ action }) => /^(?:Describe|GetCaller)/.test(action))).toBe(
      true,
    );
  });

  test('sessions of others stay, and their numbers are stepped around', async () => {
    const filter = account.ec2.createTrafficMirrorFilter({}).TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
    const other = account.ec2.createTrafficMirrorSession({
      NetworkInterfaceId: eni('a1'),
      TrafficMirrorTargetId: account.targetId,
      TrafficMirrorFilterId: filter,
      SessionNumber: 1,
    });
    account.enable('alpha', await balancerTarget(account));
    await tap();
    expect(account.sessions().find((each) => each.startsWith(eni('a1')))).toContain(' #2 ');
    account.removeTags('alpha', 'Vectra:session_mirroring_target');
    await tap();
    expect(account.sessions()).toEqual([]);
    expect(
      account.ec2
        .describeTrafficMirrorSessions({})
        .TrafficMirrorSessions?.map((each) => each.TrafficMirrorSessionId),
    ).toEqual([other.TrafficMirrorSession?.TrafficMirrorSessionId]);
  });

  test('the target and its instance are never sources', async () => {
    account.enable('sensors');
    const { plan } = await tap();
    expect(account.sessions()).toEqual([]);
    expect(plan.skips).toMatchObject([{ code: 'is-target', resourceId: eni('sensor') }]);
  });
});

describe('interfaces that cannot be sources', () => {
  test('those of services, detached ones and NAT gateways are told apart and left alone', async () => {
    const subnetId = account.id('alpha-a');
    const managed = account.ec2.createForeignInterface({
      subnetId,
      interfaceType: 'lambda',
      requesterManaged: true,
      description: 'AWS Lambda VPC ENI-web',
    });
    account.ec2.createNetworkInterface({ SubnetId: subnetId });
    account.ec2.createNatGateway({ SubnetId: subnetId, ConnectivityType: 'private' });
    account.enable('alpha');
    const { plan, left } = await tap();
    expect(account.mirrored()).toEqual(['a1', 'a2', 'a3']);
    expect(account.sessions()).toHaveLength(3);
    expect(JSON.stringify(plan.actions)).not.toContain(managed);
    expect(left.actions).toEqual([]);
  });

  test('a terminated instance is no source, a second interface of a running one is', async () => {
    account.ec2.terminateInstances({ InstanceIds: [account.id('a1')] });
    const second = account.ec2.createNetworkInterface({ SubnetId: account.id('alpha-a') }).NetworkInterface;
    account.ec2.attachNetworkInterface({
      InstanceId: account.id('a2'),
      NetworkInterfaceId: second?.NetworkInterfaceId ?? '',
      DeviceIndex: 1,
    });
    account.enable('alpha');
    await tap();
    expect(account.mirrored()).toEqual(['a2', 'a3']);
    expect(account.sessions().some((each) => each.startsWith(second?.NetworkInterfaceId ?? 'none'))).toBe(
      true,
    );
  });
});

describe('regressions of the original', () => {
  test('retarget: sessions are changed in place, without a gap', async () => {
    account.enable('alpha');
    await tap();
    const before = account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
    const target = await balancerTarget(account);
    account.enable('alpha', target);
    account.sandbox.calls.clear();
    await tap();
    const after = account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
    expect(after.map((each) => each.TrafficMirrorSessionId)).toEqual(
      before.map((each) => each.TrafficMirrorSessionId),
    );
    expect(new Set(after.map((each) => each.TrafficMirrorTargetId))).toEqual(new Set([target]));
    expect(account.count('ModifyTrafficMirrorSession')).toBe(3);
    expect(account.count('CreateTrafficMirrorSession') + account.count('DeleteTrafficMirrorSession')).toBe(0);
  });

  test('disable: a VPC that is taken off, and an instance that leaves, lose their sessions', async () => {
    account.enable('alpha');
    account.enable('beta');
    await tap();
    expect(account.mirrored()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
    account.removeTags('beta', 'Vectra:session_mirroring_target');
    account.setTags('a1', { 'Vectra:session_mirroring_blacklist': 'True' });
    account.ec2.stopInstances({ InstanceIds: [account.id('a2')] });
    await tap();
    expect(account.mirrored()).toEqual(['a3']);
  });
});

describe('what EC2 says is learned', () => {
  test('a type that cannot be mirrored is tried once, and is a warning', async () => {
    const types = Array.from({ length: 4 }, () =>
      account.ec2.runInstances({
        ImageId: 'ami-0123456789abcdef0',
        MinCount: 1,
        MaxCount: 1,
        InstanceType: 't2.micro',
        SubnetId: account.id('alpha-a'),
      }),
    );
    expect(types).toHaveLength(4);
    account.enable('alpha', await balancerTarget(account));
    const { outcomes, left } = await tap();
    const refused = outcomes.filter(({ status }) => status === 'refused');
    expect(refused).toHaveLength(4);
    expect(refused[0]?.detail).toContain('t2.micro');
    expect(account.sandbox.calls.count({ action: 'CreateTrafficMirrorSession', outcome: 'error' })).toBe(1);
    expect(left.actions).toEqual([]);
    expect(left.skips.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'type-not-eligible'));
  });

  test('an interface target takes ten sources; a pool takes the rest', async () => {
    account.ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 11,
      MaxCount: 11,
      InstanceType: 'm5.large',
      SubnetId: account.id('alpha-a'),
    });
    account.enable('alpha');
    const { left } = await tap();
    expect(account.sessions()).toHaveLength(10);
    expect(left.skips.filter(({ code }) => code === 'target-full')).toHaveLength(4);
    const second = await balancerTarget(account);
    account.enable('alpha', `${account.targetId},${second}`);
    await tap();
    expect(account.sessions()).toHaveLength(14);
    expect(account.sessions().filter((each) => each.includes(second))).toHaveLength(4);
  });

  test('a pool by tag shares the load', async () => {
    const pool = [await balancerTarget(account, 'one'), await balancerTarget(account, 'two')];
    for (const id of pool)
      account.ec2.createTags({
        Resources: [id],
        Tags: [{ Key: 'Vectra:session_mirroring_pool', Value: 'all' }],
      });
    account.enable('alpha', 'pool:all');
    account.enable('beta', 'pool:all');
    await tap();
    const loads = pool.map((id) => account.sessions().filter((each) => each.includes(id)).length);
    expect(loads.sort()).toEqual([2, 3]);
  });

  test('a lower quota than documented is no endless trying', async () => {
    await account.close();
    api.close();
    account = await createAccount({ quotas: { mirrorSessions: 2 } });
    api = await account.openApi();
    account.enable('alpha');
    const { outcomes, left } = await tap();
    expect(account.sessions()).toHaveLength(2);
    expect(outcomes.filter(({ status }) => status === 'refused')).toHaveLength(1);
    expect(left.actions).toEqual([]);
  });
});

describe('several at once', () => {
  test('two runs at the same time end in the planned state, with no session twice', async () => {
    account.enable('alpha', await balancerTarget(account));
    account.enable('beta', account.targetId);
    const second = await account.openApi();
    try {
      const both = await Promise.all([tap(mirrorDefaults, api), tap(mirrorDefaults, second)]);
      expect(account.mirrored()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
      expect(account.sessions()).toHaveLength(5);
      expect(account.ec2.describeTrafficMirrorFilters({}).TrafficMirrorFilters).toHaveLength(1);
      for (const { left, outcomes } of both) {
        expect(left.actions).toEqual([]);
        expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
      }
    } finally {
      second.close();
    }
  });

  test('runs that retarget to two places at once end where the last look says', async () => {
    account.enable('alpha');
    await tap();
    const target = await balancerTarget(account);
    account.enable('alpha', target);
    const second = await account.openApi();
    try {
      await Promise.all([tap(mirrorDefaults, api), tap(mirrorDefaults, second)]);
      expect(account.sessions().every((each) => each.includes(target))).toBe(true);
    } finally {
      second.close();
    }
  });

  test('throttled writes are paced and none is lost', async () => {
    account.sandbox.faults.add({
      match: { action: 'CreateTrafficMirrorSession' },
      fault: { kind: 'throttle' },
      nth: [1, 2, 3],
    });
    account.enable('alpha');
    const { left } = await tap();
    expect(account.mirrored()).toEqual(['a1', 'a2', 'a3']);
    expect(left.actions).toEqual([]);
  });

  test('an answer that got lost is asked for again, and gives one session', async () => {
    account.sandbox.faults.add({
      match: { action: 'CreateTrafficMirrorSession' },
      fault: { kind: 'cut', when: 'after' },
      nth: [1, 3],
    });
    account.enable('alpha');
    const { left } = await tap();
    expect(account.sessions()).toHaveLength(3);
    expect(left.actions).toEqual([]);
  });

  test('a session that is deleted and wanted again within the life of its token is created again', async () => {
    account.enable('alpha');
    await tap();
    account.setTags('a1', { 'Vectra:session_mirroring_blacklist': 'True' });
    await tap();
    expect(account.mirrored()).toEqual(['a2', 'a3']);
    account.removeTags('a1', 'Vectra:session_mirroring_blacklist');
    const { left } = await tap();
    expect(account.mirrored()).toEqual(['a1', 'a2', 'a3']);
    expect(left.actions).toEqual([]);
  });

  test('without a permission it stops at once and says which', async () => {
    account.sandbox.faults.add({ match: { action: 'CreateTrafficMirrorSession' }, fault: { kind: 'deny' } });
    account.enable('alpha');
    const { outcomes } = await tap();
    expect(outcomes.find(({ status }) => status === 'failed')?.detail).toContain(
      'ec2:CreateTrafficMirrorSession',
    );
    expect(account.count('CreateTrafficMirrorSession')).toBe(1);
  });

  test('an instance with a time is mirrored until then', async () => {
    account.enable('beta', account.targetId, 'whitelist');
    account.setTags('b1', { 'Vectra:session_mirroring_until': new Date(Date.now() + 60_000).toISOString() });
    account.setTags('b2', { 'Vectra:session_mirroring_until': new Date(Date.now() - 60_000).toISOString() });
    await tap();
    expect(account.mirrored()).toEqual(['b1']);
    account.setTags('b1', { 'Vectra:session_mirroring_until': new Date(Date.now() - 1_000).toISOString() });
    await tap();
    expect(account.mirrored()).toEqual([]);
  });

  test('pages are read to the end', async () => {
    account.sandbox.faults.add({ match: {}, fault: { kind: 'small-pages', size: 5 } });
    account.ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 20,
      MaxCount: 20,
      InstanceType: 'm5.large',
      SubnetId: account.id('alpha-a'),
    });
    account.enable('alpha', await balancerTarget(account));
    await tap();
    expect(account.sessions()).toHaveLength(23);
    expect(REGION).toBe(api.region);
  });
});
