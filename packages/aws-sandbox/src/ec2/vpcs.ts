import { ApiError } from '../errors.js';
import { type Cidr, formatCidr, overlaps, parseCidr } from './cidr.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import { createDefaultSecurityGroup } from './security-groups.js';
import type { CidrAssociation, RouteTable, Vpc } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const vpcFilters: FilterTable<Vpc> = {
  cidr: (vpc) => vpc.ipv4[0]?.cidr,
  'cidr-block': (vpc) => vpc.ipv4[0]?.cidr,
  cidrBlock: (vpc) => vpc.ipv4[0]?.cidr,
  'cidr-block-association.association-id': (vpc) => vpc.ipv4.map((block) => block.associationId),
  'cidr-block-association.cidr-block': (vpc) => vpc.ipv4.map((block) => block.cidr),
  'cidr-block-association.state': (vpc) => vpc.ipv4.map(() => 'associated'),
  'dhcp-options-id': () => 'default',
  'ipv6-cidr-block-association.association-id': (vpc) => vpc.ipv6.map((block) => block.associationId),
  'ipv6-cidr-block-association.ipv6-cidr-block': (vpc) => vpc.ipv6.map((block) => block.cidr),
  'ipv6-cidr-block-association.state': (vpc) => vpc.ipv6.map(() => 'associated'),
  'is-default': (vpc) => vpc.isDefault,
  isDefault: (vpc) => vpc.isDefault,
  'owner-id': (vpc) => vpc.ownerId,
  state: () => 'available',
  'vpc-id': (vpc) => vpc.id,
};

export const vpcOperations: Ec2Operations<
  | 'CreateVpc'
  | 'DeleteVpc'
  | 'DescribeVpcs'
  | 'AssociateVpcCidrBlock'
  | 'DisassociateVpcCidrBlock'
  | 'ModifyVpcAttribute'
  | 'DescribeVpcAttribute'
