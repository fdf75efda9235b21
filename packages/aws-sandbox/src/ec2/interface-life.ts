import { ApiError } from '../errors.js';
import { formatAddress, formatCidr, parseCidr } from './cidr.js';
import type { Ec2Context } from './operation.js';
import type { Ec2State, NetworkInterface, Subnet } from './state.js';
import { isTaken, takeIpv4, takeIpv6 } from './subnets.js';
import { forgetTags } from './tags.js';

/** What a new interface is made of. */
export interface InterfaceSpecification {
  readonly subnet: Subnet;
  readonly description?: string | undefined;
  readonly groupIds?: readonly string[] | undefined;
  readonly primaryIp?: string | undefined;
  readonly secondaryIps?: readonly string[] | undefined;
  readonly secondaryIpCount?: number | undefined;
  readonly ipv6Addresses?: readonly string[] | undefined;
  readonly ipv6Count?: number | undefined;
  readonly ipv4PrefixCount?: number | undefined;
  readonly ipv4Prefixes?: readonly string[] | undefined;
  readonly ipv6PrefixCount?: number | undefined;
  readonly ipv6Prefixes?: readonly string[] | undefined;
  readonly interfaceType?: string | undefined;
  readonly requesterId?: string | undefined;
  readonly requesterManaged?: boolean | undefined;
  readonly ownerId?: string | undefined;
  readonly sourceDestCheck?: boolean | undefined;
}

/** Adds an interface to the state; the caller has checked quotas and groups. */
export function addInterface(context: Ec2Context, specification: InterfaceSpecification): NetworkInterface {
  const { state, world } = context;
  const { subnet } = specification;
  const id = world.newId('eni');
  const eni: NetworkInterface = {
    id,
    ownerId: specification.ownerId ?? context.accountId,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.availabilityZone,
    macAddress: newMac(context),
    description: specification.description ?? '',
    interfaceType: specification.interfaceType ?? 'interface',
    requesterId: specification.requesterId,
    requesterManaged: specification.requesterManaged ?? false,
    sourceDestCheck: specification.sourceDestCheck ?? true,
    groupIds: [...(specification.groupIds ?? defaultGroups(state, subnet.vpcId))],
    privateIps: [],
    ipv6Addresses: [],
    ipv4Prefixes: [],
    ipv6Prefixes: [],
    attachment: undefined,
  };
  if (subnet.cidr !== undefined) {
    eni.privateIps.push({ address: takeIpv4(subnet, id, specification.primaryIp), primary: true });
  }
  assignIpv4(eni, subnet, specification.secondaryIps ?? [], specification.secondaryIpCount ?? 0);
  const ipv6Count =
    specification.ipv6Count ?? (subnet.assignIpv6AddressOnCreation && !specification.ipv6Addresses ? 1 : 0);
  assignIpv6(context, eni, subnet, specification.ipv6Addresses ?? [], ipv6Count);
  assignPrefixes(eni, subnet, 4, specification.ipv4Prefixes ?? [], specification.ipv4PrefixCount ?? 0);
  assignPrefixes(eni, subnet, 6, specification.ipv6Prefixes ?? [], specification.ipv6PrefixCount ?? 0);
  state.networkInterfaces[id] = eni;
  return eni;
}

/** Removes an interface with all that hangs on it: addresses, associations, mirror sessions. */
export function freeInterface(state: Ec2State, id: string, atMs: number): void {
  const eni = state.networkInterfaces[id];
  if (!eni) return;
  const subnet = state.subnets[eni.subnetId];
  if (subnet) {
    for (const address of [
      ...eni.privateIps.map((ip) => ip.address),
      ...eni.ipv6Addresses,
      ...eni.ipv4Prefixes,
      ...eni.ipv6Prefixes,
    ]) {
      Reflect.deleteProperty(subnet.used, address);
    }
  }
  for (const address of Object.values(state.addresses)) {
    if (address.networkInterfaceId !== id) continue;
    delete address.associationId;
    delete address.networkInterfaceId;
    delete address.privateIp;
  }
  for (const session of Object.values(state.mirrorSessions)) {
    if (session.networkInterfaceId !== id) continue;
    Reflect.deleteProperty(state.mirrorSessions, session.id);
    forgetTags(state, session.id);
  }
  Reflect.deleteProperty(state.networkInterfaces, id);
  forgetTags(state, id);
  state.lostTargets[id] ??= atMs;
}

