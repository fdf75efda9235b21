import { describe, expect, test } from '@jest/globals';
import { type WatchSettings, watchConfig } from '../../src/config.js';
import { emptyMemory, rememberWrite } from '../../src/decide/memory.js';
import { type Plan, plan } from '../../src/decide/plan.js';
import { parsePolicy } from '../../src/decide/policy.js';
import { rankClaimants, turnLengthMs, turnOf } from '../../src/decide/rank.js';
import { InputError } from '../../src/errors.js';
import { type Route, type RouteTarget, targetKindOf } from '../../src/model/route-table.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { ACCOUNT, FOREIGN, OWN, type World, snapshotOf } from './random-world.js';

const NOW = Date.UTC(2026, 0, 1);
const TABLE = 'rtb-00000001';

function worldWith(
  route: Partial<Omit<Route, 'target'>> & { readonly to?: string },
  more: Partial<World> = {},
): World {
  const { to = 'eni-00000002', ...rest } = route;
  const target: RouteTarget = { kind: targetKindOf(to), id: to };
  return {
    tables: [
      {
        id: TABLE,
        vpcId: 'vpc-00000001',
        ownerId: ACCOUNT,
        isMain: true,
        subnetIds: [],
        gatewayIds: [],
        tags: {},
        routes: [
          {
            destination: { kind: 'ipv4', value: '0.0.0.0/0' },
            target,
            state: 'active',
            origin: 'CreateRoute',
            instanceId: undefined,
            instanceOwnerId: undefined,
            ...rest,
          },
        ],
      },
    ],
    enis: [eni('eni-00000002')],
    own: {
      id: OWN,
      ownerId: ACCOUNT,
      vpcId: 'vpc-00000001',
      status: 'in-use',
      sourceDestCheck: false,
      privateAddress: '10.0.0.1',
      ipv6Address: undefined,
      attachment: { status: 'attached', instanceId: 'i-00000001', instanceOwnerId: ACCOUNT, deviceIndex: 0 },
    },
    forwarding: true,
    probe: undefined,
    leaving: undefined,
    peers: false,
    pathProbe: undefined,
    ...more,
  };
}

function eni(id: string, more: Partial<World['enis'][number]> = {}): World['enis'][number] {
  return {
    id,
    ownerId: ACCOUNT,
    isVisible: true,
    attachment: 'attached',
    instanceOwnerId: ACCOUNT,
    instanceState: 'running',
    ...more,
  };
}

function decide(world: World, settings: Partial<WatchSettings> = {}, change: Partial<Snapshot> = {}): Plan {
  const config = watchConfig({
    interfaceId: OWN,
    routeTables: [TABLE],
    jitter: { leastMs: 0, mostMs: 0 },
    ...settings,
  });
  return plan({ ...snapshotOf(world, NOW, 0), ...change }, config, emptyMemory);
}

const verdictOf = (made: Plan): string => made.decisions[0]!.verdict;

