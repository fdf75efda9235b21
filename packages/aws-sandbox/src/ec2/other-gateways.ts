import { ApiError } from '../errors.js';
import { list } from './describe.js';
import { attach, detach } from './gateways.js';
import { need } from './ids.js';
import type { Ec2Operations, OutputOf } from './operation.js';
import type { AttachableGateway, Ec2State } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

export const otherGatewayOperations: Ec2Operations<
  | 'CreateEgressOnlyInternetGateway'
  | 'DeleteEgressOnlyInternetGateway'
  | 'DescribeEgressOnlyInternetGateways'
  | 'CreateCarrierGateway'
  | 'DeleteCarrierGateway'
  | 'DescribeCarrierGateways'
  | 'DescribeLocalGateways'
> = {
  CreateEgressOnlyInternetGateway: {
    access: 'write',
    accepts: ['VpcId', 'TagSpecifications'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      if (Object.keys(state.egressOnlyGateways).length >= world.settings.quotas.egressOnlyGatewaysPerRegion) {
        throw new ApiError(
          'EgressOnlyInternetGatewayLimitExceeded',
          'The maximum number of egress-only internet gateways has been reached.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'egress-only-internet-gateway');
      context.willChange();
      const gateway: AttachableGateway = { id: world.newId('eigw'), ownerId: accountId, vpcId: undefined };
      attach(state, gateway, vpc.id);
      state.egressOnlyGateways[gateway.id] = gateway;
      setTags(state, gateway.id, tags);
      return { EgressOnlyInternetGateway: viewEgressOnly(state, gateway), ClientToken: input.ClientToken };
    },
  },
  DeleteEgressOnlyInternetGateway: {
    access: 'write',
    accepts: ['EgressOnlyInternetGatewayId'],
    resources: ['EgressOnlyInternetGatewayId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(
        state.egressOnlyGateways,
        'egressOnlyGateway',
        input.EgressOnlyInternetGatewayId ?? '',
      );
      context.willChange();
      detach(state, gateway, context.nowMs);
      Reflect.deleteProperty(state.egressOnlyGateways, gateway.id);
      forgetTags(state, gateway.id);
      return { ReturnCode: true };
    },
  },
  DescribeEgressOnlyInternetGateways: {
    access: 'read',
    accepts: ['EgressOnlyInternetGatewayIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'egressOnlyGateway',
        records: context.state.egressOnlyGateways,
        ids: input.EgressOnlyInternetGatewayIds,
        filters: input.Filters,
        table: {},
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 255 },
        idOf: (gateway) => gateway.id,
      });
      return {
        EgressOnlyInternetGateways: page.items.map((gateway) => viewEgressOnly(context.state, gateway)),
        NextToken: page.nextToken,
      };
    },
  },
  CreateCarrierGateway: {
    access: 'write',
    accepts: ['VpcId', 'TagSpecifications'],
    resources: ['VpcId'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const tags = specifiedTags(context, input.TagSpecifications, 'carrier-gateway');
      context.willChange();
      const gateway: AttachableGateway = { id: world.newId('cagw'), ownerId: accountId, vpcId: undefined };
      attach(state, gateway, vpc.id);
      state.carrierGateways[gateway.id] = gateway;
      setTags(state, gateway.id, tags);
      return { CarrierGateway: viewCarrier(state, gateway) };
    },
  },
  DeleteCarrierGateway: {
    access: 'write',
    accepts: ['CarrierGatewayId'],
    resources: ['CarrierGatewayId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.carrierGateways, 'carrierGateway', input.CarrierGatewayId ?? '');
      context.willChange();
      const gone = { ...viewCarrier(state, gateway), State: 'deleted' as const };
      detach(state, gateway, context.nowMs);
      Reflect.deleteProperty(state.carrierGateways, gateway.id);
      forgetTags(state, gateway.id);
      return { CarrierGateway: gone };
    },
  },
  DescribeCarrierGateways: {
    access: 'read',
    accepts: ['CarrierGatewayIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'carrierGateway',
        records: context.state.carrierGateways,
        ids: input.CarrierGatewayIds,
        filters: input.Filters,
        table: {
          'carrier-gateway-id': (gateway) => gateway.id,
          'owner-id': (gateway) => gateway.ownerId,
          state: () => 'available',
          'vpc-id': (gateway) => gateway.vpcId,
        },
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (gateway) => gateway.id,
      });
      return {
        CarrierGateways: page.items.map((gateway) => viewCarrier(context.state, gateway)),
        NextToken: page.nextToken,
      };
    },
  },
  DescribeLocalGateways: {
    access: 'read',
    accepts: ['LocalGatewayIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'localGateway',
        records: context.state.localGateways,
        ids: input.LocalGatewayIds,
        filters: input.Filters,
        table: {
          'local-gateway-id': (gateway) => gateway.id,
          'outpost-arn': (gateway) => gateway.outpostArn,
          'owner-id': (gateway) => gateway.ownerId,
          state: () => 'available',
        },
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (gateway) => gateway.id,
      });
      return {
        LocalGateways: page.items.map((gateway) => ({
          LocalGatewayId: gateway.id,
          OutpostArn: gateway.outpostArn,
          OwnerId: gateway.ownerId,
          State: 'available',
          Tags: tagsOf(context.state, gateway.id),
        })),
        NextToken: page.nextToken,
      };
    },
  },
};

function viewEgressOnly(
  state: Ec2State,
  gateway: AttachableGateway,
): NonNullable<OutputOf<'CreateEgressOnlyInternetGateway'>['EgressOnlyInternetGateway']> {
  return {
    EgressOnlyInternetGatewayId: gateway.id,
    Attachments: gateway.vpcId === undefined ? [] : [{ State: 'attached', VpcId: gateway.vpcId }],
    Tags: tagsOf(state, gateway.id),
  };
}

function viewCarrier(
  state: Ec2State,
  gateway: AttachableGateway,
): NonNullable<OutputOf<'CreateCarrierGateway'>['CarrierGateway']> {
  return {
    CarrierGatewayId: gateway.id,
    OwnerId: gateway.ownerId,
    VpcId: gateway.vpcId,
    State: 'available',
    Tags: tagsOf(state, gateway.id),
  };
}
