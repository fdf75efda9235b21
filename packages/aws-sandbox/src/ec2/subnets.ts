import { ApiError } from '../errors.js';
import { type Cidr, contains, formatAddress, formatCidr, overlaps, parseCidr, sizeOf } from './cidr.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import type { Ec2State, Subnet } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';
import { zoneIdOf, zonesOf } from './zones.js';

const subnetFilters: FilterTable<Subnet> = {
  'availability-zone': (subnet) => subnet.availabilityZone,
  availabilityZone: (subnet) => subnet.availabilityZone,
  'availability-zone-id': (subnet) => zoneIdOf(subnet.availabilityZone),
  'available-ip-address-count': (subnet) => freeCount(subnet),
  cidr: (subnet) => subnet.cidr,
  'cidr-block': (subnet) => subnet.cidr,
  cidrBlock: (subnet) => subnet.cidr,
  'default-for-az': (subnet) => subnet.defaultForAz,
  defaultForAz: (subnet) => subnet.defaultForAz,
  'ipv6-cidr-block-association.association-id': (subnet) => subnet.ipv6.map((block) => block.associationId),
  'ipv6-cidr-block-association.ipv6-cidr-block': (subnet) => subnet.ipv6.map((block) => block.cidr),
  'ipv6-cidr-block-association.state': (subnet) => subnet.ipv6.map(() => 'associated'),
  'ipv6-native': (subnet) => subnet.cidr === undefined,
  'map-public-ip-on-launch': (subnet) => subnet.mapPublicIpOnLaunch,
  'outpost-arn': (subnet) => subnet.outpostArn,
  'owner-id': (subnet) => subnet.ownerId,
  state: () => 'available',
  'subnet-arn': (subnet, context) => arnOf(context, subnet),
  'subnet-id': (subnet) => subnet.id,
  'vpc-id': (subnet) => subnet.vpcId,
};

export const subnetOperations: Ec2Operations<
  | 'CreateSubnet'
  | 'DeleteSubnet'
  | 'DescribeSubnets'
  | 'ModifySubnetAttribute'
  | 'AssociateSubnetCidrBlock'
  | 'DisassociateSubnetCidrBlock'
