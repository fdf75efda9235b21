import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { ApiError, type Ec2Region, type Ec2State, type Sandbox, virtualClock } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';
import { buildNetwork } from './network.js';

type Calls = Record<string, (input: object) => Record<string, unknown>>;

/** One step: a call whose ids are picked from what exists when it runs, or time going by. */
type Step =
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly picks: readonly number[];
      readonly flag: boolean;
    }
  | { readonly kind: 'wait'; readonly durationMs: number };

const CALLS: Record<
  string,
  (pick: (collection: keyof Ec2State, index?: number) => string, flag: boolean, n: number) => object
> = {
  createVpc: (_pick, flag, n) => ({ CidrBlock: `10.${n % 8}.0.0/16`, AmazonProvidedIpv6CidrBlock: flag }),
  deleteVpc: (pick) => ({ VpcId: pick('vpcs') }),
  createSubnet: (pick, _flag, n) => ({ VpcId: pick('vpcs'), CidrBlock: `10.${n % 8}.${n % 3}.0/28` }),
  deleteSubnet: (pick) => ({ SubnetId: pick('subnets') }),
  createRouteTable: (pick) => ({ VpcId: pick('vpcs') }),
  deleteRouteTable: (pick) => ({ RouteTableId: pick('routeTables') }),
  associateRouteTable: (pick) => ({ RouteTableId: pick('routeTables'), SubnetId: pick('subnets', 1) }),
  createInternetGateway: () => ({}),
  attachInternetGateway: (pick) => ({ InternetGatewayId: pick('internetGateways'), VpcId: pick('vpcs', 1) }),
  detachInternetGateway: (pick) => ({ InternetGatewayId: pick('internetGateways'), VpcId: pick('vpcs', 1) }),
  createNatGateway: (pick) => ({ SubnetId: pick('subnets'), ConnectivityType: 'private' }),
  deleteNatGateway: (pick) => ({ NatGatewayId: pick('natGateways') }),
  createRoute: (pick, flag, n) => ({
    RouteTableId: pick('routeTables'),
    DestinationCidrBlock: `192.168.${n % 3}.0/24`,
    ...(flag
      ? { GatewayId: pick('internetGateways', 1) }
      : { NetworkInterfaceId: pick('networkInterfaces', 1) }),
  }),
  replaceRoute: (pick, flag, n) => ({
    RouteTableId: pick('routeTables'),
    DestinationCidrBlock: `192.168.${n % 3}.0/24`,
    ...(flag ? { NatGatewayId: pick('natGateways', 1) } : { InstanceId: pick('instances', 1) }),
  }),
  deleteRoute: (pick, _flag, n) => ({
    RouteTableId: pick('routeTables'),
    DestinationCidrBlock: `192.168.${n % 3}.0/24`,
  }),
  runInstances: (pick, _flag, n) => ({
    ImageId: 'ami-12345678',
    InstanceType: 't3.small',
    MinCount: 1,
    MaxCount: 1 + (n % 3),
    SubnetId: pick('subnets'),
  }),
  startInstances: (pick) => ({ InstanceIds: [pick('instances')] }),
  stopInstances: (pick) => ({ InstanceIds: [pick('instances')] }),
  terminateInstances: (pick) => ({ InstanceIds: [pick('instances')] }),
  createNetworkInterface: (pick, flag, n) => ({
    SubnetId: pick('subnets'),
    ...(flag ? { SecondaryPrivateIpAddressCount: n % 15 } : {}),
  }),
  deleteNetworkInterface: (pick) => ({ NetworkInterfaceId: pick('networkInterfaces') }),
  attachNetworkInterface: (pick, _flag, n) => ({
    NetworkInterfaceId: pick('networkInterfaces'),
    InstanceId: pick('instances', 1),
    DeviceIndex: n % 3,
  }),
  assignPrivateIpAddresses: (pick, flag, n) => ({
    NetworkInterfaceId: pick('networkInterfaces'),
    ...(flag
      ? { PrivateIpAddresses: [`10.${n % 8}.0.${n % 16}`] }
      : { SecondaryPrivateIpAddressCount: n % 12 }),
  }),
  allocateAddress: () => ({ Domain: 'vpc' }),
  associateAddress: (pick) => ({
    AllocationId: pick('addresses'),
    NetworkInterfaceId: pick('networkInterfaces', 1),
  }),
  createTrafficMirrorTarget: (pick) => ({ NetworkInterfaceId: pick('networkInterfaces') }),
  deleteTrafficMirrorTarget: (pick) => ({ TrafficMirrorTargetId: pick('mirrorTargets') }),
  createTrafficMirrorFilter: () => ({}),
  createTrafficMirrorSession: (pick, _flag, n) => ({
    NetworkInterfaceId: pick('networkInterfaces'),
    TrafficMirrorTargetId: pick('mirrorTargets', 1),
    TrafficMirrorFilterId: pick('mirrorFilters'),
    SessionNumber: 1 + (n % 4),
  }),
  createTags: (pick) => ({ Resources: [pick('networkInterfaces')], Tags: [{ Key: 'k', Value: 'v' }] }),
};

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      name: fc.constantFrom(...Object.keys(CALLS)),
      picks: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
      flag: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      durationMs: fc.constantFrom(1, 60, 200, 4_000_000),
    }),
  },
);

