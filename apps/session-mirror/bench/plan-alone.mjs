import { mirrorDefaults, NEW_FILTER, planSessions } from '../dist/index.js';

const hex = (kind, index) => `${kind}-${index.toString(16).padStart(17, '0')}`;

/** CPU seconds of the planner on accounts of these sizes. */
export function planAlone(sizes) {
  return Object.fromEntries(sizes.map((size) => [size, measure(size)]));
}

function measure(size) {
  const config = { ...mirrorDefaults, limits: { ...mirrorDefaults.limits, sessions: size } };
  const { description, rules, services } = config.filter;
  const filter = { id: hex('tmf', 1), description, tags: {}, rules, services };
  const account = {
    accountId: '123456789012',
    region: 'eu-west-1',
    takenAtMs: 0,
    vpcs: [{ id: hex('vpc', 0), tags: { 'Vectra:session_mirroring_target': hex('tmt', 0) } }],
    instances: Array.from({ length: size }, (_, index) => ({
      id: hex('i', index),
      type: 'm5.large',
      state: 'running',
      vpcId: hex('vpc', 0),
      tags: { Name: `web-${index}` },
    })),
    interfaces: Array.from({ length: size }, (_, index) => ({
      id: hex('eni', index),
      vpcId: hex('vpc', 0),
      instanceId: hex('i', index),
      type: 'interface',
      isRequesterManaged: false,
    })),
    targets: [{ id: hex('tmt', 0), kind: 'network-load-balancer', interfaceId: undefined, tags: {} }],
    filters: [filter],
    sessions: [],
    ineligibleTypes: {},
  };
  const first = timed(() => planSessions(account, config));
  const sessions = first.result.actions.map((action, index) => ({
    id: hex('tms', index),
    interfaceId: action.interfaceId,
    targetId: action.targetId,
    filterId: action.filterId === NEW_FILTER ? filter.id : action.filterId,
    number: action.number,
    packetLength: undefined,
    virtualNetworkId: 7,
    tags: { Creator: config.creator },
  }));
  const again = timed(() => planSessions({ ...account, sessions }, config));
  return {
    'to create': first.result.actions.length,
    'first plan': first.seconds,
    'left to do': again.result.actions.length,
    'nothing to do': again.seconds,
  };
}

function timed(work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: Number(((user + system) / 1e6).toFixed(3)) };
}
