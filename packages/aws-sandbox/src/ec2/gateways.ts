import { ApiError } from '../errors.js';
import { type FilterTable, list } from './describe.js';
import { need } from './ids.js';
import type { Ec2Operations, OutputOf } from './operation.js';
import type { AttachableGateway, Ec2State } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const gatewayFilters = (noun: string): FilterTable<AttachableGateway> => ({
  'attachment.state': (gateway) =>
    gateway.vpcId === undefined ? undefined : noun === 'internet-gateway' ? 'available' : 'attached',
  'attachment.vpc-id': (gateway) => gateway.vpcId,
  [`${noun}-id`]: (gateway) => gateway.id,
  'owner-id': (gateway) => gateway.ownerId,
});

export const gatewayOperations: Ec2Operations<
  | 'CreateInternetGateway'
  | 'AttachInternetGateway'
  | 'DetachInternetGateway'
  | 'DeleteInternetGateway'
  | 'DescribeInternetGateways'
  | 'CreateVpnGateway'
  | 'AttachVpnGateway'
  | 'DetachVpnGateway'
  | 'DeleteVpnGateway'
  | 'DescribeVpnGateways'
> = {
  CreateInternetGateway: {
    access: 'write',
    accepts: ['TagSpecifications'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      if (Object.keys(state.internetGateways).length >= world.settings.quotas.internetGatewaysPerRegion) {
        throw new ApiError(
          'InternetGatewayLimitExceeded',
          'The maximum number of internet gateways has been reached.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'internet-gateway');
      context.willChange();
      const gateway: AttachableGateway = { id: world.newId('igw'), ownerId: accountId, vpcId: undefined };
      state.internetGateways[gateway.id] = gateway;
      setTags(state, gateway.id, tags);
      return { InternetGateway: viewInternetGateway(state, gateway) };
    },
  },
  AttachInternetGateway: {
    access: 'write',
    accepts: ['InternetGatewayId', 'VpcId'],
    resources: ['InternetGatewayId', 'VpcId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.internetGateways, 'internetGateway', input.InternetGatewayId ?? '');
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const other = Object.values(state.internetGateways).find((candidate) => candidate.vpcId === vpc.id);
      if (gateway.vpcId !== undefined) {
        throw new ApiError(
          'Resource.AlreadyAssociated',
          `resource ${gateway.id} is already attached to network ${gateway.vpcId}`,
        );
      }
      if (other)
        throw new ApiError(
          'InvalidParameterValue',
          `Network ${vpc.id} already has an internet gateway attached`,
        );
      context.willChange();
      attach(state, gateway, vpc.id);
      return {};
    },
  },
  DetachInternetGateway: {
    access: 'write',
    accepts: ['InternetGatewayId', 'VpcId'],
    resources: ['InternetGatewayId', 'VpcId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.internetGateways, 'internetGateway', input.InternetGatewayId ?? '');
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      if (gateway.vpcId !== vpc.id) throw notAttached(gateway, vpc.id);
      const mapped = Object.values(state.networkInterfaces).some(
        (eni) => eni.vpcId === vpc.id && eni.privateIps.some((ip) => ip.publicIp !== undefined),
      );
      if (mapped) {
        throw new ApiError(
          'DependencyViolation',
          `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      context.willChange();
      detach(state, gateway, context.nowMs);
      return {};
    },
  },
  DeleteInternetGateway: {
    access: 'write',
    accepts: ['InternetGatewayId'],
    resources: ['InternetGatewayId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.internetGateways, 'internetGateway', input.InternetGatewayId ?? '');
      if (gateway.vpcId !== undefined) {
        throw new ApiError(
          'DependencyViolation',
          `The internetGateway '${gateway.id}' has dependencies and cannot be deleted.`,
        );
      }
      context.willChange();
      Reflect.deleteProperty(state.internetGateways, gateway.id);
      forgetTags(state, gateway.id);
      return {};
    },
  },
  DescribeInternetGateways: {
    access: 'read',
    accepts: ['InternetGatewayIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'internetGateway',
        records: context.state.internetGateways,
        ids: input.InternetGatewayIds,
        filters: input.Filters,
        table: gatewayFilters('internet-gateway'),
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
        idOf: (gateway) => gateway.id,
      });
      return {
        InternetGateways: page.items.map((gateway) => viewInternetGateway(context.state, gateway)),
        NextToken: page.nextToken,
      };
    },
  },
  CreateVpnGateway: {
    access: 'write',
    accepts: ['Type', 'AmazonSideAsn', 'TagSpecifications'],
    ignores: ['AvailabilityZone'],
    run: (context, input) => {
      const { state, world, accountId } = context;
      if (input.Type !== 'ipsec.1')
        throw new ApiError(
          'InvalidParameterValue',
          `Value (${String(input.Type)}) for parameter type is invalid.`,
        );
      const tags = specifiedTags(context, input.TagSpecifications, 'vpn-gateway');
      context.willChange();
      const gateway: AttachableGateway = {
        id: world.newId('vgw'),
        ownerId: accountId,
        vpcId: undefined,
        amazonSideAsn: input.AmazonSideAsn ?? 64512,
      };
      state.vpnGateways[gateway.id] = gateway;
      setTags(state, gateway.id, tags);
      return { VpnGateway: viewVpnGateway(state, gateway) };
    },
  },
  AttachVpnGateway: {
    access: 'write',
    accepts: ['VpnGatewayId', 'VpcId'],
    resources: ['VpnGatewayId', 'VpcId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.vpnGateways, 'vpnGateway', input.VpnGatewayId ?? '');
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      if (gateway.vpcId !== undefined && gateway.vpcId !== vpc.id) {
        throw new ApiError(
          'VpnGatewayAttachmentLimitExceeded',
          `The maximum number of attachments of ${gateway.id} has been reached.`,
        );
      }
      context.willChange();
      attach(state, gateway, vpc.id);
      return { VpcAttachment: { State: 'attached', VpcId: vpc.id } };
    },
  },
  DetachVpnGateway: {
    access: 'write',
    accepts: ['VpnGatewayId', 'VpcId'],
    resources: ['VpnGatewayId', 'VpcId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.vpnGateways, 'vpnGateway', input.VpnGatewayId ?? '');
      if (gateway.vpcId !== input.VpcId) {
        throw new ApiError(
          'InvalidVpnGatewayAttachment.NotFound',
          `The attachment of ${gateway.id} to ${input.VpcId ?? ''} does not exist`,
        );
      }
      context.willChange();
      detach(state, gateway, context.nowMs);
      return {};
    },
  },
  DeleteVpnGateway: {
    access: 'write',
    accepts: ['VpnGatewayId'],
    resources: ['VpnGatewayId'],
    run: (context, input) => {
      const { state } = context;
      const gateway = need(state.vpnGateways, 'vpnGateway', input.VpnGatewayId ?? '');
      if (gateway.vpcId !== undefined) {
        throw new ApiError(
          'IncorrectState',
          `The vpnGateway ${gateway.id} is still attached to ${gateway.vpcId}.`,
        );
      }
      context.willChange();
      Reflect.deleteProperty(state.vpnGateways, gateway.id);
      forgetTags(state, gateway.id);
      return {};
    },
  },
  DescribeVpnGateways: {
    access: 'read',
    accepts: ['VpnGatewayIds', 'Filters'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'vpnGateway',
        records: context.state.vpnGateways,
        ids: input.VpnGatewayIds,
        filters: input.Filters,
        table: {
          ...gatewayFilters('vpn-gateway'),
          type: () => 'ipsec.1',
          state: () => 'available',
          'amazon-side-asn': (gateway) => gateway.amazonSideAsn,
        },
        maxResults: undefined,
        nextToken: undefined,
        page: { min: 1, max: 1000 },
        idOf: (gateway) => gateway.id,
      });
      return { VpnGateways: page.items.map((gateway) => viewVpnGateway(context.state, gateway)) };
    },
  },
};

/** Attaching ends the loss that routes to the gateway felt. */
export function attach(state: Ec2State, gateway: AttachableGateway, vpcId: string): void {
  gateway.vpcId = vpcId;
  Reflect.deleteProperty(state.lostTargets, gateway.id);
}

export function detach(state: Ec2State, gateway: AttachableGateway, nowMs: number): void {
  gateway.vpcId = undefined;
  state.lostTargets[gateway.id] = nowMs;
}

function notAttached(gateway: AttachableGateway, vpcId: string): ApiError {
  return new ApiError('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${vpcId}`);
}

function viewInternetGateway(
  state: Ec2State,
  gateway: AttachableGateway,
): NonNullable<OutputOf<'CreateInternetGateway'>['InternetGateway']> {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: gateway.ownerId,
    // DescribeInternetGateways says `available` where the model's enumeration has `attached`.
    Attachments:
      gateway.vpcId === undefined ? [] : [{ State: 'available' as 'attached', VpcId: gateway.vpcId }],
    Tags: tagsOf(state, gateway.id),
  };
}

function viewVpnGateway(
  state: Ec2State,
  gateway: AttachableGateway,
): NonNullable<OutputOf<'CreateVpnGateway'>['VpnGateway']> {
  return {
    VpnGatewayId: gateway.id,
    State: 'available',
    Type: 'ipsec.1',
    AmazonSideAsn: gateway.amazonSideAsn,
    VpcAttachments: gateway.vpcId === undefined ? [] : [{ State: 'attached', VpcId: gateway.vpcId }],
    Tags: tagsOf(state, gateway.id),
  };
}
