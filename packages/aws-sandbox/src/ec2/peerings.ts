import { ApiError } from '../errors.js';
import { overlaps, parseCidr } from './cidr.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import { ec2StateAt } from './access.js';
import type { Peering, PeeringSide, Vpc } from './state.js';
import { setTags, specifiedTags, tagsOf } from './tags.js';

const WEEK_MS = 7 * 24 * 3_600_000;

const peeringFilters: FilterTable<Peering> = {
  'accepter-vpc-info.owner-id': (peering) => peering.accepter.ownerId,
  'accepter-vpc-info.vpc-id': (peering) => peering.accepter.vpcId,
  'requester-vpc-info.owner-id': (peering) => peering.requester.ownerId,
  'requester-vpc-info.vpc-id': (peering) => peering.requester.vpcId,
  'status-code': (peering) => peering.status,
  'vpc-peering-connection-id': (peering) => peering.id,
};

export const peeringOperations: Ec2Operations<
  | 'CreateVpcPeeringConnection'
  | 'AcceptVpcPeeringConnection'
  | 'RejectVpcPeeringConnection'
  | 'DeleteVpcPeeringConnection'
  | 'DescribeVpcPeeringConnections'
> = {
  CreateVpcPeeringConnection: {
    access: 'write',
    accepts: ['VpcId', 'PeerVpcId', 'PeerOwnerId', 'PeerRegion', 'TagSpecifications'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const accountId = input.PeerOwnerId ?? context.accountId;
      const region = input.PeerRegion ?? context.region;
      const peerState = ec2StateAt(context, { accountId, region });
      const peer = need(peerState.vpcs, 'vpc', input.PeerVpcId ?? '');
      if (sharesAddresses(vpc, peer)) {
        throw new ApiError('OverlappingVpcCidr', 'The IPv4 CIDR blocks of the VPCs overlap.');
      }
      const count = Object.values(state.peerings).filter(
        (other) => other.status === 'active' && other.requester.vpcId === vpc.id,
      ).length;
      if (count >= world.settings.quotas.peeringsPerVpc) {
        throw new ApiError(
          'VpcPeeringConnectionsPerVpcLimitExceeded',
          `The VPC ${vpc.id} has reached its limit of active peering connections.`,
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'vpc-peering-connection');
      context.willChange();
      const peering: Peering = {
        id: world.newId('pcx'),
        requester: sideOf(vpc, context.region),
        accepter: sideOf(peer, region),
        status: 'pending-acceptance',
        expiresAtMs: context.nowMs + WEEK_MS,
      };
      state.peerings[peering.id] = peering;
      if (peerState !== state) peerState.peerings[peering.id] = structuredClone(peering);
      setTags(state, peering.id, tags);
      return { VpcPeeringConnection: viewPeering(context, peering) };
    },
  },
  AcceptVpcPeeringConnection: {
    access: 'write',
    accepts: ['VpcPeeringConnectionId'],
    resources: ['VpcPeeringConnectionId'],
    run: (context, input) => {
      const peering = needPending(context, input.VpcPeeringConnectionId);
      context.willChange();
      setStatus(context, peering, 'active');
      return { VpcPeeringConnection: viewPeering(context, peering) };
    },
  },
  RejectVpcPeeringConnection: {
    access: 'write',
    accepts: ['VpcPeeringConnectionId'],
    resources: ['VpcPeeringConnectionId'],
    run: (context, input) => {
      const peering = needPending(context, input.VpcPeeringConnectionId);
      context.willChange();
      setStatus(context, peering, 'rejected');
      return { Return: true };
    },
  },
  DeleteVpcPeeringConnection: {
    access: 'write',
    accepts: ['VpcPeeringConnectionId'],
    resources: ['VpcPeeringConnectionId'],
    run: (context, input) => {
      const peering = need(context.state.peerings, 'peering', input.VpcPeeringConnectionId ?? '');
      if (peering.status === 'deleted' || peering.status === 'rejected') {
        throw new ApiError(
          'InvalidStateTransition',
          `Invalid state transition for ${peering.id}, attempted to transition from ${peering.status} to deleting`,
        );
      }
      context.willChange();
      setStatus(context, peering, 'deleted');
      return { Return: true };
    },
  },
  DescribeVpcPeeringConnections: {
    access: 'read',
    accepts: ['VpcPeeringConnectionIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'peering',
        records: context.state.peerings,
        ids: input.VpcPeeringConnectionIds,
        filters: input.Filters,
        table: peeringFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (peering) => peering.id,
      });
      return {
        VpcPeeringConnections: page.items.map((peering) => viewPeering(context, peering)),
        NextToken: page.nextToken,
      };
    },
  },
};

function needPending(context: Ec2Context, id: string | undefined): Peering {
  const peering = need(context.state.peerings, 'peering', id ?? '');
  if (peering.accepter.ownerId !== context.accountId || peering.accepter.region !== context.region) {
    throw new ApiError(
      'OperationNotPermitted',
      `User ${context.accountId} cannot accept peering ${peering.id}`,
    );
  }
  if (peering.status !== 'pending-acceptance') {
    throw new ApiError(
      'VpcPeeringConnectionAlreadyExists',
      `The peering connection ${peering.id} is ${peering.status}.`,
    );
  }
  return peering;
}

// Both sides hold the connection; what one does, both see.
function setStatus(context: Ec2Context, peering: Peering, status: Peering['status']): void {
  for (const side of [peering.requester, peering.accepter]) {
    const state = ec2StateAt(context, { accountId: side.ownerId, region: side.region });
    const record = state.peerings[peering.id];
    if (record) record.status = status;
    if (status === 'deleted') state.lostTargets[peering.id] = context.nowMs;
  }
  peering.status = status;
}

function sharesAddresses(a: Vpc, b: Vpc): boolean {
  return a.ipv4.some((own) => b.ipv4.some((other) => overlaps(parseCidr(own.cidr)!, parseCidr(other.cidr)!)));
}

function sideOf(vpc: Vpc, region: string): PeeringSide {
  return { ownerId: vpc.ownerId, region, vpcId: vpc.id, cidrs: vpc.ipv4.map((block) => block.cidr) };
}

function viewPeering(
  context: Ec2Context,
  peering: Peering,
): NonNullable<OutputOf<'CreateVpcPeeringConnection'>['VpcPeeringConnection']> {
  const viewSide = (side: PeeringSide) => ({
    OwnerId: side.ownerId,
    Region: side.region,
    VpcId: side.vpcId,
    CidrBlock: side.cidrs[0],
    CidrBlockSet: side.cidrs.map((CidrBlock) => ({ CidrBlock })),
  });
  return {
    VpcPeeringConnectionId: peering.id,
    RequesterVpcInfo: viewSide(peering.requester),
    AccepterVpcInfo: viewSide(peering.accepter),
    Status: { Code: peering.status, Message: peering.status },
    ExpirationTime: peering.status === 'pending-acceptance' ? new Date(peering.expiresAtMs) : undefined,
    Tags: tagsOf(context.state, peering.id),
  };
}