> = {
  CreateVpc: {
    access: 'write',
    accepts: [
      'CidrBlock',
      'AmazonProvidedIpv6CidrBlock',
      'Ipv6CidrBlock',
      'Ipv6Pool',
      'InstanceTenancy',
      'TagSpecifications',
    ],
    run: (context, input) => {
      const { state, world } = context;
      if (input.CidrBlock === undefined)
        throw new ApiError('MissingParameter', 'The request must contain the parameter cidrBlock');
      const block = needIpv4Block(input.CidrBlock);
      if (Object.keys(state.vpcs).length >= world.settings.quotas.vpcsPerRegion) {
        throw new ApiError('VpcLimitExceeded', 'The maximum number of VPCs has been reached.');
      }
      const ipv6 =
        input.Ipv6CidrBlock ?? (input.AmazonProvidedIpv6CidrBlock ? newIpv6Block(context) : undefined);
      if (ipv6 !== undefined && parseCidr(ipv6)?.family !== 6) throw invalidBlock(ipv6);
      const tags = specifiedTags(context, input.TagSpecifications, 'vpc');
      context.willChange();
      const vpc = addVpc(context, formatCidr(block), {
        ipv6,
        instanceTenancy: input.InstanceTenancy === 'dedicated' ? 'dedicated' : 'default',
      });
      setTags(state, vpc.id, tags);
      return { Vpc: viewVpc(context, vpc) };
    },
  },
  DeleteVpc: {
    access: 'write',
    accepts: ['VpcId'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const isInside = (resource: { vpcId: string | undefined }): boolean => resource.vpcId === vpc.id;
      const blockers = [
        ...Object.values(state.subnets).filter(isInside),
        ...Object.values(state.internetGateways).filter(isInside),
        ...Object.values(state.vpnGateways).filter(isInside),
        ...Object.values(state.endpoints).filter(isInside),
        ...Object.values(state.transitGatewayAttachments).filter(isInside),
        ...Object.values(state.securityGroups).filter(
          (group) => isInside(group) && group.id !== vpc.defaultSecurityGroupId,
        ),
        ...Object.values(state.routeTables).filter(
          (table) => isInside(table) && !table.associations.some((a) => a.main),
        ),
      ];
      if (blockers.length > 0) {
        throw new ApiError(
          'DependencyViolation',
          `The vpc '${vpc.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.willChange();
      for (const table of Object.values(state.routeTables).filter(isInside)) {
        Reflect.deleteProperty(state.routeTables, table.id);
        forgetTags(state, table.id);
      }
      for (const gateway of [
        ...Object.values(state.egressOnlyGateways),
        ...Object.values(state.carrierGateways),
      ]) {
        if (isInside(gateway)) gateway.vpcId = undefined;
      }
      Reflect.deleteProperty(state.securityGroups, vpc.defaultSecurityGroupId);
      Reflect.deleteProperty(state.vpcs, vpc.id);
      forgetTags(state, vpc.id);
      return {};
    },
  },
  DescribeVpcs: {
    access: 'read',
    accepts: ['VpcIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'vpc',
        records: context.state.vpcs,
        ids: input.VpcIds,
        filters: input.Filters,
        table: vpcFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (vpc) => vpc.id,
      });
      return { Vpcs: page.items.map((vpc) => viewVpc(context, vpc)), NextToken: page.nextToken };
    },
  },
  AssociateVpcCidrBlock: {
    access: 'write',
    accepts: ['VpcId', 'CidrBlock', 'AmazonProvidedIpv6CidrBlock', 'Ipv6CidrBlock', 'Ipv6Pool'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const ipv6 =
        input.Ipv6CidrBlock ?? (input.AmazonProvidedIpv6CidrBlock ? newIpv6Block(context) : undefined);
      if (ipv6 !== undefined) {
        if (parseCidr(ipv6)?.family !== 6) throw invalidBlock(ipv6);
        context.willChange();
        const added = { associationId: world.newId('vpc-cidr-assoc'), cidr: ipv6 };
        vpc.ipv6.push(added);
        addLocalRoute(context, vpc.id, ipv6);
        return { VpcId: vpc.id, Ipv6CidrBlockAssociation: viewIpv6(added) };
      }
      const block = needIpv4Block(input.CidrBlock ?? '');
      if (vpc.ipv4.some((other) => overlaps(parseCidr(other.cidr)!, block))) {
        throw new ApiError(
          'InvalidVpc.Range',
          `The CIDR '${formatCidr(block)}' conflicts with another of the VPC.`,
        );
      }
      if (vpc.ipv4.length >= world.settings.quotas.ipv4CidrsPerVpc) {
        throw new ApiError(
          'CidrLimitExceeded',
          `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${vpc.ipv4.length}`,
        );
      }
      context.willChange();
      const added = { associationId: world.newId('vpc-cidr-assoc'), cidr: formatCidr(block) };
      vpc.ipv4.push(added);
      addLocalRoute(context, vpc.id, added.cidr);
      return { VpcId: vpc.id, CidrBlockAssociation: viewIpv4(added) };
    },
  },
  DisassociateVpcCidrBlock: {
    access: 'write',
    accepts: ['AssociationId'],
    run: (context, input) => {
      const { state } = context;
      const vpc = Object.values(state.vpcs).find((candidate) =>
        [...candidate.ipv4, ...candidate.ipv6].some((block) => block.associationId === input.AssociationId),
      );
      if (!vpc) {
        throw new ApiError(
          'InvalidVpcCidrBlockAssociationID.NotFound',
          `The vpc CIDR block association ID '${input.AssociationId ?? ''}' does not exist`,
        );
      }
      const block = [...vpc.ipv4, ...vpc.ipv6].find(
        (candidate) => candidate.associationId === input.AssociationId,
      )!;
      if (vpc.ipv4[0] === block) {
        throw new ApiError(
          'OperationNotPermitted',
          `The vpc CIDR block with association ID ${block.associationId} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
        );
      }
      const range = parseCidr(block.cidr)!;
      const inUse = Object.values(state.subnets).some(
        (subnet) =>
          subnet.vpcId === vpc.id &&
          [subnet.cidr, ...subnet.ipv6.map((own) => own.cidr)].some(
            (own) => own !== undefined && overlaps(parseCidr(own)!, range),
          ),
      );
      if (inUse) throw new ApiError('DependencyViolation', `The CIDR ${block.cidr} is in use by subnets.`);
      context.willChange();
      vpc.ipv4 = vpc.ipv4.filter((other) => other !== block);
      vpc.ipv6 = vpc.ipv6.filter((other) => other !== block);
      for (const table of tablesOf(context, vpc.id)) {
        table.routes = table.routes.filter(
          (route) => route.target.kind !== 'local' || route.destination.value !== block.cidr,
        );
      }
      return range.family === 4
        ? {
            VpcId: vpc.id,
            CidrBlockAssociation: { ...viewIpv4(block), CidrBlockState: { State: 'disassociating' } },
          }
        : {
            VpcId: vpc.id,
            Ipv6CidrBlockAssociation: { ...viewIpv6(block), Ipv6CidrBlockState: { State: 'disassociating' } },
          };
    },
  },
  ModifyVpcAttribute: {
    access: 'write',
    accepts: ['VpcId', 'EnableDnsSupport', 'EnableDnsHostnames', 'EnableNetworkAddressUsageMetrics'],
    resources: ['VpcId'],
    run: (context, input) => {
      const vpc = need(context.state.vpcs, 'vpc', input.VpcId ?? '');
      context.willChange();
      vpc.enableDnsSupport = input.EnableDnsSupport?.Value ?? vpc.enableDnsSupport;
      vpc.enableDnsHostnames = input.EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames;
      vpc.enableNetworkAddressUsageMetrics =
        input.EnableNetworkAddressUsageMetrics?.Value ?? vpc.enableNetworkAddressUsageMetrics;
      return {};
    },
  },
  DescribeVpcAttribute: {
    access: 'read',
    accepts: ['VpcId', 'Attribute'],
    run: (context, input) => {
      const vpc = need(context.state.vpcs, 'vpc', input.VpcId ?? '');
      switch (input.Attribute) {
        case 'enableDnsSupport':
          return { VpcId: vpc.id, EnableDnsSupport: { Value: vpc.enableDnsSupport } };
        case 'enableDnsHostnames':
          return { VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } };
        case 'enableNetworkAddressUsageMetrics':
          return {
            VpcId: vpc.id,
            EnableNetworkAddressUsageMetrics: { Value: vpc.enableNetworkAddressUsageMetrics },
          };
        default:
          throw new ApiError(
            'InvalidParameterValue',
            `Invalid value for parameter attribute: ${String(input.Attribute)}`,
          );
      }
    },
  },
};

