import { ApiError } from '../errors.js';
import { need, notFound } from './ids.js';
import type { Ec2Context } from './operation.js';
import type { RouteDestination, RouteTable, RouteTarget } from './state.js';

type TargetMember =
  | 'GatewayId'
  | 'InstanceId'
  | 'NetworkInterfaceId'
  | 'NatGatewayId'
  | 'TransitGatewayId'
  | 'LocalGatewayId'
  | 'CarrierGatewayId'
  | 'VpcPeeringConnectionId'
  | 'VpcEndpointId'
  | 'EgressOnlyInternetGatewayId'
  | 'CoreNetworkArn'
  | 'OdbNetworkArn';

/** Checks that a route of this table may lead to the resource: it exists and reaches the table's VPC. */
export function resolveTarget(
  context: Ec2Context,
  table: RouteTable,
  destination: RouteDestination,
  member: TargetMember,
  id: string,
): RouteTarget {
  const { state } = context;
  switch (member) {
    case 'GatewayId':
      return gatewayTarget(context, table, id);
    case 'InstanceId':
      return { kind: 'network-interface', id: onlyInterfaceOf(context, table, id) };
    case 'NetworkInterfaceId': {
      const eni = need(state.networkInterfaces, 'networkInterface', id);
      if (eni.vpcId !== table.vpcId) throw differentNetworks(table, 'interface', id);
      return { kind: 'network-interface', id };
    }
    case 'NatGatewayId': {
      const gateway = need(state.natGateways, 'natGateway', id);
      if (gateway.state === 'deleted' || gateway.state === 'deleting') throw notFound('natGateway', id);
      if (gateway.vpcId !== table.vpcId) throw differentNetworks(table, 'NAT gateway', id);
      return { kind: 'nat-gateway', id };
    }
    case 'TransitGatewayId': {
      need(state.transitGateways, 'transitGateway', id);
      const attached = Object.values(state.transitGatewayAttachments).some(
        (attachment) =>
          attachment.transitGatewayId === id &&
          attachment.vpcId === table.vpcId &&
          attachment.state !== 'deleting',
      );
      if (!attached) throw notFound('transitGateway', id);
      return { kind: 'transit-gateway', id };
    }
    case 'LocalGatewayId':
      need(state.localGateways, 'localGateway', id);
      return { kind: 'local-gateway', id };
    case 'CarrierGatewayId':
      if (need(state.carrierGateways, 'carrierGateway', id).vpcId !== table.vpcId) {
        throw differentNetworks(table, 'carrier gateway', id);
      }
      return { kind: 'carrier-gateway', id };
    case 'VpcPeeringConnectionId': {
      const peering = need(state.peerings, 'peering', id);
      const sides = [peering.requester, peering.accepter];
      if (!sides.some((side) => side.vpcId === table.vpcId))
        throw differentNetworks(table, 'peering connection', id);
      if (peering.status === 'deleted' || peering.status === 'rejected') throw notFound('peering', id);
      return { kind: 'peering', id };
    }
    case 'VpcEndpointId':
      return endpointTarget(context, table, id);
    case 'EgressOnlyInternetGatewayId':
      if (need(state.egressOnlyGateways, 'egressOnlyGateway', id).vpcId !== table.vpcId) {
        throw differentNetworks(table, 'egress-only internet gateway', id);
      }
      if (destination.kind === 'ipv4') {
        throw new ApiError(
          'InvalidParameterValue',
          `The egress-only internet gateway ${id} takes only IPv6 destinations`,
        );
      }
      return { kind: 'egress-only-gateway', id };
    case 'CoreNetworkArn':
      return {
        kind: 'core-network',
        id: needArn(id, 'coreNetworkArn', /^arn:aws[\w-]*:networkmanager::\d{12}:core-network\/\S+$/),
      };
    case 'OdbNetworkArn':
      return {
        kind: 'odb-network',
        id: needArn(id, 'odbNetworkArn', /^arn:aws[\w-]*:odb:[\w-]+:\d{12}:odb-network\/\S+$/),
      };
  }
}

function gatewayTarget(context: Ec2Context, table: RouteTable, id: string): RouteTarget {
  const { state } = context;
  if (id.startsWith('vpce-')) return endpointTarget(context, table, id);
  const isVpn = id.startsWith('vgw-');
  if (!isVpn && !id.startsWith('igw-')) {
    throw new ApiError('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  }
  const gateway = isVpn
    ? need(state.vpnGateways, 'vpnGateway', id)
    : need(state.internetGateways, 'internetGateway', id);
  if (gateway.vpcId !== table.vpcId) throw differentNetworks(table, 'network gateway', id);
  return { kind: 'gateway', id };
}

function endpointTarget(context: Ec2Context, table: RouteTable, id: string): RouteTarget {
  const endpoint = need(context.state.endpoints, 'endpoint', id);
  if (endpoint.type !== 'GatewayLoadBalancer') {
    throw new ApiError('InvalidParameterValue', `The endpoint ${id} is not of type GatewayLoadBalancer`);
  }
  if (endpoint.vpcId !== table.vpcId) throw differentNetworks(table, 'VPC endpoint', id);
  return { kind: 'gateway', id };
}

function onlyInterfaceOf(context: Ec2Context, table: RouteTable, instanceId: string): string {
  const { state } = context;
  const instance = need(state.instances, 'instance', instanceId);
  const interfaces = Object.values(state.networkInterfaces).filter(
    (eni) => eni.attachment?.instanceId === instanceId,
  );
  if (instance.vpcId !== table.vpcId) throw differentNetworks(table, 'instance', instanceId);
  const [eni] = interfaces;
  if (!eni || instance.state === 'terminated' || instance.state === 'shutting-down') {
    throw new ApiError(
      'InvalidInstanceID',
      `The instance '${instanceId}' has no network interface to route to.`,
    );
  }
  if (interfaces.length > 1) {
    throw new ApiError(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return eni.id;
}

function differentNetworks(table: RouteTable, noun: string, id: string): ApiError {
  return new ApiError(
    'InvalidParameterValue',
    `route table ${table.id} and ${noun} ${id} belong to different networks`,
  );
}

function needArn(value: string, name: string, form: RegExp): string {
  if (!form.test(value))
    throw new ApiError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid.`);
  return value;
}