> = {
  CreateSubnet: {
    access: 'write',
    accepts: [
      'VpcId',
      'CidrBlock',
      'Ipv6CidrBlock',
      'Ipv6Native',
      'AvailabilityZone',
      'AvailabilityZoneId',
      'OutpostArn',
      'TagSpecifications',
    ],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const siblings = Object.values(state.subnets).filter((subnet) => subnet.vpcId === vpc.id);
      if (siblings.length >= world.settings.quotas.subnetsPerVpc) {
        throw new ApiError('SubnetLimitExceeded', 'The maximum number of subnets has been reached.');
      }
      const zone = zoneFor(context, input.AvailabilityZone, input.AvailabilityZoneId);
      let cidr: string | undefined;
      if (input.CidrBlock !== undefined) {
        cidr = formatCidr(
          checkIpv4(
            input.CidrBlock,
            vpc.ipv4.map((block) => block.cidr),
            siblings,
          ),
        );
      } else if (input.Ipv6Native !== true) {
        throw new ApiError('MissingParameter', 'Either CidrBlock or Ipv6Native must be provided.');
      }
      const ipv6 =
        input.Ipv6CidrBlock === undefined
          ? []
          : [
              checkIpv6(
                input.Ipv6CidrBlock,
                vpc.ipv6.map((block) => block.cidr),
                siblings,
              ),
            ];
      const tags = specifiedTags(context, input.TagSpecifications, 'subnet');
      context.willChange();
      const subnet: Subnet = {
        id: world.newId('subnet'),
        vpcId: vpc.id,
        ownerId: vpc.ownerId,
        availabilityZone: zone,
        cidr,
        ipv6: ipv6.map((block) => ({
          associationId: world.newId('subnet-cidr-assoc'),
          cidr: formatCidr(block),
        })),
        mapPublicIpOnLaunch: false,
        assignIpv6AddressOnCreation: input.Ipv6Native === true,
        defaultForAz: false,
        ...(input.OutpostArn === undefined ? {} : { outpostArn: input.OutpostArn }),
        used: {},
        nextHost: 4,
      };
      state.subnets[subnet.id] = subnet;
      setTags(state, subnet.id, tags);
      return { Subnet: viewSubnet(context, subnet) };
    },
  },
  DeleteSubnet: {
    access: 'write',
    accepts: ['SubnetId'],
    resources: ['SubnetId'],
    run: (context, input) => {
      const { state } = context;
      const subnet = need(state.subnets, 'subnet', input.SubnetId ?? '');
      if (Object.values(state.networkInterfaces).some((eni) => eni.subnetId === subnet.id)) {
        throw new ApiError(
          'DependencyViolation',
          `The subnet '${subnet.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.willChange();
      for (const table of Object.values(state.routeTables)) {
        table.associations = table.associations.filter((association) => association.subnetId !== subnet.id);
      }
      Reflect.deleteProperty(state.subnets, subnet.id);
      forgetTags(state, subnet.id);
      return {};
    },
  },
  DescribeSubnets: {
    access: 'read',
    accepts: ['SubnetIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'subnet',
        records: context.state.subnets,
        ids: input.SubnetIds,
        filters: input.Filters,
        table: subnetFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (subnet) => subnet.id,
      });
      return { Subnets: page.items.map((subnet) => viewSubnet(context, subnet)), NextToken: page.nextToken };
    },
  },
  ModifySubnetAttribute: {
    access: 'write',
    accepts: ['SubnetId', 'MapPublicIpOnLaunch', 'AssignIpv6AddressOnCreation'],
    resources: ['SubnetId'],
    run: (context, input) => {
      const subnet = need(context.state.subnets, 'subnet', input.SubnetId ?? '');
      context.willChange();
      subnet.mapPublicIpOnLaunch = input.MapPublicIpOnLaunch?.Value ?? subnet.mapPublicIpOnLaunch;
      subnet.assignIpv6AddressOnCreation =
        input.AssignIpv6AddressOnCreation?.Value ?? subnet.assignIpv6AddressOnCreation;
      return {};
    },
  },
  AssociateSubnetCidrBlock: {
    access: 'write',
    accepts: ['SubnetId', 'Ipv6CidrBlock'],
    resources: ['SubnetId'],
    run: (context, input) => {
      const { state, world } = context;
      const subnet = need(state.subnets, 'subnet', input.SubnetId ?? '');
      const vpc = need(state.vpcs, 'vpc', subnet.vpcId);
      const siblings = Object.values(state.subnets).filter((other) => other.vpcId === vpc.id);
      const block = checkIpv6(
        input.Ipv6CidrBlock ?? '',
        vpc.ipv6.map((own) => own.cidr),
        siblings,
      );
      context.willChange();
      const added = { associationId: world.newId('subnet-cidr-assoc'), cidr: formatCidr(block) };
      subnet.ipv6.push(added);
      return { SubnetId: subnet.id, Ipv6CidrBlockAssociation: viewIpv6(added) };
    },
  },
  DisassociateSubnetCidrBlock: {
    access: 'write',
    accepts: ['AssociationId'],
    run: (context, input) => {
      const { state } = context;
      const subnet = Object.values(state.subnets).find((candidate) =>
        candidate.ipv6.some((block) => block.associationId === input.AssociationId),
      );
      const block = subnet?.ipv6.find((candidate) => candidate.associationId === input.AssociationId);
      if (!subnet || !block) {
        throw new ApiError(
          'InvalidSubnetCidrBlockAssociationID.NotFound',
          `The subnet CIDR block association ID '${input.AssociationId ?? ''}' does not exist`,
        );
      }
      const inUse = Object.values(state.networkInterfaces).some(
        (eni) => eni.subnetId === subnet.id && eni.ipv6Addresses.length + eni.ipv6Prefixes.length > 0,
      );
      if (inUse) throw new ApiError('InvalidCidr.InUse', `The CIDR ${block.cidr} is in use.`);
      context.willChange();
      subnet.ipv6 = subnet.ipv6.filter((other) => other !== block);
      return {
        SubnetId: subnet.id,
        Ipv6CidrBlockAssociation: { ...viewIpv6(block), Ipv6CidrBlockState: { State: 'disassociating' } },
      };
    },
  },
};

/** Takes a free IPv4 address of the subnet, or the given one. The first four and the last are AWS's. */
export function takeIpv4(subnet: Subnet, owner: string, wanted?: string): string {
  const range = parseCidr(subnet.cidr ?? '');
  if (!range) throw new ApiError('InvalidParameterValue', `The subnet '${subnet.id}' has no IPv4 addresses.`);
  if (wanted !== undefined) {
    checkFreeIpv4(subnet, wanted);
    subnet.used[wanted] = owner;
    return wanted;
  }
  const last = Number(sizeOf(range)) - 1;
  for (let tried = 4; tried < last; tried++) {
    const host = subnet.nextHost >= last || subnet.nextHost < 4 ? 4 : subnet.nextHost;
    subnet.nextHost = host + 1;
    const address = formatAddress(4, range.base + BigInt(host));
    if (!isTaken(subnet, address)) {
      subnet.used[address] = owner;
      return address;
    }
  }
  throw new ApiError(
    'InsufficientFreeAddressesInSubnet',
    `The specified subnet does not have enough free addresses to satisfy the request.`,
  );
}

/** Whether an address or prefix of the subnet is in use. */
export function isTaken(subnet: Subnet, address: string): boolean {
  return (subnet.used[address] ?? subnet.usedBelow?.[address]) !== undefined;
}

/** Refuses an address that is outside the subnet, reserved, or in use. */
export function checkFreeIpv4(subnet: Subnet, address: string): void {
  const range = parseCidr(subnet.cidr ?? '');
  const single = parseCidr(`${address}/32`);
  if (!range || !single || !contains(range, single)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Address ${address} does not fall within the subnet's address range`,
    );
  }
  const host = single.base - range.base;
  if (host < 4n || host === sizeOf(range) - 1n) {
    throw new ApiError('InvalidParameterValue', `Address ${address} is in subnet's reserved address range`);
  }
  if (isTaken(subnet, address)) throw new ApiError('InvalidIPAddress.InUse', `Address ${address} is in use.`);
}

/** Takes a free IPv6 address of the subnet's first block, or the given one. */
export function takeIpv6(context: Ec2Context, subnet: Subnet, owner: string, wanted?: string): string {
  const range = parseCidr(subnet.ipv6[0]?.cidr ?? '');
  if (!range)
    throw new ApiError('InvalidParameterValue', `The subnet '${subnet.id}' has no IPv6 CIDR block.`);
  const host = wanted === undefined ? undefined : parseCidr(`${wanted}/128`);
  if (wanted !== undefined && (!host || !contains(range, host))) {
    throw new ApiError(
      'InvalidParameterValue',
      `Address ${wanted} does not fall within the subnet's address range`,
    );
  }
  for (;;) {
    const base = host ? host.base : range.base + BigInt(`0x${context.world.random.hex(16)}`);
    const address = formatAddress(6, base);
    if (!isTaken(subnet, address)) {
      subnet.used[address] = owner;
      return address;
    }
    if (host) throw new ApiError('InvalidIPAddress.InUse', `Address ${address} is in use.`);
  }
}

/** IPv4 addresses left. */
export function freeCount(subnet: Subnet): number {
  const range = parseCidr(subnet.cidr ?? '');
  if (!range) return 0;
  const used = Object.keys(subnet.used).reduce((sum, key) => {
    const block = key.includes('/') ? parseCidr(key) : undefined;
    if (key.includes(':')) return sum;
    return sum + (block ? Number(sizeOf(block)) : 1);
  }, 0);
  return Number(sizeOf(range)) - 5 - used;
}

function zoneFor(context: Ec2Context, name: string | undefined, zoneId: string | undefined): string {
  const zones = zonesOf(context.region);
  const chosen =
    name ??
    zones.find((zone) => zoneId !== undefined && zoneIdOf(zone) === zoneId) ??
    (zoneId === undefined ? zones[0] : undefined);
  if (chosen === undefined || !zones.includes(chosen)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${name ?? zoneId ?? ''}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`,
    );
  }
  return chosen;
}

function checkIpv4(text: string, vpcBlocks: readonly string[], siblings: readonly Subnet[]): Cidr {
  const block = parseCidr(text);
  if (block?.family !== 4) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if (block.prefix < 16 || block.prefix > 28 || !vpcBlocks.some((own) => contains(parseCidr(own)!, block))) {
    throw new ApiError('InvalidSubnet.Range', `The CIDR '${text}' is invalid.`);
  }
  if (siblings.some((other) => other.cidr !== undefined && overlaps(parseCidr(other.cidr)!, block))) {
    throw new ApiError('InvalidSubnet.Conflict', `The CIDR '${text}' conflicts with another subnet`);
  }
  return block;
}

function checkIpv6(text: string, vpcBlocks: readonly string[], siblings: readonly Subnet[]): Cidr {
  const block = parseCidr(text);
  if (
    block?.family !== 6 ||
    block.prefix < 44 ||
    block.prefix > 64 ||
    !vpcBlocks.some((own) => contains(parseCidr(own)!, block))
  ) {
    throw new ApiError('InvalidSubnet.Range', `The IPv6 CIDR '${text}' is invalid.`);
  }
  if (siblings.some((other) => other.ipv6.some((own) => overlaps(parseCidr(own.cidr)!, block)))) {
    throw new ApiError('InvalidSubnet.Conflict', `The IPv6 CIDR '${text}' conflicts with another subnet`);
  }
  return block;
}

function arnOf(context: Ec2Context, subnet: Subnet): string {
  return `arn:aws:ec2:${context.region}:${subnet.ownerId}:subnet/${subnet.id}`;
}

function viewSubnet(
  context: Ec2Context,
  subnet: Subnet,
): NonNullable<ReturnType<typeof subnetOperations.CreateSubnet.run>['Subnet']> {
  return {
    SubnetId: subnet.id,
    SubnetArn: arnOf(context, subnet),
    VpcId: subnet.vpcId,
    OwnerId: subnet.ownerId,
    State: 'available',
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: zoneIdOf(subnet.availabilityZone),
    CidrBlock: subnet.cidr,
    AvailableIpAddressCount: freeCount(subnet),
    Ipv6CidrBlockAssociationSet: subnet.ipv6.map(viewIpv6),
    Ipv6Native: subnet.cidr === undefined,
    DefaultForAz: subnet.defaultForAz,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    AssignIpv6AddressOnCreation: subnet.assignIpv6AddressOnCreation,
    OutpostArn: subnet.outpostArn,
    Tags: tagsOf(context.state, subnet.id),
  };
}

function viewIpv6(block: Ec2State['vpcs'][string]['ipv6'][number]): {
  AssociationId: string;
  Ipv6CidrBlock: string;
  Ipv6CidrBlockState: { State: 'associated' };
} {
  return {
    AssociationId: block.associationId,
    Ipv6CidrBlock: block.cidr,
    Ipv6CidrBlockState: { State: 'associated' },
  };
}