/** A subnet to try things on: what is taken there is not taken in the real one. Costs nothing to make. */
export function rehearsalOf(subnet: Subnet): Subnet {
  return { ...subnet, used: {}, usedBelow: subnet.used };
}

export function assignIpv4(
  eni: NetworkInterface,
  subnet: Subnet,
  addresses: readonly string[],
  count: number,
): string[] {
  const added = [
    ...addresses.map((address) => takeIpv4(subnet, eni.id, address)),
    ...Array.from({ length: count }, () => takeIpv4(subnet, eni.id)),
  ];
  eni.privateIps.push(...added.map((address) => ({ address, primary: false })));
  return added;
}

export function assignIpv6(
  context: Ec2Context,
  eni: NetworkInterface,
  subnet: Subnet,
  addresses: readonly string[],
  count: number,
): string[] {
  const added = [
    ...addresses.map((address) => takeIpv6(context, subnet, eni.id, address)),
    ...Array.from({ length: count }, () => takeIpv6(context, subnet, eni.id)),
  ];
  eni.ipv6Addresses.push(...added);
  return added;
}

/** Delegates prefixes: /28 of the subnet's IPv4 block, /80 of its IPv6 block. */
export function assignPrefixes(
  eni: NetworkInterface,
  subnet: Subnet,
  family: 4 | 6,
  prefixes: readonly string[],
  count: number,
): string[] {
  if (prefixes.length === 0 && count === 0) return [];
  const range = parseCidr((family === 4 ? subnet.cidr : subnet.ipv6[0]?.cidr) ?? '');
  if (!range)
    throw new ApiError('InvalidParameterValue', `The subnet '${subnet.id}' has no IPv${family} CIDR block.`);
  const length = family === 4 ? 28 : 80;
  const added = prefixes.map((text) => {
    const prefix = parseCidr(text);
    if (prefix?.family !== family || prefix.prefix !== length) {
      throw new ApiError('InvalidParameterValue', `Value (${text}) is not a valid /${length} prefix.`);
    }
    return formatCidr(prefix);
  });
  const step = 1n << BigInt((family === 4 ? 32 : 128) - length);
  const end = range.base + (1n << BigInt((family === 4 ? 32 : 128) - range.prefix));
  // The first block holds the addresses that AWS reserves.
  for (
    let base = range.base + step;
    added.length < prefixes.length + count && base < end - step;
    base += step
  ) {
    const candidate = formatCidr({ family, base, prefix: length });
    if (!isTaken(subnet, candidate) && !holdsUsed(subnet, family, base, step)) added.push(candidate);
  }
  if (added.length < prefixes.length + count) {
    throw new ApiError(
      'InsufficientCidrBlocks',
      'The specified subnet does not have enough free cidr blocks to satisfy the request.',
    );
  }
  for (const prefix of added) subnet.used[prefix] = eni.id;
  (family === 4 ? eni.ipv4Prefixes : eni.ipv6Prefixes).push(...added);
  return added;
}

function holdsUsed(subnet: Subnet, family: 4 | 6, base: bigint, size: bigint): boolean {
  if (family === 6) return false;
  for (let host = 0n; host < size; host++) {
    if (isTaken(subnet, formatAddress(4, base + host))) return true;
  }
  return false;
}

function defaultGroups(state: Ec2State, vpcId: string): string[] {
  const group = state.vpcs[vpcId]?.defaultSecurityGroupId;
  return group === undefined ? [] : [group];
}

function newMac(context: Ec2Context): string {
  // Locally administered, as EC2's are.
  return ['02', ...(context.world.random.hex(10).match(/../g) ?? [])].join(':');
}