describe('any sequence of calls', () => {
  test('leaves the state sound, a refused or dry call leaves it unchanged, and it survives a dump', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const clock = virtualClock();
        const sandbox = await openSandbox({ clock });
        const ec2 = sandbox.ec2();
        buildNetwork(sandbox, 3);
        ec2.createInternetGateway({});
        ec2.createTrafficMirrorFilter({});
        for (const one of steps) {
          if (one.kind === 'wait') clock.advance(one.durationMs);
          else perform(sandbox, ec2, one);
          checkSound(ec2.state);
        }
        const dump = JSON.parse(JSON.stringify(sandbox.dump()));
        const copy = await openSandbox({ clock, dump });
        expect(copy.ec2().state).toEqual(JSON.parse(JSON.stringify(ec2.state)));
        await sandbox.close();
        await copy.close();
      }),
      propertyOptions(60),
    );
  });
});

function perform(
  sandbox: Sandbox,
  ec2: Ec2Region,
  { name, picks, flag }: Extract<Step, { kind: 'call' }>,
): void {
  const pick = (collection: keyof Ec2State, index = 0): string => {
    const ids = Object.keys(ec2.state[collection]);
    return ids.length === 0 ? 'none-1' : ids[picks[index]! % ids.length]!;
  };
  const input = CALLS[name]!(pick, flag, picks[2]!);
  const call = (ec2 as unknown as Calls)[name]!;
  const before = JSON.stringify(ec2.state);
  const dry = outcome(() => call({ ...input, DryRun: true }));
  expect(JSON.stringify(ec2.state)).toBe(before);
  const real = outcome(() => call(input));
  if (real === 'ok') {
    expect(dry).toBe('DryRunOperation');
  } else {
    expect(dry).toBe(real);
    expect(JSON.stringify(ec2.state)).toBe(before);
  }
  expect(sandbox.ec2()).toBe(ec2);
}

function outcome(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

function checkSound(state: Ec2State): void {
  const interfaces = Object.values(state.networkInterfaces);
  for (const subnet of Object.values(state.subnets)) {
    const held = interfaces
      .filter((eni) => eni.subnetId === subnet.id)
      .flatMap((eni) =>
        [...eni.privateIps.map((ip) => ip.address), ...eni.ipv6Addresses].map((address) => [address, eni.id]),
      );
    expect(Object.fromEntries(held)).toEqual(subnet.used);
  }
  for (const vpc of Object.values(state.vpcs)) {
    const tables = Object.values(state.routeTables).filter((table) => table.vpcId === vpc.id);
    expect(
      tables.flatMap((table) => table.associations).filter((association) => association.main),
    ).toHaveLength(1);
    expect(state.securityGroups[vpc.defaultSecurityGroupId]).toBeDefined();
  }
  const slots = interfaces.flatMap(({ attachment }) =>
    attachment?.instanceId === undefined ? [] : [`${attachment.instanceId}/${attachment.deviceIndex}`],
  );
  expect(new Set(slots).size).toBe(slots.length);
  for (const { attachment } of interfaces) {
    if (attachment?.instanceId !== undefined)
      expect(state.instances[attachment.instanceId]?.state).not.toBe('terminated');
  }
  for (const session of Object.values(state.mirrorSessions)) {
    expect(state.networkInterfaces[session.networkInterfaceId]).toBeDefined();
    expect(state.mirrorTargets[session.targetId]).toBeDefined();
  }
  for (const address of Object.values(state.addresses)) {
    if (address.associationId === undefined) continue;
    const eni = state.networkInterfaces[address.networkInterfaceId ?? ''];
    expect(eni?.privateIps.some((ip) => ip.allocationId === address.allocationId)).toBe(true);
  }
  const destinations = Object.values(state.routeTables).map((table) =>
    table.routes.map((route) => route.destination.value),
  );
  for (const list of destinations) expect(new Set(list).size).toBe(list.length);
}
