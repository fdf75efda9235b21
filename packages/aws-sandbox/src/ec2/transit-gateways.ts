import { ApiError } from '../errors.js';
import { list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import { schedule } from './settle.js';
import type { TransitGateway, TransitGatewayAttachment } from './state.js';
import { setTags, specifiedTags, tagsOf } from './tags.js';

export const transitGatewayOperations: Ec2Operations<
  | 'CreateTransitGateway'
  | 'DeleteTransitGateway'
  | 'DescribeTransitGateways'
  | 'CreateTransitGatewayVpcAttachment'
  | 'DeleteTransitGatewayVpcAttachment'
  | 'DescribeTransitGatewayVpcAttachments'
> = {
  CreateTransitGateway: {
    access: 'write',
    accepts: ['Description', 'Options.AmazonSideAsn', 'TagSpecifications'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      if (Object.keys(state.transitGateways).length >= world.settings.quotas.transitGatewaysPerRegion) {
        throw new ApiError(
          'TransitGatewayLimitExceeded',
          'The maximum number of transit gateways has been reached.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'transit-gateway');
      context.willChange();
      const gateway: TransitGateway = {
        id: world.newId('tgw'),
        ownerId: accountId,
        description: input.Description,
        amazonSideAsn: input.Options?.AmazonSideAsn ?? 64512,
        state: 'pending',
        createdAtMs: context.nowMs,
      };
      state.transitGateways[gateway.id] = gateway;
      setTags(state, gateway.id, tags);
      schedule(state, {
        atMs: context.nowMs + world.settings.delays.gatewayMs,
        kind: 'transit-gateway',
        id: gateway.id,
        to: 'available',
      });
      return { TransitGateway: viewTransitGateway(context, gateway) };
    },
  },
  DeleteTransitGateway: {
    access: 'write',
    accepts: ['TransitGatewayId'],
    resources: ['TransitGatewayId'],
    run: (context, input) => {
      const { state, world } = context;
      const gateway = need(state.transitGateways, 'transitGateway', input.TransitGatewayId ?? '');
      const attached = Object.values(state.transitGatewayAttachments).some(
        (attachment) => attachment.transitGatewayId === gateway.id && attachment.state !== 'deleting',
      );
      if (attached) throw new ApiError('IncorrectState', `${gateway.id} has non-deleted VPC Attachments`);
      context.willChange();
      gateway.state = 'deleting';
      schedule(state, {
        atMs: context.nowMs + world.settings.delays.gatewayMs,
        kind: 'transit-gateway',
        id: gateway.id,
        to: 'gone',
      });
      return { TransitGateway: viewTransitGateway(context, gateway) };
    },
  },
  DescribeTransitGateways: {
    access: 'read',
    accepts: ['TransitGatewayIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'transitGateway',
        records: context.state.transitGateways,
        ids: input.TransitGatewayIds,
        filters: input.Filters,
        table: {
          'options.amazon-side-asn': (gateway) => gateway.amazonSideAsn,
          'owner-id': (gateway) => gateway.ownerId,
          state: (gateway) => gateway.state,
          'transit-gateway-id': (gateway) => gateway.id,
        },
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (gateway) => gateway.id,
      });
      return {
        TransitGateways: page.items.map((gateway) => viewTransitGateway(context, gateway)),
        NextToken: page.nextToken,
      };
    },
  },
  CreateTransitGatewayVpcAttachment: {
    access: 'write',
    accepts: ['TransitGatewayId', 'VpcId', 'SubnetIds', 'TagSpecifications'],
    resources: ['TransitGatewayId', 'VpcId', 'SubnetIds'],
    run: (context, input) => {
      const { state, world } = context;
      const gateway = need(state.transitGateways, 'transitGateway', input.TransitGatewayId ?? '');
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const subnets = (input.SubnetIds ?? []).map((id) => need(state.subnets, 'subnet', id));
      if (subnets.some((subnet) => subnet.vpcId !== vpc.id)) {
        throw new ApiError('InvalidParameterValue', `The subnets do not belong to ${vpc.id}`);
      }
      const taken = Object.values(state.transitGatewayAttachments).find(
        (other) =>
          other.transitGatewayId === gateway.id && other.vpcId === vpc.id && other.state !== 'deleting',
      );
      if (taken) {
        throw new ApiError(
          'DuplicateTransitGatewayAttachment',
          `${gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.`,
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'transit-gateway-attachment');
      context.willChange();
      const attachment: TransitGatewayAttachment = {
        id: world.newId('tgw-attach'),
        transitGatewayId: gateway.id,
        vpcId: vpc.id,
        subnetIds: subnets.map((subnet) => subnet.id),
        state: 'pending',
        createdAtMs: context.nowMs,
      };
      state.transitGatewayAttachments[attachment.id] = attachment;
      Reflect.deleteProperty(state.lostTargets, `${gateway.id}|${vpc.id}`);
      setTags(state, attachment.id, tags);
      schedule(state, {
        atMs: context.nowMs + world.settings.delays.gatewayMs,
        kind: 'transit-gateway-attachment',
        id: attachment.id,
        to: 'available',
      });
      return { TransitGatewayVpcAttachment: viewAttachment(context, attachment) };
    },
  },
  DeleteTransitGatewayVpcAttachment: {
    access: 'write',
    accepts: ['TransitGatewayAttachmentId'],
    resources: ['TransitGatewayAttachmentId'],
    run: (context, input) => {
      const { state, world } = context;
      const attachment = need(
        state.transitGatewayAttachments,
        'transitGatewayAttachment',
        input.TransitGatewayAttachmentId ?? '',
      );
      context.willChange();
      attachment.state = 'deleting';
      schedule(state, {
        atMs: context.nowMs + world.settings.delays.gatewayMs,
        kind: 'transit-gateway-attachment',
        id: attachment.id,
        to: 'gone',
      });
      return { TransitGatewayVpcAttachment: viewAttachment(context, attachment) };
    },
  },
  DescribeTransitGatewayVpcAttachments: {
    access: 'read',
    accepts: ['TransitGatewayAttachmentIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'transitGatewayAttachment',
        records: context.state.transitGatewayAttachments,
        ids: input.TransitGatewayAttachmentIds,
        filters: input.Filters,
        table: {
          state: (attachment) => attachment.state,
          'transit-gateway-attachment-id': (attachment) => attachment.id,
          'transit-gateway-id': (attachment) => attachment.transitGatewayId,
          'vpc-id': (attachment) => attachment.vpcId,
        },
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (attachment) => attachment.id,
      });
      return {
        TransitGatewayVpcAttachments: page.items.map((attachment) => viewAttachment(context, attachment)),
        NextToken: page.nextToken,
      };
    },
  },
};