describe('which routes are taken', () => {
  test.each<[string, World, string]>([
    ['a black hole', worldWith({ state: 'blackhole' }), 'replace'],
    ['a black hole to a gateway', worldWith({ to: 'nat-00000001', state: 'blackhole' }), 'replace'],
    [
      'a stopping owner',
      worldWith({}, { enis: [eni('eni-00000002', { instanceState: 'stopping' })] }),
      'replace',
    ],
    [
      'a detached owner',
      worldWith({}, { enis: [eni('eni-00000002', { attachment: undefined })] }),
      'replace',
    ],
    ['a healthy owner', worldWith({}), 'healthy'],
    ['an active internet gateway', worldWith({ to: 'igw-00000001' }), 'leave'],
    ['an active endpoint', worldWith({ to: 'vpce-00000001' }), 'leave'],
    [
      'another account',
      worldWith({ instanceOwnerId: FOREIGN }, { enis: [eni('eni-00000002', { instanceState: 'stopped' })] }),
      'leave',
    ],
    [
      'an interface that is not visible',
      worldWith({}, { enis: [eni('eni-00000002', { isVisible: false })] }),
      'leave',
    ],
    ['a filtered route', worldWith({ state: 'filtered' }), 'leave'],
    ['a state nobody knows', worldWith({ state: 'sleeping' }), 'leave'],
    ['no state', worldWith({ state: undefined }), 'leave'],
    ['the local route', worldWith({ to: 'local', origin: 'CreateRouteTable', state: 'blackhole' }), 'leave'],
    ['a route server', worldWith({ origin: 'Advertisement', state: 'blackhole' }), 'leave'],
    [
      'a propagated black hole',
      worldWith({ to: 'vgw-00000001', origin: 'EnableVgwRoutePropagation', state: 'blackhole' }),
      'create',
    ],
    ['the own route', worldWith({ to: OWN }), 'ours'],
    ['the own route, broken', worldWith({ to: OWN, state: 'blackhole' }), 'ours-broken'],
  ])('%s', (_, world, verdict) => {
    expect(verdictOf(decide(world))).toBe(verdict);
  });

  test('each flag permits what it names and nothing else', () => {
    const gateway = worldWith({ to: 'igw-00000001' });
    const foreign = worldWith(
      { instanceOwnerId: FOREIGN },
      { enis: [eni('eni-00000002', { instanceState: 'stopped' })] },
    );
    const filtered = worldWith({ state: 'filtered' });
    const flags = ['gateways', 'foreign', 'unknownStates'] as const;
    for (const flag of flags) {
      const taken = [gateway, foreign, filtered].map((world) =>
        verdictOf(decide(world, { takeOver: { [flag]: true } })),
      );
      expect(taken).toEqual(flags.map((name) => (name === flag ? 'replace' : 'leave')));
    }
  });

  test.each<[string, Partial<World> | undefined, Partial<Snapshot['own']>, string]>([
    ['missing', { own: 'missing' }, {}, 'interface-missing'],
    ['not looked at', undefined, { interface: undefined }, 'interface-unknown'],
    ['on another instance', undefined, { hereInstanceId: 'i-00000009' }, 'interface-elsewhere'],
    ['on a stopped instance', undefined, { instanceState: 'stopped' }, 'instance-not-running'],
    ['without forwarding', { forwarding: false }, {}, 'forwarding-off'],
    ['with a failing probe', { probe: false }, {}, 'probe-failed'],
    ['leaving', { leaving: 'Spot' }, {}, 'leaving'],
  ])('an own interface %s claims nothing and says why', (_, more, own, code) => {
    const world = worldWith({ state: 'blackhole' }, more);
    const snapshot = snapshotOf(world, NOW, 0);
    const made = decide(world, {}, { own: { ...snapshot.own, ...own } });
    expect(made.actions).toEqual([]);
    expect(verdictOf(made)).toBe('not-ready');
    expect(made.decisions[0]!.obstacles.map((obstacle) => obstacle.code)).toEqual([code]);
  });

  test('a source/dest check that is on is in the way, or turned off first', () => {
    const world = worldWith({ state: 'blackhole' });
    const on = { ...world, own: { ...(world.own as object), sourceDestCheck: true } as World['own'] };
    expect(decide(on).decisions[0]!.obstacles[0]!.code).toBe('source-dest-check');
    expect(decide(on, { fixSourceDestCheck: true }).actions.map(({ kind }) => kind)).toEqual([
      'disable-source-dest-check',
      'replace-route',
    ]);
  });

  test('probes count after as many readings as asked for', () => {
    const config = watchConfig({
      interfaceId: OWN,
      routeTables: [TABLE],
      policy: 'owner-probe',
      fall: 3,
      rise: 2,
      jitter: { leastMs: 0, mostMs: 0 },
    });
    let memory = emptyMemory;
    const look = (ok: boolean): string => {
      const made = plan(
        { ...snapshotOf(worldWith({}), NOW, 0), ownerProbes: { 'eni-00000002': { ok, detail: 'p' } } },
        config,
        memory,
      );
      memory = made.memory;
      return made.decisions[0]!.verdict;
    };
    expect([false, false, true, false, false, false].map(look)).toEqual([
      'suspect',
      'suspect',
      'healthy',
      'suspect',
      'suspect',
      'replace',
    ]);
  });

  test('an owner that cannot be looked at any more is not replaced for what it was', () => {
    const config = watchConfig({
      interfaceId: OWN,
      routeTables: [TABLE],
      jitter: { leastMs: 1_000, mostMs: 1_000 },
    });
    const stopped = worldWith(
      { instanceOwnerId: ACCOUNT },
      { enis: [eni('eni-00000002', { instanceState: 'stopped' })] },
    );
    const first = plan(snapshotOf(stopped, NOW, 0), config, emptyMemory);
    expect(verdictOf(first)).toBe('waiting');
    const blind = { ...snapshotOf(stopped, NOW + 2_000, 0), owners: {} };
    const second = plan(blind, config, first.memory);
    expect([verdictOf(second), second.actions.length, second.isSuspicious]).toEqual(['suspect', 0, true]);
    expect(verdictOf(plan(snapshotOf(stopped, NOW + 3_000, 0), config, second.memory))).toBe('replace');
  });

  test('reads older than an own write are not acted on', () => {
    const config = watchConfig({ interfaceId: OWN, routeTables: [TABLE], jitter: { leastMs: 0, mostMs: 0 } });
    const world = worldWith({ state: 'blackhole' });
    const first = plan(snapshotOf(world, NOW, 0), config, emptyMemory);
    const memory = rememberWrite(first.memory, `${TABLE} 0.0.0.0/0`, {
      atMs: NOW + 100,
      previousId: 'interface:eni-00000002',
      isVoluntary: false,
    });
    expect(verdictOf(plan(snapshotOf(world, NOW + 1_000, 0), config, memory))).toBe('settling');
    expect(verdictOf(plan(snapshotOf(world, NOW + 20_000, 0), config, memory))).toBe('replace');
  });

  test('fail-back waits for the hold-down, and the breaker ends flapping', () => {
    const config = watchConfig({
      interfaceId: OWN,
      routeTables: [TABLE],
      failBack: { mode: 'always', holdDownMs: 60_000 },
    });
    const world = worldWith({}, { peers: true });
    const first = plan(snapshotOf(world, NOW, 0), config, emptyMemory);
    expect(verdictOf(first)).toBe('held');
    expect(first.lookAgainAtMs).toBe(NOW + 60_000);
    const key = `${TABLE} 0.0.0.0/0`;
    let { memory } = first;
    expect(verdictOf(plan(snapshotOf(world, NOW + 60_000, 0), config, memory))).toBe('fail-back');
    for (let claim = 0; claim < 3; claim++) {
      memory = rememberWrite(memory, key, { atMs: NOW + claim, previousId: 'x', isVoluntary: true });
    }
    const flapping = plan(snapshotOf(world, NOW + 60_000, 0), config, memory);
    expect([verdictOf(flapping), flapping.actions.length]).toEqual(['held', 0]);
    expect(verdictOf(plan(snapshotOf(world, NOW + 3_700_000, 0), config, flapping.memory))).toBe('fail-back');
  });
});