/** Adds a VPC with its main route table and default security group. */
export function addVpc(
  context: Ec2Context,
  cidr: string,
  options: {
    readonly ipv6?: string | undefined;
    readonly isDefault?: boolean;
    readonly instanceTenancy?: Vpc['instanceTenancy'];
  } = {},
): Vpc {
  const { state, world, accountId } = context;
  const id = world.newId('vpc');
  const ipv4 = [{ associationId: world.newId('vpc-cidr-assoc'), cidr }];
  const ipv6 =
    options.ipv6 === undefined ? [] : [{ associationId: world.newId('vpc-cidr-assoc'), cidr: options.ipv6 }];
  const vpc: Vpc = {
    id,
    ownerId: accountId,
    isDefault: options.isDefault ?? false,
    instanceTenancy: options.instanceTenancy ?? 'default',
    ipv4,
    ipv6,
    enableDnsSupport: true,
    enableDnsHostnames: options.isDefault ?? false,
    enableNetworkAddressUsageMetrics: false,
    defaultSecurityGroupId: createDefaultSecurityGroup(context, id),
  };
  state.vpcs[id] = vpc;
  const table: RouteTable = {
    id: world.newId('rtb'),
    vpcId: id,
    ownerId: accountId,
    associations: [{ id: world.newId('rtbassoc'), main: true }],
    propagatingVgws: [],
    routes: localRoutes(vpc),
  };
  state.routeTables[table.id] = table;
  return vpc;
}

