import type { RouteTarget, TargetKind } from '../model/route-table.js';

/** The request member that a target stands in for CreateRoute and ReplaceRoute. */
const MEMBERS: Readonly<Record<Exclude<TargetKind, 'local' | 'unknown'>, string>> = {
  interface: 'NetworkInterfaceId',
  'internet-gateway': 'GatewayId',
  'vpn-gateway': 'GatewayId',
  'nat-gateway': 'NatGatewayId',
  'transit-gateway': 'TransitGatewayId',
  peering: 'VpcPeeringConnectionId',
  'egress-only-gateway': 'EgressOnlyInternetGatewayId',
  endpoint: 'VpcEndpointId',
  'local-gateway': 'LocalGatewayId',
  'carrier-gateway': 'CarrierGatewayId',
  'core-network': 'CoreNetworkArn',
  'odb-network': 'OdbNetworkArn',
};

/** A target as a request has it. Throws a TypeError for one that nothing can be routed to by id. */
export function targetInput(target: RouteTarget): Readonly<Record<string, string>> {
  if (target.kind === 'local' || target.kind === 'unknown') {
    throw new TypeError(`a route cannot be pointed at ${target.id}`);
  }
  return { [MEMBERS[target.kind]]: target.id };
}