describe('policies and turns', () => {
  test('a policy that is none is refused with its place', () => {
    expect(() => parsePolicy('blackhole or (owner-prob)')).toThrow(InputError);
    expect(() => parsePolicy('blackhole or (owner-prob)')).toThrow('character 15');
  });

  test('everybody computes the same order, and one that leaves changes nothing between the rest', () => {
    const ids = Array.from({ length: 16 }, (_, index) => `eni-0000000${index.toString(16)}`);
    const order = rankClaimants('rtb-1 0.0.0.0/0', ids);
    expect(rankClaimants('rtb-1 0.0.0.0/0', [...ids].reverse())).toEqual(order);
    for (const gone of ids) {
      expect(
        rankClaimants(
          'rtb-1 0.0.0.0/0',
          ids.filter((id) => id !== gone),
        ),
      ).toEqual(order.filter((id) => id !== gone));
    }
  });

  test('at any time at most one claimant begins, and each has a turn in every cycle', () => {
    const lengthMs = turnLengthMs(5, 5_000, 500);
    expect(lengthMs).toBe(1_000);
    for (let nowMs = NOW; nowMs < NOW + 5_000; nowMs += 50) {
      const turns = [0, 1, 2, 3, 4].map((index) => turnOf(index, 5, lengthMs, nowMs));
      expect(turns.filter(({ fromMs }) => fromMs <= nowMs).length).toBeLessThanOrEqual(1);
      for (const { fromMs } of turns) expect(fromMs).toBeLessThan(nowMs + 5_000);
    }
  });
});