function viewTransitGateway(
  context: Ec2Context,
  gateway: TransitGateway,
): NonNullable<OutputOf<'CreateTransitGateway'>['TransitGateway']> {
  return {
    TransitGatewayId: gateway.id,
    TransitGatewayArn: `arn:aws:ec2:${context.region}:${gateway.ownerId}:transit-gateway/${gateway.id}`,
    OwnerId: gateway.ownerId,
    Description: gateway.description,
    State: gateway.state,
    CreationTime: new Date(gateway.createdAtMs),
    Options: { AmazonSideAsn: gateway.amazonSideAsn },
    Tags: tagsOf(context.state, gateway.id),
  };
}

function viewAttachment(
  context: Ec2Context,
  attachment: TransitGatewayAttachment,
): NonNullable<OutputOf<'CreateTransitGatewayVpcAttachment'>['TransitGatewayVpcAttachment']> {
  return {
    TransitGatewayAttachmentId: attachment.id,
    TransitGatewayId: attachment.transitGatewayId,
    VpcId: attachment.vpcId,
    VpcOwnerId: context.accountId,
    SubnetIds: [...attachment.subnetIds],
    State: attachment.state,
    CreationTime: new Date(attachment.createdAtMs),
    Tags: tagsOf(context.state, attachment.id),
  };
}
