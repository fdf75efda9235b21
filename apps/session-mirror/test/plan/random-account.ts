import fc from 'fast-check';
import type { MirrorSession, NetworkInterface, Snapshot, Tags } from '../../src/model/snapshot.js';
import { type MirrorConfig, mirrorDefaults } from '../../src/policy/config.js';
import { fullTrafficFilter } from '../../src/policy/filter-spec.js';
import { type MirrorPlan } from '../../src/plan/plan-sessions.js';
import { NEW_FILTER } from '../../src/plan/action.js';

const hex = (kind: string, index: number): string => `${kind}-${index.toString(16).padStart(17, '0')}`;
export const vpcId = (index: number): string => hex('vpc', index);
export const instanceId = (index: number): string => hex('i', index);
export const interfaceId = (index: number): string => hex('eni', index);
export const targetId = (index: number): string => hex('tmt', index);
export const filterId = (index: number): string => hex('tmf', index);

const OURS: Tags = { Creator: mirrorDefaults.creator };

/** Accounts in every state that tags, lives of instances and other people's sessions can bring about. */
export const randomAccount: fc.Arbitrary<Snapshot> = fc
  .record({
    vpcs: fc.array(
      fc.record({
        target: fc.constantFrom(undefined, 'none', 'gone', 0, 1, 2),
        enrollment: fc.constantFrom(undefined, 'auto', 'whitelist', 'nonsense'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    instances: fc.array(
      fc.record({
        vpc: fc.nat(2),
        state: fc.constantFrom('running', 'running', 'running', 'pending', 'stopped', 'terminated'),
        type: fc.constantFrom('t3.micro', 'm5.large', 't2.micro'),
        blacklist: fc.boolean(),
        whitelist: fc.boolean(),
        interfaces: fc.array(fc.constantFrom('interface', 'interface', 'interface', 'efa', 'managed'), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
      { maxLength: 8 },
    ),
    hasFilter: fc.constantFrom('none', 'right', 'other content'),
    sessions: fc.array(
      fc.record({
        on: fc.nat(20),
        target: fc.nat(2),
        isOurs: fc.boolean(),
        number: fc.integer({ min: 1, max: 4 }),
        filter: fc.nat(1),
        packetLength: fc.constantFrom(undefined, 100),
      }),
      { maxLength: 14 },
    ),
    targetIsInterface: fc.boolean(),
  })
  .map(({ vpcs, instances, hasFilter, sessions, targetIsInterface }) => {
    const interfaces: NetworkInterface[] = [];
    const made = instances.map((each, index) => {
      for (const type of each.interfaces)
        interfaces.push({
          id: interfaceId(interfaces.length),
          vpcId: vpcId(each.vpc % vpcs.length),
          instanceId: instanceId(index),
          type: type === 'managed' ? 'interface' : type,
          isRequesterManaged: type === 'managed',
        });
      return {
        id: instanceId(index),
        type: each.type,
        state: each.state,
        vpcId: vpcId(each.vpc % vpcs.length),
        tags: {
          ...(each.blacklist ? { 'Vectra:session_mirroring_blacklist': 'True' } : {}),
          ...(each.whitelist ? { 'Vectra:session_mirroring_whitelist': 'True' } : {}),
        },
      };
    });
    const used = new Set<string>();
    const mirrored: MirrorSession[] = [];
    for (const [index, each] of sessions.entries()) {
      const on = interfaceId(interfaces.length === 0 ? 99 : each.on % interfaces.length);
      const key = `${on} ${each.number}`;
      const onThis = mirrored.filter((session) => session.interfaceId === on).length;
      if (used.has(key) || onThis >= 3) continue;
      used.add(key);
      mirrored.push({
        id: hex('tms', index),
        interfaceId: on,
        targetId: targetId(each.target),
        filterId: filterId(each.filter),
        number: each.number,
        packetLength: each.packetLength,
        virtualNetworkId: 7,
        tags: each.isOurs ? OURS : { Creator: 'somebody else' },
      });
    }
    return {
      accountId: '123456789012',
      region: 'eu-west-1',
      takenAtMs: 0,
      vpcs: vpcs.map(({ target, enrollment }, index) => ({
        id: vpcId(index),
        tags: {
          ...(target === undefined
            ? {}
            : {
                'Vectra:session_mirroring_target':
                  target === 'none' ? 'no id' : target === 'gone' ? targetId(9) : targetId(Number(target)),
              }),
          ...(enrollment === undefined ? {} : { 'Vectra:session_mirroring_enrollment': enrollment }),
        },
      })),
      instances: made,
      interfaces,
      targets: [0, 1, 2].map((index) => ({
        id: targetId(index),
        kind:
          index === 2 && targetIsInterface
            ? ('network-interface' as const)
            : ('network-load-balancer' as const),
        interfaceId: index === 2 && targetIsInterface ? interfaceId(0) : undefined,
        tags: {},
      })),
      filters:
        hasFilter === 'none'
          ? []
          : [
              {
                id: filterId(0),
                description: fullTrafficFilter.description,
                tags: {},
                rules: hasFilter === 'right' ? fullTrafficFilter.rules : [],
                services: ['amazon-dns'],
              },
            ],
      sessions: mirrored,
      ineligibleTypes: { 't2.micro': 'cannot be mirrored' },
    };
  });

/** The account after the plan was carried out, as EC2 would have it. */
export function carryOut(snapshot: Snapshot, plan: MirrorPlan, config: MirrorConfig): Snapshot {
  const fresh = filterId(77);
  const real = (id: string): string => (id === NEW_FILTER ? fresh : id);
  let sessions = [...snapshot.sessions];
  let filters = [...snapshot.filters];
  for (const action of plan.actions) {
    switch (action.kind) {
      case 'create-filter': {
        const { description, name, rules, services } = config.filter;
        filters = [...filters, { id: fresh, description, tags: { Name: name }, rules, services }];
        break;
      }
      case 'complete-filter':
        filters = filters.map((filter) =>
          filter.id !== action.filterId
            ? filter
            : {
                ...filter,
                rules: [...filter.rules, ...action.rules],
                services: [...filter.services, ...action.services],
              },
        );
        break;
      case 'delete-session':
        sessions = sessions.filter(({ id }) => id !== action.sessionId);
        break;
      case 'create-session':
        sessions.push({
          id: `tms-of-${action.interfaceId}-${action.number}`,
          interfaceId: action.interfaceId,
          targetId: action.targetId,
          filterId: real(action.filterId),
          number: action.number,
          packetLength: config.packetLength,
          virtualNetworkId: config.virtualNetworkId ?? 5,
          tags: { Creator: config.creator },
        });
        break;
      case 'modify-session':
        sessions = sessions.map((session) =>
          session.id !== action.sessionId
            ? session
            : {
                ...session,
                ...action.set,
                filterId: real(action.set.filterId ?? session.filterId),
                ...(action.remove.includes('packet-length') ? { packetLength: undefined } : {}),
              },
        );
    }
  }
  return { ...snapshot, sessions, filters };
}