/** The routes that every table of the VPC has from the start. */
export function localRoutes(vpc: Vpc): RouteTable['routes'] {
  return [...vpc.ipv4, ...vpc.ipv6].map(({ cidr }) => ({
    destination: { kind: cidr.includes(':') ? 'ipv6' : 'ipv4', value: cidr },
    target: { kind: 'local' },
    origin: 'CreateRouteTable',
  }));
}

function addLocalRoute(context: Ec2Context, vpcId: string, cidr: string): void {
  for (const table of tablesOf(context, vpcId)) {
    table.routes.push({
      destination: { kind: cidr.includes(':') ? 'ipv6' : 'ipv4', value: cidr },
      target: { kind: 'local' },
      origin: 'CreateRouteTable',
    });
  }
}

function tablesOf(context: Ec2Context, vpcId: string): RouteTable[] {
  return Object.values(context.state.routeTables).filter((table) => table.vpcId === vpcId);
}

function needIpv4Block(text: string): Cidr {
  const block = parseCidr(text);
  if (block?.family !== 4) throw invalidBlock(text);
  if (block.prefix < 16 || block.prefix > 28)
    throw new ApiError('InvalidVpc.Range', `The CIDR '${text}' is invalid.`);
  return block;
}

function invalidBlock(text: string): ApiError {
  return new ApiError(
    'InvalidParameterValue',
    `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
  );
}

function newIpv6Block(context: Ec2Context): string {
  // RFC 3849 documentation space, so that no block looks like somebody's.
  const taken = new Set(
    Object.values(context.state.vpcs).flatMap((vpc) => vpc.ipv6.map((block) => block.cidr)),
  );
  for (let index = 0; ; index++) {
    const cidr = `2001:db8:${(0x1000 + (index >> 8)).toString(16)}:${((index & 0xff) << 8).toString(16)}::/56`;
    const canonical = formatCidr(parseCidr(cidr)!);
    if (!taken.has(canonical)) return canonical;
  }
}

function viewVpc(
  context: Ec2Context,
  vpc: Vpc,
): NonNullable<ReturnType<typeof vpcOperations.CreateVpc.run>['Vpc']> {
  return {
    VpcId: vpc.id,
    OwnerId: vpc.ownerId,
    State: 'available',
    CidrBlock: vpc.ipv4[0]?.cidr,
    DhcpOptionsId: 'default',
    InstanceTenancy: vpc.instanceTenancy,
    IsDefault: vpc.isDefault,
    CidrBlockAssociationSet: vpc.ipv4.map(viewIpv4),
    Ipv6CidrBlockAssociationSet: vpc.ipv6.map(viewIpv6),
    Tags: tagsOf(context.state, vpc.id),
  };
}

function viewIpv4(block: CidrAssociation): {
  AssociationId: string;
  CidrBlock: string;
  CidrBlockState: { State: 'associated' };
} {
  return {
    AssociationId: block.associationId,
    CidrBlock: block.cidr,
    CidrBlockState: { State: 'associated' },
  };
}

function viewIpv6(block: CidrAssociation): {
  AssociationId: string;
  Ipv6CidrBlock: string;
  Ipv6Pool: string;
  Ipv6CidrBlockState: { State: 'associated' };
} {
  return {
    AssociationId: block.associationId,
    Ipv6CidrBlock: block.cidr,
    Ipv6Pool: 'Amazon',
    Ipv6CidrBlockState: { State: 'associated' },
  };
}
